"""How far into the line a worker reaches, so that many at once don't all go for the same task.

One goes for the head. Who loses a claim to another goes on a little behind the task it lost, by chance, and
then from task to task: each worker walks through the line on a path of its own, at one read a task. All come
back to the head now and then, for what was left between the paths. A place in line is a rank. None reaches
past the 30 s that are between two tasks of one user, so nobody's second task comes before another's first.
"""

import random
import threading
import time
from datetime import datetime, timedelta

from listener.order import LOADED_DISTANCE

NOWHERE = timedelta(0)
# How far to jump after a claim was lost: so far the first time, so many times as far each further time, and
# a little less far after each that was won, until it is not worth it.
FIRST, GROWS, SHRINKS, LEAST = timedelta(seconds=2), 4.0, 0.99, timedelta(seconds=0.02)
# The part of a jump that a step has, at most, by chance: who meets another on its path parts from it.
STEP = 0.01
# Tasks on a path, and seconds, before the head is looked at again: an operator's task may stand there.
PATH, FRESH = 64, 30.0
NEXT = timedelta(microseconds=1)


class Reach:
    """One worker's path through the line. May be used from several threads."""

    def __init__(self) -> None:
        self.tried = self.lost = 0
        self._jump = NOWHERE
        self._head: datetime | None = None
        self._seen = 0.0
        self._end: datetime | None = None
        self._place: datetime | None = None
        self._steps = 0
        self._lock = threading.Lock()

    def place(self) -> datetime | None:
        """The rank from which to take the next task, None for the head."""
        with self._lock:
            return self._place if time.monotonic() < self._seen + FRESH else None

    def saw_head(self, rank: object) -> None:
        """The first in line has this rank."""
        with self._lock:
            self._head, self._seen = rank if isinstance(rank, datetime) else None, time.monotonic()
            self._place = None
            if self._head and self._end and self._head >= self._end:
                self._end = None

    def admits(self, rank: object, place: datetime) -> bool:
        """Whether a task of this rank, None for no task, which was found from a place on, may be taken."""
        with self._lock:
            if isinstance(rank, datetime) and self._head and rank - self._head <= LOADED_DISTANCE:
                return True
            if rank is None:
                self._end = place
                self._jump /= 2
            self._place = None
            return False

    def count(self, won: bool) -> None:
        """A claim was won, or lost to another worker, off the path."""
        with self._lock:
            self.tried += 1
            self.lost += not won

    def learn(self, won: bool, rank: object) -> None:
        """A claim on a task of this rank was won, or lost to another worker."""
        self.count(won)
        with self._lock:
            self._jump = self._jump * SHRINKS if won else min(max(self._jump * GROWS, FIRST), LOADED_DISTANCE)
            self._steps = self._steps + 1 if won and self._place else 0
            if self._jump < LEAST or self._steps >= PATH or not isinstance(rank, datetime):
                self._jump = NOWHERE if self._jump < LEAST else self._jump
                self._place = None
            else:
                step = STEP if self._steps else 1.0
                self._place = self._within(rank, self._jump * step)

    def _within(self, rank: datetime, jump: timedelta) -> datetime | None:
        """A place behind a rank, by chance; near enough to the head, and before the end of the line."""
        if self._head is None:
            return None
        furthest = min(rank + jump, self._head + LOADED_DISTANCE, self._end or rank + jump)
        return rank + NEXT + (furthest - rank) * random.random() if furthest > rank else None
