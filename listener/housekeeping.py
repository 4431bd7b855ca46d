"""Each listener looks after everybody's tasks: those whose worker is gone, and those whose pause is over."""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from contract.errors import BrushfireError
from listener.logs import log
from listener.task_queue import TaskQueue

# After the moment at which something is due, so that clocks that differ a little agree that it is.
LATE = (0.5, 2.5)


class Housekeeping:
    """Looks at start, when something is known to fall due, and else once a lease or a poll.

    A task's lease is thus noticed to have run out within about a fifth of a lease. A look costs one read.
    """

    def __init__(self, queue: TaskQueue, poll_seconds: float) -> None:
        self._queue = queue
        lease = queue.lease.total_seconds()
        self._chores = [_Chore(queue.reap, lease), _Chore(queue.promote, max(poll_seconds, lease))]
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

    def expect(self, due: datetime) -> None:
        """A task was scheduled for then, on the server's clock."""
        with self._changed:
            self._chores[1].expect(due - self._queue.clock.now())
            self._changed.notify()

    def _run(self) -> None:
        while not self._stopped:
            for chore in self._chores:
                if time.monotonic() >= chore.next:
                    self._do(chore)
            with self._changed:
                soonest = min(chore.next for chore in self._chores)
                if not self._stopped:
                    self._changed.wait(max(0.0, soonest - time.monotonic()))

    def _do(self, chore: "_Chore") -> None:
        chore.rest()
        try:
            due = chore.look()
        except BrushfireError as error:
            log("housekeeping_failed", logging.WARNING, error=str(error))
            return
        if due is not None:
            chore.expect(due - self._queue.clock.now())


class _Chore:
    """One look, and when to take it next."""

    def __init__(self, look: Callable[[], datetime | None], every: float) -> None:
        self.look = look
        self.next = time.monotonic()
        self._every = every

    def rest(self) -> None:
        """Look again after the usual time, each worker at another moment."""
        self.next = time.monotonic() + self._every * random.uniform(0.8, 1.2)

    def expect(self, wait: timedelta) -> None:
        """Look when something falls due, if that is sooner."""
        self.next = min(self.next, time.monotonic() + max(0.0, wait.total_seconds()) + random.uniform(*LATE))
