"""The other workers, as the listener at the desk knows them: who may be given a task, and who is busy.

Nobody tells when it is done: that would cost a write. A worker is taken for free when the task it was given
last should be over, by measured speeds; whoever went longest without one comes first. What is uncertain is
looked up, for one read.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.cloud.firestore import FieldFilter, Query

from contract.errors import InvalidTask
from contract.params import PARAMS
from contract.task import Status, Worker, WorkerState
from listener.claims import Claims
from listener.edge import Edge, Seen
from listener.order import names_any
from listener.speeds import Speeds
from listener.wakeups import Documents, SupervisedWatch

# Workers say that they are there every four minutes.
SILENT = timedelta(minutes=15)
# Seconds between looks who is there; and from when a new one comes to the look, for it may not come alone.
LOOK, MOMENT = 600.0, 2.0
# A task may take somewhat longer than those before.
MARGIN = 1.15
# Part of a task's usual time after which it is worth a look whether it is over, and seconds between two.
EARLIEST, BETWEEN = 0.9, 0.3
UNKNOWN = 30.0
# So many are asked for a successor whether they are there.
MOST_ASKED = 3


@dataclass
class Known:
    """A worker. Times are of the monotonic clock; `free_at` is None when nothing is known."""

    name: str
    renderers: Sequence[str]
    lacks: Sequence[str] = ()
    given_at: float = 0.0
    free_at: float | None = None
    usual: float | None = None
    looked_at: float = 0.0
    # Whether it asks for its next task by itself.
    asks: bool = False

    def serves(self, renderer: object) -> bool:
        """Whether it takes tasks of a renderer; who serves all that there are also takes what is none."""
        return renderer in self.renderers or set(PARAMS) <= set(self.renderers)

    def free(self, now: float) -> bool:
        """Whether it should have nothing to do."""
        return self.free_at is not None and now >= self.free_at


class Roster:
    """All live workers but this one."""

    def __init__(self, edge: Edge, me: str, speeds: Speeds) -> None:
        self._edge = edge
        self._me = me
        self._speeds = speeds
        self._known: dict[str, Known] = {}
        self._look_at = self._doubts_at = 0.0
        self._newest: SupervisedWatch | None = None
        self._gone: set[str] = set()

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Known]:
        return iter(self._known.values())

    def refresh(self) -> None:
        """Look who is there, if it is time to: a read for each. From the first look on, notice who comes."""
        if self._newest is None:
            newest = self._edge.db.collection("workers").order_by("since", direction=Query.DESCENDING)
            watched, bill = newest.limit(1), self._edge.bill
            self._newest = SupervisedWatch("newest worker", watched, self._saw_newest, bill=bill).start()
        gone, self._gone = self._gone, set()
        for name in gone & self._known.keys():
            del self._known[name]
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK
        since = self._edge.clock.now() - SILENT
        seen = self._edge.query(
            self._edge.db.collection("workers").where(filter=FieldFilter("last_seen", ">=", since))
        )
        there = {one.id: worker for one in seen if (worker := _worker(one.fields)) and one.id != self._me}
        for name, worker in there.items():
            self._speeds.hear(worker.seconds)
            if name not in self._known:
                idle = worker.state in (WorkerState.IDLE, WorkerState.STARTING)
                self._known[name] = Known(name, worker.renderers, free_at=0.0 if idle else None)
            self._known[name].renderers, self._known[name].lacks = worker.renderers, worker.lacks
        for name in self._known.keys() - there.keys():
            del self._known[name]

    def stop(self) -> None:
        """Notice nobody any more."""
        if self._newest is not None:
            self._newest.stop(wait=False)
            self._newest = None

    def dismiss(self, names: Collection[str]) -> None:
        """These are gone, until they come again. May be called from any thread."""
        self._gone |= set(names)

    def offer(self, claims: Claims, offers: Sequence[tuple[Known, Seen]], more: bool) -> None:
        """Claim tasks in workers' names, in one commit if it can be; with `more` they ask for the next."""
        bids = [(one, bid) for one, seen in offers if (bid := claims.bid(seen, one.name, more))]
        made = claims.offer([bid for _, bid in bids])
        for one, bid in bids:
            if bid in made:
                self._gave(one, bid.seen.fields or {}, more)

    def _saw_newest(self, documents: Documents) -> None:
        if any(one.id != self._me and one.id not in self._known for one in documents):
            self._look_at = min(self._look_at, time.monotonic() + MOMENT)

    def pick(self, fields: Mapping[str, Any], but: Collection[str] = ()) -> Known | None:
        """Who should get a task: of those that are free, whoever went longest without one."""
        now = time.monotonic()
        able = [one for one in self._able(fields) if one.free(now) and one.name not in but]
        return min(able, key=lambda one: one.given_at, default=None)

    def look(self, fields: Mapping[str, Any]) -> Known | None:
        """Look up one worker that may be free, and return it if it is: one read, or none."""
        now = time.monotonic()
        doubtful = [one for one in self._able(fields) if not one.free(now) and _until(one, now) <= 0]
        one = min(doubtful, key=lambda one: one.given_at, default=None)
        if one is None or now < self._doubts_at:
            return None
        # One at a time: until then, whoever else is doubtful may be free by the measured speeds.
        self._doubts_at = now + max(BETWEEN, (one.usual or 0.0) / 8)
        one.looked_at = now
        running = (
            self._edge.db.collection("queue")
            .where(filter=FieldFilter("claim.worker", "==", one.name))
            .where(filter=FieldFilter("status", "==", Status.RUNNING.value))
        )
        if self._edge.query(running.limit(1)):
            return None
        one.free_at, one.asks = now, False
        return one

    def _gave(self, one: Known, fields: Mapping[str, Any], more: bool) -> None:
        """A worker was given a task; with `more` it will ask for the next by itself."""
        now = time.monotonic()
        one.usual = self._speeds.seconds(fields)
        one.given_at = one.looked_at = now
        one.asks = more
        # Who asks may fetch another task before it is free.
        one.free_at = None if more else now + (UNKNOWN if one.usual is None else one.usual * MARGIN)

    def declined(self, name: str) -> None:
        """A worker gave its task back: it had another."""
        if one := self._known.get(name):
            one.free_at = time.monotonic() + (one.usual or 1.0)

    def line_over(self) -> None:
        """Nothing waits any more: those who fetched their tasks by themselves stop asking soon."""
        for one in self._known.values():
            one.asks = False

    def next_free(self) -> float:
        """Seconds until somebody may be free."""
        now = time.monotonic()
        return min((_until(one, now) for one in self._known.values()), default=UNKNOWN)

    def successor(self) -> str | None:
        """Who should take the desk over, rather somebody free: a read for each that is asked.

        None if nobody is there any more: who has left since the last look is still known.
        """
        now = time.monotonic()
        line = sorted(self._known.values(), key=lambda one: (one.free(now), one.given_at), reverse=True)
        workers = self._edge.db.collection("workers")
        for one in line[:MOST_ASKED]:
            seen = self._edge.read(workers.document(one.name))
            if seen is not None and _worker(seen.fields) is not None:
                return one.name
        return None

    def _able(self, fields: Mapping[str, Any]) -> list[Known]:
        return [
            one
            for one in self._known.values()
            if one.serves(fields.get("renderer")) and not names_any(fields, one.lacks)
        ]


def _until(one: Known, now: float) -> float:
    """Seconds until a worker is free, or worth a look."""
    if one.free(now):
        return 0.0
    early = one.given_at + EARLIEST * (one.usual or 0.0)
    again = one.looked_at + max(BETWEEN, (one.usual or 0.0) / 4, (one.looked_at - one.given_at) / 2)
    return max(early, again) - now


def _worker(fields: Mapping[str, Any] | None) -> Worker | None:
    """A worker that is there to work, None for one that leaves and for nonsense."""
    try:
        worker = Worker.parse(fields or {})
    except InvalidTask:
        return None
    return None if worker.state in (WorkerState.DRAINING, WorkerState.STOPPED) else worker
