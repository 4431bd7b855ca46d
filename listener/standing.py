"""`live/queue`: how long the line is, by which each page tells its visitor's place and wait.

One document for all, written by the listener at the desk while tasks wait: when the line has changed, at most
every few seconds, and in a long one once for some fifteen tasks. A page that watches it asks nothing else. A
line that is short enough is told rank by rank, a longer one by its first and last rank, between which tasks
stand about evenly.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from google.cloud.firestore import FieldFilter, Query

from contract.task import Line, Status
from listener.claims import rank_of
from listener.edge import Edge, Seen
from listener.speeds import Speeds

# Seconds between two writes; and after which a line is told again though it is as it was.
SOONEST, LATEST = 5.0, 60.0
# Seconds that a task waits before it is told: for most, there is somebody before that.
WORTH_TELLING = 2.0
# So many are told rank by rank, though nobody watches them.
FEW = 8
# Seconds between two writes about a long line that cost no read, at least; and of several workers, so many
# tasks: one worker knows its line exactly.
IN_BETWEEN, TASKS_A_WRITE = 20.0, 15
USUAL = 30.0


class Standing:
    """Tells how long the line is. Used by one thread."""

    def __init__(self, edge: Edge, speeds: Speeds) -> None:
        self._edge = edge
        self._speeds = speeds
        self._reference = edge.db.collection("live").document("queue")
        # What was told last, and when; since when tasks wait.
        self._told: tuple[int, list[datetime], int] = (-1, [], 1)
        self._told_at = -LATEST
        self._since: float | None = None

    @property
    def waiting(self) -> int:
        """Tasks in line, as was told last. Raises `LookupError` if this listener has told nothing."""
        if self._told[0] < 0:
            raise LookupError("another listener holds the desk")
        return self._told[0]

    def short(self, waiting: Sequence[Seen], workers: int) -> None:
        """All that wait are known: told exactly, for no read."""
        now = time.monotonic()
        self._since = (self._since or now) if waiting else None
        if waiting and now < (self._since or now) + WORTH_TELLING:
            return
        ranks = [rank for seen in waiting if isinstance(rank := rank_of(seen), datetime)]
        known, _, _ = self._told
        same = self._told == (len(waiting), ranks, workers) and now < self._told_at + LATEST
        if same or (not waiting and known == 0) or now < self._told_at + SOONEST:
            return
        self._tell(len(waiting), ranks, workers)

    def long(self, first: object, workers: int) -> int:
        """Tasks are counted, and the last is looked up, two reads; returns how many there are.

        Few are all looked up. `first` is the place of what was claimed last, about where the line begins.
        """
        line = self._edge.db.collection("queue").where(
            filter=FieldFilter("status", "==", Status.QUEUED.value)
        )
        count = self._edge.count(line)
        if count <= FEW:
            found = self._edge.query(line.order_by("rank").limit(FEW)) if count else []
            ranks = [rank_of(seen) for seen in found]
        else:
            last = self._edge.query(line.order_by("rank", direction=Query.DESCENDING).limit(1))
            ranks = [first, *(rank_of(seen) for seen in last)]
        if (count or self._told[0]) and time.monotonic() >= self._told_at + SOONEST:
            self._tell(count, sorted(rank for rank in ranks if isinstance(rank, datetime)), workers)
        return count

    def behind(self, rank: object, workers: int) -> None:
        """This worker has taken the task of this rank: about those before it are gone, told for no read."""
        waiting, ranks, _ = self._told
        if not isinstance(rank, datetime) or not ranks or rank < ranks[0]:
            return
        pause = IN_BETWEEN if workers == 1 else max(IN_BETWEEN, TASKS_A_WRITE * self.a_task() / workers)
        if time.monotonic() < self._told_at + pause:
            return
        rest = [one for one in ranks if one > rank]
        if waiting <= len(ranks):
            self._tell(len(rest), rest, workers)
        elif rank > ranks[0]:
            # The first of these was the place of what was claimed before.
            before = Line(at=rank, waiting=waiting, ranks=ranks, workers=workers).place(rank)
            self._tell(waiting - max(1, before), [rank, *rest], workers)

    def a_task(self) -> float:
        """Seconds that a task takes, by the mean over the kinds that were measured."""
        table = self._speeds.table()
        return sum(table.values()) / len(table) if table else USUAL

    def _tell(self, waiting: int, ranks: list[datetime], workers: int) -> None:
        line = Line(
            at=self._edge.clock.now(),
            waiting=waiting,
            ranks=ranks,
            workers=workers,
            seconds=self._speeds.table(),
        )
        batch: Any = self._edge.db.batch()
        batch.set(self._reference, line.fields())
        self._edge.commit(batch)
        self._told, self._told_at = (waiting, ranks, workers), time.monotonic()
