"""A worker that fails everything stops itself, before it uses up every task's attempts.

A failure counts against the worker unless its task is at fault: one with a wrong option, say. An outage of
Firebase, a cancel or a drain counts against nobody.
"""

import random
import time
from dataclasses import dataclass, field

from contract.errors import InvalidTask, TaskError

# Failures of so many tasks at least: one that fails each of its attempts may have itself to blame.
FEWEST_TASKS = 3
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0


@dataclass
class Breaker:
    """Counts failures in a row. `limit` 0 never opens it."""

    limit: int = 5
    reason: str = ""
    _row: int = 0
    _tasks: set[str] = field(default_factory=set)
    _pause: float = FIRST_PAUSE
    _test_at: float | None = None

    @property
    def open(self) -> bool:
        """Whether the worker should claim nothing."""
        return self._test_at is not None

    def succeeded(self) -> None:
        """A task was rendered."""
        self._row = 0
        self._tasks.clear()

    def failed(self, task: str, error: TaskError) -> bool:
        """An attempt at a task failed; true if that opens the breaker."""
        if isinstance(error, InvalidTask) or self.limit == 0 or self.open:
            return False
        self._row += 1
        self._tasks.add(task)
        if self._row < self.limit or len(self._tasks) < FEWEST_TASKS:
            return False
        self.reason = f"{self._row} failures in a row, the last: {error}"
        self._rest()
        return True

    def wait(self) -> float:
        """Seconds until the worker should test itself."""
        return 0.0 if self._test_at is None else max(0.0, self._test_at - time.monotonic())

    def tested(self, passed: bool) -> None:
        """The worker has tested itself: claim again, or rest twice as long."""
        if passed:
            self._test_at, self._pause = None, FIRST_PAUSE
            self.succeeded()
            return
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._rest()

    def _rest(self) -> None:
        self._test_at = time.monotonic() + self._pause * random.uniform(0.8, 1.2)
