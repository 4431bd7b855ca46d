"""Looking after everybody's tasks: worker gone, pause over, called off while they wait, or kept long enough.

The listener at the desk does it. The others do it seldom, the more there are the more seldom, in case that
one does not.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from contract.errors import BrushfireError, Unreachable
from listener.desk import Desk
from listener.logs import log
from listener.outage import Outage
from listener.task_queue import TaskQueue
from listener.wakeups import Documents, SupervisedWatch

# After the moment at which something is due, so that clocks that differ a little agree that it is.
LATE = (0.5, 2.5)
# Seconds: for what is done only when there is a reason to.
NEVER = 1e6
# Seconds between looks for what was kept long enough; and before the first.
PRUNING_SECONDS, PRUNING_FIRST = 3600.0, 60.0
# How many times less often a listener looks that isn't at the desk, at least.
SELDOM = 4
# About so many of those who aren't at the desk look again at the moment when something falls due.
COME_BACK = 4
# Seconds after which a listener notices that it came to the desk, or lost it.
NOTICED = 2.0


class Housekeeping:
    """Looks at start, when something is known to fall due, and else once a lease or a poll.

    A task's lease is thus noticed to have run out within about a fifth of a lease. A look costs one read.
    Tasks that are called off while they wait are watched for, which costs nothing as long as there are none.
    """

    def __init__(
        self,
        queue: TaskQueue,
        poll_seconds: float,
        desk: Desk | None = None,
        remove_below: Callable[[str], object] | None = None,
        outage: Outage | None = None,
    ) -> None:
        """Without a desk, this listener looks after everything itself.

        `remove_below` deletes the files below a folder; without it, nothing is deleted when its time is over.
        """
        self._queue = queue
        self._desk = desk
        self._outage = outage or Outage("queue")
        lease = queue.lease.total_seconds()
        self._reaping = _Chore(queue.reap, lease)
        self._promoting = _Chore(queue.promote, max(poll_seconds, lease))
        self._cancelling = _Chore(queue.cancel_waiting, NEVER, first=NEVER)
        self._chores = [self._reaping, self._promoting, self._cancelling]
        if remove_below is not None:
            remove = remove_below
            self._chores.append(_Chore(lambda: queue.prune(remove), PRUNING_SECONDS, first=PRUNING_FIRST))
        self._watch: SupervisedWatch | None = None
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Look now, and go on looking."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; returns when the last look is over."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()
        self._watch_called_off(False)

    def expect(self, due: datetime) -> None:
        """A task was scheduled for then, on the server's clock."""
        with self._changed:
            self._promoting.expect(due - self._queue.clock.now())
            self._changed.notify()

    def _saw(self, called_off: Documents) -> None:
        if called_off:
            with self._changed:
                self._cancelling.next = time.monotonic()
                self._changed.notify()

    def _run(self) -> None:
        while not self._stopped:
            at_desk = self._desk is None or self._desk.held
            self._watch_called_off(at_desk)
            seldom = 1.0 if at_desk or self._desk is None else float(max(SELDOM, self._desk.workers))
            for chore in self._chores:
                if time.monotonic() >= chore.next:
                    self._do(chore, seldom)
            with self._changed:
                soonest = min(chore.next for chore in self._chores)
                if not self._stopped:
                    self._changed.wait(min(NOTICED, max(0.0, soonest - time.monotonic())))

    def _watch_called_off(self, watch: bool) -> None:
        if watch and self._watch is None:
            query, bill = self._queue.called_off(), self._queue.edge.bill
            self._watch = SupervisedWatch("called off", query, self._saw, bill=bill).start()
        elif not watch and self._watch is not None:
            self._watch.stop(wait=self._stopped)
            self._watch = None

    def _do(self, chore: "_Chore", seldom: float) -> None:
        chore.rest(seldom)
        try:
            due = chore.look()
            if self._desk is not None and (gone := self._queue.gone()):
                self._desk.gone(gone)
        except Unreachable as error:
            self._outage.met(error)
            return
        except BrushfireError as error:
            log("housekeeping_failed", logging.WARNING, error=str(error))
            return
        self._outage.over()
        # Of many listeners, one or two come back for it besides the one at the desk.
        if due is not None and random.random() < COME_BACK / max(seldom, 1.0):
            chore.expect(due - self._queue.clock.now())


class _Chore:
    """One look, and when to take it next."""

    def __init__(self, look: Callable[[], datetime | None], every: float, first: float = 0.0) -> None:
        self.look = look
        self.next = time.monotonic() + first
        self._every = every

    def rest(self, seldom: float) -> None:
        """Look again after so many times the usual time, each worker at another moment."""
        self.next = time.monotonic() + self._every * seldom * random.uniform(0.8, 1.2)

    def expect(self, wait: timedelta) -> None:
        """Look when something falls due, if that is sooner."""
        self.next = min(self.next, time.monotonic() + max(0.0, wait.total_seconds()) + random.uniform(*LATE))
