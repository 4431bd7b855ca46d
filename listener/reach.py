"""How far into the line a worker reaches, so that many at once don't all go for the same task.

One goes for the head. When more claims are lost to others than come by chance, all reach further: first by
choosing among the first few, then, since each candidate that is looked at costs a read, by asking for the
task at a random place near the head. The place is a rank: how far apart ranks are was seen before.
"""

import random
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from listener.edge import Seen

MOST = 256
# Up to so many candidates are looked at to choose from.
FEW = 4
# How many are looked at to learn how far apart ranks are; and the part of looks that go for the head anyway.
SAMPLE, HEAD = 16, 0.125
# Of the share of claims that are lost, a running mean: above the first, workers reach further into the line;
# above the second, further still; below the third, less far.
CROWDED, STILL_CROWDED, CALM = 0.45, 0.12, 0.03
# A gap of so many usual ones means that the place was fished out.
GAP = 8


class Reach:
    """One worker's idea of how crowded the head of the line is. May be used from several threads."""

    def __init__(self) -> None:
        self.tried = self.lost = 0
        self._reach, self._share = 1, 0.0
        self._head: datetime | None = None
        self._apart = timedelta(0)
        self._lock = threading.Lock()

    def candidates(self, tries: int) -> int:
        """How many to look at, at the given try in a row."""
        with self._lock:
            if self._reach > FEW and tries == 0:
                return SAMPLE
            return min(self._reach << min(tries, 8), SAMPLE)

    def place(self) -> datetime | None:
        """The rank from which to take the first task, None for the head."""
        with self._lock:
            if self._reach <= FEW or self._head is None or random.random() < HEAD:
                return None
            return self._head + self._apart * self._reach * random.random()

    def saw(self, found: Sequence[Seen], place: datetime | None) -> None:
        """What was found at a place, or at the head."""
        ranks = [rank for seen in found if isinstance(rank := (seen.fields or {}).get("rank"), datetime)]
        with self._lock:
            if place is None and len(ranks) > 1:
                self._head, self._apart = ranks[0], (ranks[-1] - ranks[0]) / (len(ranks) - 1)
            elif place is not None and ranks and ranks[0] - place > GAP * self._apart:
                self._head = ranks[0]

    def learn(self, won: bool) -> None:
        """A claim was won, or lost to another worker."""
        with self._lock:
            self.tried += 1
            self.lost += not won
            self._share += 0.1 * -self._share if won else 0.3 * (1 - self._share)
            if self._share > (CROWDED if self._reach == 1 else STILL_CROWDED):
                self._reach, self._share = min(self._reach * 4, MOST), 0.05
            elif self._share < CALM and self._reach > 1:
                self._reach, self._share = self._reach // 2, 0.05
