"""What a renderer is given to speak through: progress, film and checkpoints of each task of a batch."""

import time
from collections.abc import Callable, Sequence

from contract.errors import Draining, Interrupted
from listener.seat import Orders, Seat
from renderers.base import Image, Silent, State

# A leaving worker waits for one more step, in which the renderer hands out its state, if steps are so short.
LONGEST_STEP = 6.0


class BatchWatch(Silent):
    """`renderers.base.Watch` for the tasks of one batch. Use it as a context: what it shows ends with it.

    A task that is called off, or another's by now, stops alone: the renderer draws on, its part is thrown
    away, and `dropped` is told at once. Only when no task is left does the render stop.
    """

    def __init__(
        self,
        seats: Sequence[Seat],
        orders: Orders,
        every: float = 0.0,
        dropped: Callable[[Seat], None] = lambda seat: None,
    ) -> None:
        """`every` is how many seconds apart checkpoints are, 0 for none."""
        self._seats = seats
        self._orders = orders
        self._every = every
        self._dropped = dropped
        # Whether the renderer asks if a checkpoint is wanted, and so may hand one out.
        self._asked = False
        self._leaving = False
        # Steps that each task may still make since the worker was told to leave.
        self._grace: dict[int, int] = {}

    def __enter__(self) -> "BatchWatch":
        for seat in self._seats:
            seat.begin()
        return self

    def __exit__(self, *ignored: object) -> None:
        for seat in self._seats:
            seat.rest()

    def step(self, i: int, n: int, image: Image | None, score: float | None, *, job: int = 0) -> None:
        """Show and film a step. Raises `Cancelled`, `Draining` or `LostClaim` when it should be the last."""
        self.check()
        seat = self._seats[job]
        if seat.ended is None:
            seat.shows(i, n, image, score)
        if self._orders.draining() and self._may_leave(job):
            raise Draining("this worker is leaving; what it renders goes back to the queue")

    def wants_checkpoint(self) -> bool:
        """When a render has gone on for a while and will for another, and when the worker leaves."""
        self._asked = True
        if self._every <= 0:
            return False
        if self._orders.draining():
            return True
        now = time.monotonic()
        return any(
            now - seat.saved >= self._every and seat.left >= self._every / 3
            for seat in self._seats
            if seat.rendering
        )

    def checkpoint(self, state: State, *, job: int = 0) -> None:
        """Keep a state, from which another attempt goes on."""
        seat = self._seats[job]
        seat.saved = time.monotonic()
        if seat.ended is None:
            seat.ready.checkpoints.save(state, seat.step)
        self._grace[job] = 0

    def check(self) -> None:
        """Take out the tasks that should not be worked on any more; raises why when none is left."""
        for seat in self._seats:
            seat.lease.alive()
            if seat.ended is None:
                try:
                    seat.check(self._orders)
                except Interrupted as error:
                    seat.ended = error
                    if self._any_left():
                        self._dropped(seat)
        if not self._any_left() and self._seats[-1].ended is not None:
            raise self._seats[-1].ended

    def _any_left(self) -> bool:
        return any(seat.ended is None for seat in self._seats)

    def _may_leave(self, job: int) -> bool:
        """Whether each task has been saved, or can't be soon; a step of `job` was just made.

        Tasks that are drawn in step with each other are all waited for, as each is saved at its own step.
        A picture that is drawn is worth the moment it takes to be finished.
        """
        if all(seat.drawn for seat in self._seats):
            return False
        first = not self._leaving
        self._leaving = True
        waits = self._asked and self._every > 0
        for number, seat in enumerate(self._seats):
            if first and number not in self._grace:
                self._grace[number] = 1 if waits and seat.rendering and seat.pace < LONGEST_STEP else 0
        if not first and self._grace.get(job):
            self._grace[job] -= 1
        return not any(self._grace.get(number) for number, seat in enumerate(self._seats) if seat.rendering)
