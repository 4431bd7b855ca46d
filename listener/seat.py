"""One claimed task on its way through this worker, from its claim until it is settled."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contract.errors import Cancelled, Interrupted
from contract.task import Task
from listener.checkpoints import Checkpoints
from listener.holding import HeldTask
from listener.lease import LeaseKeeper
from listener.onlooker import Onlooker
from listener.reporter import Reporter
from listener.results import FILM
from listener.spool import Slot
from listener.telemetry import TaskTrace
from listener.video import Film
from renderers.base import Image, Job


@dataclass(frozen=True)
class Orders:
    """What may stop a render from outside."""

    draining: Callable[[], bool] = lambda: False
    cancelled: Callable[[HeldTask], bool] = lambda held: False


@dataclass
class Furniture:
    """What a task needs to be rendered, once it is known that it can be."""

    task: Task
    job: Job[Any]
    slot: Slot
    checkpoints: Checkpoints
    reporter: Callable[[], Reporter]


class Seat:
    """A task's place here: its lease and its trace at once, its furniture as soon as it is ready."""

    def __init__(
        self, held: HeldTask, lease: LeaseKeeper, trace: TaskTrace, onlooker: Onlooker | None = None
    ) -> None:
        self.held = held
        self.lease = lease
        self.trace = trace
        self._onlooker = onlooker or Onlooker()
        self.furniture: Furniture | None = None
        # Why it is not to be rendered any more.
        self.ended: Interrupted | None = None
        self.film: Film | None = None
        # Whether its render is finished and lies on disk.
        self.kept = False
        self.step = self.steps = self._first = 0
        self.began = self.stepped = self.saved = time.monotonic()
        self._reporter: Reporter | None = None

    @property
    def ready(self) -> Furniture:
        """Its furniture, which must be there."""
        assert self.furniture is not None
        return self.furniture

    def begin(self) -> None:
        """A render starts, for the first time or again."""
        self.rest()
        if self.film is not None:
            self.film.abandon()
        self.film = Film(self.ready.slot.folder / FILM)
        self.step = self.steps = self._first = 0
        self.began = self.stepped = self.saved = time.monotonic()
        self._reporter = self.ready.reporter()
        self._reporter.start()

    def shows(self, i: int, n: int, image: Image | None, score: float | None) -> None:
        """A step is done."""
        self.stepped = time.monotonic()
        if self.step == 0:
            self._first, self.began = i, self.stepped
        self.step, self.steps = i, n
        if image is not None and self.film is not None:
            self.film.step(i, n, image)
        if self._reporter is not None:
            self._reporter.offer(i, n, image, score)
        self._onlooker.shown(self.held, i, n, image, score)

    def rest(self) -> None:
        """Nothing is rendered: show nothing more."""
        if self._reporter is not None:
            self._reporter.stop()

    def check(self, orders: Orders) -> None:
        """Raise `LostClaim` or `Cancelled` if the task should not be worked on any more."""
        lost = self.lease.lost
        if self._reporter is not None:
            lost = lost or self._reporter.lost
        if self.furniture is not None:
            lost = lost or self.furniture.checkpoints.lost
        if lost is not None:
            raise lost
        if self.held.cancel_requested or orders.cancelled(self.held):
            raise Cancelled(f"the owner of {self.held.id} called it off")

    def leave(self, keep: bool = False) -> None:
        """It is settled, or with `keep` another process goes on with what lies on disk."""
        self.rest()
        if self.film is not None:
            self.film.abandon()
        if self.furniture is not None:
            self.furniture.checkpoints.stop()
            if keep:
                self.furniture.slot.leave()
            else:
                self.furniture.slot.drop()

    @property
    def rendering(self) -> bool:
        """Whether it is past its first step, and not at its end."""
        return self.ended is None and 0 < self.step < self.steps

    @property
    def drawn(self) -> bool:
        """Whether there is nothing left to be rendered."""
        return self.ended is not None or 0 < self.step == self.steps

    @property
    def pace(self) -> float:
        """Seconds a step, 0 as long as nobody knows."""
        taken = self.step - self._first
        return (self.stepped - self.began) / taken if taken > 0 else 0.0

    @property
    def left(self) -> float:
        """Seconds that are left, as far as the pace so far tells."""
        return self.pace * (self.steps - self.step)
