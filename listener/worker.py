"""The worker: claim → render → upload → finish, one batch after another, until it is told to leave.

It never touches the database: what becomes of a task is said to the queue, in the words of `TaskQueue`.
"""

import logging
import threading
import time

from contract.errors import Draining, Unreachable
from contract.task import WorkerState
from listener.batches import Batches
from listener.bell import Bell
from listener.breaker import Breaker
from listener.delivery import Delivery
from listener.holding import HeldTask
from listener.logs import log
from listener.order import Ask
from listener.outage import Outages
from listener.patience import Patience
from listener.presence import Presence
from listener.selftest import passes
from listener.shelf import Shelf


class Worker:
    """One listener's loop."""

    def __init__(
        self,
        shelf: Shelf,
        bell: Bell,
        presence: Presence,
        batches: Batches,
        delivery: Delivery,
        breaker: Breaker,
        outages: Outages,
        leaving: threading.Event,
    ) -> None:
        self._shelf = shelf
        self._bell = bell
        self._presence = presence
        self._batches = batches
        self._delivery = delivery
        self._breaker = breaker
        self._outages = outages
        self._leaving = leaving
        self._patience = Patience(leaving)
        self._left_behind = 0

    @property
    def finished(self) -> int:
        """Tasks whose results were accepted."""
        return self._batches.finished + self._left_behind

    def drain(self) -> None:
        """Leave: give back what is being rendered, and claim no more. May be called from any thread."""
        self._leaving.set()
        self._bell.ring()

    def abandon(self) -> None:
        """There is no time left to leave in order: give back what is held, its attempt uncounted."""
        self._batches.release_all()

    def leaves_within(self, seconds: float) -> bool:
        """Wait so long, unless it is told to leave before; whether it was."""
        return self._leaving.wait(seconds)

    def run(self) -> None:
        """Work until `drain`. Raises `SetupError` when this machine can't render anything any more."""
        self._left_behind = self._delivery.deliver_left_behind()
        tasks: list[HeldTask] = []
        while not self._leaving.is_set():
            if self._breaker.open:
                self._test()
                continue
            began = time.time()
            if not tasks:
                tasks = self._claimed()
            if not tasks:
                continue
            self._presence.now(WorkerState.RENDERING, tasks[0].id)
            tasks = self._batches.work(tasks, began, self._next)
        self._batches.give_back(tasks)

    def _claimed(self) -> list[HeldTask]:
        """What is claimed for this worker, as soon as there is something; nothing if it is to leave."""
        self._presence.now(WorkerState.IDLE)
        try:
            return self._patience.insist(self._bell.wait, self._outages.queue)
        except Unreachable:
            return []

    def _next(self) -> Ask | None:
        """What to claim together with the end of a task, None for nothing."""
        return None if self._leaving.is_set() or self._breaker.open else self._bell.then_claim

    def _test(self) -> None:
        """Claim nothing, for the worker fails everything; try again once it can render by itself."""
        self._presence.now(WorkerState.BROKEN)
        self._presence.tell(renderers=(), note=self._breaker.reason)
        if self._leaving.wait(self._breaker.wait()):
            return
        try:
            passed = all(passes(self._shelf, name, self._leaving) for name in self._shelf.names)
        except Draining:
            return
        self._breaker.tested(passed)
        if passed:
            log("breaker_closed", logging.WARNING)
            self._presence.tell(renderers=self._shelf.names)
