"""How far into the line a worker reaches, so that many at once don't all go for the same task.

One goes for the head. When more claims are lost to others than come by chance, all reach further: they ask
for the task at a random place near the head, which costs one read as the head does. The place is a rank: how
far apart ranks are was seen when a claim was lost, since then a few are looked at. None reaches past the 30 s
that are between two tasks of one user, so nobody's second task comes before another's first.
"""

import random
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from listener.edge import Seen
from listener.order import LOADED_DISTANCE

MOST = 512
# How many are looked at after a claim was lost, to choose from and to learn how far apart ranks are.
FEW, SAMPLE = 3, 16
# The part of looks that go for the head anyway.
HEAD = 1 / 32
# Of the share of claims that are lost, a running mean: above the first, workers reach further into the line;
# above the second, further still; below the third, less far.
CROWDED, STILL_CROWDED, CALM = 0.2, 0.08, 0.03
# How much further at once.
STEP = 8
# Weights of the newest claim in that mean.
WON, LOST = 0.03, 0.15
# A gap of so many usual ones means that the place was fished out.
GAP = 4


class Reach:
    """One worker's idea of how crowded the head of the line is. May be used from several threads."""

    def __init__(self) -> None:
        self.tried = self.lost = 0
        self._reach, self._share = 1, 0.0
        self._head: datetime | None = None
        self._apart = timedelta(0)
        self._last: datetime | None = None
        self._lock = threading.Lock()

    def candidates(self, tries: int) -> int:
        """How many to look at from the head, at the given try in a row."""
        with self._lock:
            return 1 if tries == 0 else min(max(FEW, self._reach) << min(tries - 1, 4), SAMPLE)

    def place(self) -> datetime | None:
        """The rank from which to take the first task, None for the head."""
        with self._lock:
            if self._head is None or not self._apart or random.random() < HEAD:
                return None
            most = min(self._apart * self._reach, LOADED_DISTANCE)
            if self._reach > SAMPLE and self._last is not None and self._last <= self._head + most:
                return self._last
            steps = int(self._reach * random.random())
            return self._head + most * (steps / self._reach) if steps else None

    def admits(self, found: Seen, place: datetime, last: bool = False) -> bool:
        """Whether a task that was found at a place may be taken: near enough to the head, and behind no gap.

        Behind a gap is the next task of whoever fished it out; on the last try it is taken all the same.
        """
        rank = (found.fields or {}).get("rank")
        with self._lock:
            if self._head is None or not isinstance(rank, datetime) or rank - self._head > LOADED_DISTANCE:
                return False
            if self._reach == 1 or rank - place <= GAP * self._apart:
                return True
            self._last = None
            if place - self._head <= self._apart * self._reach / 4:
                # The line has moved on since the head was seen.
                self._head = rank
            return last

    def saw(self, found: Sequence[Seen]) -> None:
        """What was found at the head."""
        ranks = [rank for seen in found if isinstance(rank := (seen.fields or {}).get("rank"), datetime)]
        if not ranks:
            return
        with self._lock:
            self._head = ranks[0]
            if len(ranks) > 1:
                self._apart = (ranks[-1] - ranks[0]) / (len(ranks) - 1)

    def learn(self, won: bool, rank: object = None) -> None:
        """A claim was won, at this rank, or lost to another worker."""
        with self._lock:
            # Who won goes on from there: many lanes through the line, each one's own.
            self._last = rank if won and isinstance(rank, datetime) else None
            self.tried += 1
            self.lost += not won
            self._share += WON * -self._share if won else LOST * (1 - self._share)
            if self._share > (CROWDED if self._reach == 1 else STILL_CROWDED):
                self._reach, self._share = min(self._reach * STEP, MOST), 0.05
            elif self._share < CALM and self._reach > 1:
                self._reach, self._share = self._reach // 2, 0.05
