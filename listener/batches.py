"""A batch of claimed tasks taken to their ends: rendered together, each settled by itself."""

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from contract.errors import Draining, Interrupted, OutOfMemory, SetupError, Unreachable, WeightsError
from contract.task import Result, Task
from listener.abreast import abreast
from listener.delivery import Delivery
from listener.holding import HeldTask
from listener.logs import log
from listener.order import Ask, names_any
from listener.seat import Orders, Seat
from listener.seating import Seating
from listener.settling import Settling
from listener.shelf import Shelf
from listener.task_queue import TaskQueue
from listener.watch import BatchWatch
from renderers import memory
from renderers.base import Rendering

# Seconds that a leaving worker gives its last checkpoint.
LAST_CHECKPOINT = 8.0


class Batches:
    """Renders what was claimed. `held` is what it hasn't settled yet."""

    def __init__(
        self,
        queue: TaskQueue,
        shelf: Shelf,
        seating: Seating,
        delivery: Delivery,
        settling: Settling,
        orders: Orders,
        at_most: int,
        checkpoint_seconds: float,
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called when the shelf has less to offer than before."""
        self.at_most = at_most
        self.held: dict[str, HeldTask] = {}
        self.finished = 0
        self._queue = queue
        self._shelf = shelf
        self._seating = seating
        self._delivery = delivery
        self._settling = settling
        self._orders = orders
        self._every = checkpoint_seconds
        self._changed = changed
        self._lock = threading.Lock()

    def work(
        self, tasks: Sequence[HeldTask], claim_began: float, then_claim: Callable[[], Ask | None]
    ) -> list[HeldTask]:
        """Settle each of them; returns what was claimed in the commit that finished the last one.

        `then_claim` is asked at the end whether and what to claim. Raises `SetupError` when no renderer can
        run here any more.
        """
        self.held.update({held.id: held for held in tasks})
        seats = [self._seating.seat(held, claim_began) for held in tasks]
        following: list[HeldTask] = []
        furnished = [seat for seat in seats if self._furnished(seat)]
        if furnished:
            self._render(furnished, following, then_claim)
        return following

    def _furnished(self, seat: Seat) -> bool:
        try:
            self._seating.furnish(seat)
        except Exception as error:
            self._end(seat, error)
            return False
        return True

    def _render(
        self, seats: Sequence[Seat], following: list[HeldTask], then_claim: Callable[[], Ask | None]
    ) -> None:
        """Render and deliver; what can't be rendered together is rendered one by one."""
        try:
            renderings, seconds = self._together(seats)
        except Exception as error:
            again = self._once_more(seats, error)
            if not again:
                task = seats[0].ready.task
                error = _of_machine(task, error)
                for seat in seats:
                    self._end(seat, seat.ended or error)
                memory.free()
                self._learn(task, error)
                return
            memory.forget(error)
        else:
            following += self._deliver_all(seats, renderings, seconds, then_claim)
            return
        # Outside the except block, which holds on to what the failed render had in memory.
        memory.free()
        for seat in again:
            self._render([seat], following, then_claim if seat is again[-1] else lambda: None)

    def _together(self, seats: Sequence[Seat]) -> tuple[list[Rendering], float]:
        """The renderings, and the seconds that each took. Raises whatever the renderer does."""
        dropping: list[threading.Thread] = []

        def drop(seat: Seat) -> None:
            assert seat.ended is not None
            thread = threading.Thread(target=self._end, args=(seat, seat.ended), name="drop", daemon=True)
            dropping.append(thread)
            thread.start()

        if self._orders.draining():
            raise Draining("this worker is leaving")
        renderer = self._shelf.get(seats[0].ready.task.renderer)
        began = time.monotonic()
        try:
            with BatchWatch(seats, self._orders, self._every, drop) as watch:
                renderings: list[Rendering] = renderer.render([seat.ready.job for seat in seats], watch)
                watch.check()
        finally:
            seconds = time.monotonic() - began
            for thread in dropping:
                thread.join()
            for seat in seats:
                seat.trace.took("render", seconds)
        return renderings, seconds / len(seats)

    def _learn(self, task: Task, error: Exception) -> None:
        """Serve what can't be rendered here no more. Raises `SetupError` when nothing is left."""
        if isinstance(error, SetupError):
            log("renderer_unusable", logging.ERROR, renderer=task.renderer, error=str(error))
            self._shelf.give_up(task.renderer)
            self._changed()

    def _once_more(self, seats: Sequence[Seat], error: Exception) -> list[Seat]:
        """Those that are worth another try at once: each alone, or without the state it went on from."""
        if isinstance(error, Interrupted | SetupError | WeightsError):
            return []
        if len(seats) > 1:
            if isinstance(error, OutOfMemory):
                self.at_most = max(1, len(seats) // 2)
            log("batch_failed", logging.WARNING, tasks=len(seats), error=f"{type(error).__name__}: {error}")
            return [seat for seat in seats if seat.ended is None]
        [seat] = seats
        if seat.ready.job.resume is None or seat.step > 0:
            return []
        log("checkpoint_dropped", logging.WARNING, task=seat.held.id, error=str(error))
        seat.ready.job = dataclasses.replace(seat.ready.job, resume=None)
        return [seat]

    def _deliver_all(
        self,
        seats: Sequence[Seat],
        renderings: Sequence[Rendering],
        seconds: float,
        then_claim: Callable[[], Ask | None],
    ) -> list[HeldTask]:
        """Side by side, so that the next render waits for the slowest upload and not for all of them.

        Only the last to be finished claims: what is claimed is rendered next, and its lease runs.
        """
        live = [pair for pair in zip(seats, renderings, strict=True) if not pair[0].ended]
        if not live:
            return []
        others = abreast([partial(self._deliver, *pair, seconds) for pair in live[:-1]])

        def ask() -> Ask | None:
            others()
            return then_claim()

        following = self._deliver(*live[-1], seconds, ask)
        others()
        return following

    def _deliver(
        self,
        seat: Seat,
        rendering: Rendering,
        seconds: float,
        then_claim: Callable[[], Ask | None] = lambda: None,
    ) -> list[HeldTask]:
        def finish(held: HeldTask, result: Result) -> list[HeldTask]:
            return self._queue.finish(held, result, then_claim())

        try:
            packed = self._delivery.keep(seat, rendering, seconds)
            following = self._delivery.deliver(seat, seat.ready.slot.folder, packed, finish)
        except Unreachable as error:
            # The worker leaves. If nobody hears that either, the render stays on disk, for the next process.
            self._end(seat, Draining(str(error)))
            return []
        except Exception as error:
            self._end(seat, error)
            return []
        with self._lock:
            self.finished += 1
            self.held.pop(seat.held.id, None)
        self._settling.succeeded()
        seat.trace.end("done")
        seat.lease.stop()
        seat.ready.checkpoints.clear()
        self._settling.clean_attempts(seat.held)
        seat.leave()
        return following

    def _end(self, seat: Seat, error: Exception) -> str | None:
        """Settle a task that gave no result, and return what became of it; a second call does nothing."""
        with self._lock:
            if self.held.pop(seat.held.id, None) is None:
                return None
        if isinstance(error, Draining) and seat.furniture is not None and not seat.kept:
            seat.furniture.checkpoints.flush(LAST_CHECKPOINT)
        seat.lease.stop()
        outcome = self._settling.settle(seat.held, error, seat.trace)
        if outcome in ("cancelled", "failed", "rejected") and seat.furniture is not None:
            seat.furniture.checkpoints.clear()
        seat.leave(keep=outcome == "unsaid" and seat.kept)
        return outcome

    def give_back(self, tasks: Sequence[HeldTask]) -> None:
        """What was claimed and not begun: said once, for the worker leaves; unheard, its lease runs out."""
        for held in tasks:
            self._settling.release(held)

    def release_all(self) -> None:
        """Give back what isn't settled: the worker has no time left to do it in order."""
        for id in list(self.held):
            held = self.held.pop(id, None)
            if held is not None:
                self._settling.release(held)


def _of_machine(task: Task, error: Exception) -> Exception:
    """Weights that a task didn't ask for by key are needed by every task of its renderer."""
    if isinstance(error, WeightsError) and not names_any({"params": task.params}, {error.key or ""}):
        return SetupError(str(error))
    return error
