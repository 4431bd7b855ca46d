"""`live/queue`: how long the line is, by which each page tells its visitor's place and wait.

One document for all, written by the listener at the desk while tasks wait: at most every few seconds, and in
a long line once for about twenty tasks. A page that watches it asks nothing else. A line that is short enough
is told rank by rank, a longer one by its first and last rank, between which tasks stand about evenly.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from google.cloud.firestore import FieldFilter, Query

from contract.task import Line, Status
from listener.edge import Edge, Seen
from listener.speeds import Speeds

# Seconds between two writes.
SOONEST, LATEST = 5.0, 60.0
TASKS_A_WRITE = 20
USUAL = 30.0


class Standing:
    """Tells how long the line is. Used by one thread."""

    def __init__(self, edge: Edge, speeds: Speeds) -> None:
        self._edge = edge
        self._speeds = speeds
        self._reference = edge.db.collection("live").document("queue")
        # When to tell of a long line again, and when of any line last.
        self._next, self._told_at = 0.0, -SOONEST
        self._told = -1

    def short(self, waiting: Sequence[Seen], workers: int) -> None:
        """All that wait are known: told exactly, for no read."""
        if not waiting and self._told == 0:
            return
        if time.monotonic() < self._told_at + SOONEST:
            return
        ranks = [rank for seen in waiting if isinstance(rank := (seen.fields or {}).get("rank"), datetime)]
        self._tell(len(waiting), ranks, workers)

    def long(self, head: Seen, workers: int) -> None:
        """The first that waits is known: the others are counted, and the last is looked up, two reads."""
        if time.monotonic() < self._next:
            return
        line = self._edge.db.collection("queue").where(
            filter=FieldFilter("status", "==", Status.QUEUED.value)
        )
        count = self._edge.count(line)
        last = self._edge.query(line.order_by("rank", direction=Query.DESCENDING).limit(1))
        ranks = [(seen.fields or {}).get("rank") for seen in [head, *last]]
        self._tell(count, [rank for rank in ranks if isinstance(rank, datetime)], workers)
        self._next = time.monotonic() + max(SOONEST, min(TASKS_A_WRITE * self.a_task() / workers, LATEST))

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
        self._told, self._told_at = waiting, time.monotonic()
