"""What an idle listener sleeps by, until there is a task for it.

Whoever holds the desk (`desk.py`) gives tasks to the others (`dispatch.py`), who watch for claims in their
name. Behind that stands a slow poll: the more listeners there are, the slower.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from google.cloud.firestore import FieldFilter

from contract.errors import BrushfireError, LostClaim, Unreachable
from contract.events import Claimed
from contract.task import Status
from listener.desk import Desk
from listener.dispatch import Dispatcher
from listener.edge import server_errors
from listener.holding import HeldTask, held_as_seen
from listener.logs import log
from listener.order import Ask
from listener.roster import Roster
from listener.standing import Standing
from listener.task_queue import TaskQueue
from listener.wakeups import LOOK_SECONDS, Documents, SupervisedWatch

# A task that waited so long though a worker was idle was overlooked by whoever holds the desk.
OVERLOOKED_SECONDS = 5.0
# Seconds between tries while Firebase is away.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
ACTIVE_POLLERS = 2


class Bell:
    """Brings a listener its tasks. `ask` says what its worker would take now."""

    def __init__(self, queue: TaskQueue, ask: Callable[[], Ask], poll_seconds: float) -> None:
        self._queue = queue
        self._ask = ask
        self._poll = poll_seconds
        self.desk = Desk(queue.edge, queue.worker)
        self.roster = Roster(queue.edge, queue.worker, queue.speeds)
        self.desk.dismiss = self.roster.dismiss
        self.standing = Standing(queue.edge, queue.speeds)
        self._dispatcher = Dispatcher(
            queue.edge, queue.claims, self.roster, self.standing, ask, self._deliver, self._more
        )
        self._offers = SupervisedWatch("offers", _offers(queue), self._saw, bill=queue.edge.bill)
        self._state = threading.Condition()
        self._given: list[HeldTask] = []
        self._idle = self._rung = self._started = self._stopped = False
        # Whether to ask for the next task when one is done, since more wait.
        self._asks = True
        self._known: set[str] = set()
        self._thread = threading.Thread(target=self._keep, name="desk", daemon=True)

    @property
    def then_claim(self) -> Ask | None:
        """For `TaskQueue.finish`: what to claim next, None if probably nothing waits."""
        return self._ask() if self._asks and not self._rung else None

    def wait(self) -> list[HeldTask]:
        """Sleep until there is a task for this worker, and return it, or a batch; empty after `ring`.

        Raises `Unreachable`, having waited a moment, when Firebase is.
        """
        first = self._begin()
        held = self._claim() if self._asks and not self._queue.claims.empty else []
        if first:
            # Not before it is known whether there is a line to watch.
            self._thread.start()
        if held:
            return held
        self._asks = False
        self._dispatcher.found_nothing()
        self._be_idle()
        due = time.monotonic() + self._poll * self._slower() * random.uniform(0.8, 1.2)
        with self._state:
            # In short waits: Python runs the handlers of signals between them, wherever one was delivered.
            while not self._given and not self._rung and time.monotonic() < due:
                self._state.wait(LOOK_SECONDS)
            given, self._given = self._given, []
            self._idle = False
        self._dispatcher.idle(False)
        if given or self._rung:
            self._rung = False
            return given
        return self._poll_line()

    def ring(self) -> None:
        """Wake the sleeper. May be called from a signal handler's thread."""
        with self._state:
            self._rung = True
            self._state.notify_all()

    def stop(self, wait: bool = False) -> None:
        """Leave: name a successor if this listener holds the desk, and watch no more."""
        with self._state:
            self._stopped = True
            self._state.notify_all()
        self._dispatcher.wake()
        if not self._started:
            return
        if wait and self._thread.ident is not None:
            self._thread.join(10.0)
        if self.desk.held:
            self.desk.leave(self._successor())
        self.desk.stop()
        self._offers.stop(wait)
        self._give_back()

    def _successor(self) -> str | None:
        try:
            with server_errors():
                return self.roster.successor()
        except BrushfireError:
            return None  # whoever notices first

    def _begin(self) -> bool:
        """Start what has to run from the first sleep on; whether this was the first."""
        if not self._started:
            self._queue.claims.empty = False
            self.desk.start(self._dispatcher.wake)
            self._offers.start()
            self._started = True
        return self._thread.ident is None

    def _be_idle(self) -> None:
        with self._state:
            self._idle = not self._given
        self._dispatcher.idle(self._idle)

    def _slower(self) -> float:
        """However many listeners there are, they look about as often as two together."""
        return max(1.0, self.desk.workers / ACTIVE_POLLERS)

    def _claim(self) -> list[HeldTask]:
        held = self._queue.claim(self._ask())
        self._asks = bool(held)
        if held:
            self._dispatcher.found_something()
        return held

    def _poll_line(self) -> list[HeldTask]:
        held = self._claim()
        if held and not self.desk.held and self._overlooked(held[0]):
            log("desk_idle", logging.WARNING, task=held[0].id)
            self.desk.take(force=True)
        return held

    def _overlooked(self, held: HeldTask) -> bool:
        since = [held.fields.get(name) for name in ("rank", "created_at")]
        times = [at for at in since if isinstance(at, datetime)]
        waited = self._queue.clock.now() - max(times, default=self._queue.clock.now())
        return waited.total_seconds() > OVERLOOKED_SECONDS

    def _deliver(self, held: list[HeldTask]) -> None:
        """Tasks for this worker, from this listener's own dispatcher."""
        with self._state:
            self._given += held
            self._idle = False
            self._state.notify_all()

    def _more(self) -> None:
        """More tasks wait than there are workers: ask for the next when one is done."""
        self._asks, self._queue.claims.empty = True, False

    def _saw(self, documents: Documents) -> None:
        """Tasks that were claimed in this worker's name: it takes one if it is idle, declines the rest."""
        self._known &= {claim_id(document) for document in documents}
        for document in documents:
            held = held_as_seen(self._queue.edge.seen(document))
            if held is None or held.claim.id in self._known:
                continue
            held.lease = max(held.lease, self._queue.speeds.lease(held.fields, self._queue.lease))
            self._known.add(held.claim.id)
            with self._state:
                if self._idle and not self._stopped:
                    self._asks = held.claim.more is True
                    self._queue.claims.empty = False
                    self._given.append(held)
                    self._idle = False
                    self._state.notify_all()
                    log_claimed(self._queue, held)
                    continue
            threading.Thread(target=self._decline, args=(held,), name="decline", daemon=True).start()

    def _decline(self, held: HeldTask) -> None:
        try:
            self._queue.release(held)
        except (BrushfireError, LostClaim) as error:
            log("decline_failed", logging.WARNING, task=held.id, error=str(error))

    def _give_back(self) -> None:
        """What arrived too late to be begun."""
        with self._state:
            given, self._given = self._given, []
        for held in given:
            self._decline(held)

    def _keep(self) -> None:
        """The desk's thread: takes the desk when it may, and works there as long as it is held."""
        pause = SHORTEST_PAUSE
        while not self._stopped:
            try:
                if self.desk.held:
                    self._dispatcher.work()
                    self.desk.renew(len(self.roster) + 1)
                else:
                    self._dispatcher.stop()
                    self._dispatcher.sleep(LOOK_SECONDS * 10)
                    if self.desk.vacant() and not self._stopped:
                        self.desk.take()
                pause = SHORTEST_PAUSE
            except BrushfireError as error:
                if not isinstance(error, Unreachable):
                    log("desk_failed", logging.ERROR, error=str(error))
                self._dispatcher.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        self._dispatcher.stop()


def log_claimed(queue: TaskQueue, held: HeldTask) -> None:
    """The worker that takes an offer tells of the claim."""
    queue.tell(Claimed.build(held.id, held.claim, held.attempt))


def claim_id(document: Any) -> str:
    """The id of a running task's claim."""
    return str(((document.to_dict() or {}).get("claim") or {}).get("id"))


def _offers(queue: TaskQueue) -> Any:
    query = queue.edge.db.collection("queue")
    for name, value in (
        ("claim.worker", queue.worker),
        ("claim.offered", True),
        ("status", Status.RUNNING.value),
    ):
        query = query.where(filter=FieldFilter(name, "==", value))
    return query
