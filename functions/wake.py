"""Calls a listener when tasks wait and none is there: a webhook of the operator's, or a virtual machine.

`live/wake` says that a call was made, and until when nobody makes another: whoever moves it, in a
transaction, is the one who calls. When that time is over, and tasks still wait, and still nobody has come, a
call is made again; so it is when somebody came and left meanwhile. One that fails is made again after a
growing pause.

Each look reads one document while a listener is there, three while one was called, and none where nothing is
set up.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from google.api_core.exceptions import Aborted
from google.cloud.firestore import FieldFilter

from contract.errors import BrushfireError
from contract.task import Status, WorkerState
from functions.summons import Summons, WakeFailed
from listener.edge import Edge, Seen, Stale, server_errors
from listener.logs import log
from listener.presence import HEARTBEAT_SECONDS

AT_WORK = [state.value for state in (WorkerState.STARTING, WorkerState.IDLE, WorkerState.RENDERING)]
# Who is there says so every few minutes, once of which may be lost.
SILENT = timedelta(seconds=2.2 * HEARTBEAT_SECONDS)
# Whoever dies in the middle of a call holds up the others for so long.
CALLING = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=30)
# So long a process believes what it saw last: a hundred tasks at once aren't a hundred questions.
BELIEVED_SECONDS = 10.0


@dataclass(frozen=True)
class _Called(Exception):
    """A call was made, so there is nothing to do."""

    at: object


class Waker:
    """Makes calls, one for each need. `patience` is how long whoever was called may take to come."""

    def __init__(self, edge: Edge, call: Callable[[str, int], None], patience: timedelta) -> None:
        """`call` is given the task and the number of the call. It raises `WakeFailed`."""
        self._edge = edge
        self._call = call
        self._patience = patience
        self._reference = edge.db.collection("live").document("wake")
        self._quiet_until = 0.0

    def task_came(self, task: str) -> bool:
        """A task was put in line; whether somebody was called for it. Raises `Unreachable`."""
        if time.monotonic() < self._quiet_until:
            return False
        with server_errors():
            called = not self._somebody() and self._see_to(task)
        self._quiet_until = time.monotonic() + BELIEVED_SECONDS
        return called

    def look(self) -> bool:
        """Whether a task waits for which somebody had to be called. Raises `Unreachable`."""
        queued = FieldFilter("status", "==", Status.QUEUED.value)
        line = self._edge.db.collection("queue").where(filter=queued).order_by("rank").limit(1)
        with server_errors():
            waiting = self._edge.query(line)
            return bool(waiting) and not self._somebody() and self._see_to(waiting[0].id)

    def _somebody(self) -> bool:
        """Whether a listener is there that takes tasks: one read if so."""
        since = self._edge.clock.now() - SILENT
        workers = self._edge.db.collection("workers").where(filter=FieldFilter("state", "in", AT_WORK))
        recent = workers.where(filter=FieldFilter("last_seen", ">=", since)).order_by("last_seen")
        return bool(self._edge.query(recent.limit(1)))

    def _see_to(self, task: str) -> bool:
        try:
            seen = self._take(task)
        except _Called as called:
            if not self._came_since(called.at):
                return False
            try:
                seen = self._take(task, after=called.at)
            except _Called:
                return False
        fields = seen.fields or {}
        try:
            self._call(task, fields["calls"])
        except WakeFailed as error:
            pause = min(FIRST_PAUSE * 2 ** min(fields["failures"], 10), self._patience)
            log("wake_failed", logging.ERROR, task=task, error=str(error), again_in=pause.total_seconds())
            failures = fields["failures"] + 1
            self._note(seen, {"state": "failed", "error": str(error)[:500], "failures": failures}, pause)
            return False
        log("wake_called", task=task, call=fields["calls"])
        self._note(seen, {"state": "called", "failures": 0}, self._patience)
        return True

    def _take(self, task: str, after: object = None) -> Seen:
        """The call is this process's to make. Raises `_Called` if one counts but that made at `after`."""
        taken: dict[str, Any] = {}

        def write(transaction: Any) -> None:
            sent = self._edge.clock.sending()
            known = self._reference.get(transaction=transaction)
            self._edge.clock.learn(known.read_time, sent)
            fields, now = known.to_dict() or {}, self._edge.clock.now()
            until, at = fields.get("until"), fields.get("called_at")
            if isinstance(until, datetime) and until > now and (after is None or at != after):
                raise _Called(at)
            taken.clear()
            taken.update(
                need=task,
                state="calling",
                called_at=now,
                until=now + CALLING,
                calls=_count(fields.get("calls")) + 1,
                failures=_count(fields.get("failures")),
            )
            transaction.set(self._reference, taken)

        try:
            return Seen(self._reference, taken, self._edge.transact(write))
        except Aborted:
            # Somebody else is about to call.
            raise _Called(None) from None

    def _came_since(self, at: object) -> bool:
        """Whether a listener was there after that call, and is gone again: one read if so."""
        if not isinstance(at, datetime):
            return False
        workers = self._edge.db.collection("workers").where(filter=FieldFilter("last_seen", ">", at))
        return bool(self._edge.query(workers.order_by("last_seen").limit(1)))

    def _note(self, seen: Seen, changes: dict[str, Any], pause: timedelta) -> None:
        try:
            self._edge.update(seen, {**changes, "until": self._edge.clock.now() + pause})
        except Stale:
            log("wake_overtaken", logging.WARNING, call=(seen.fields or {}).get("calls"))


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


@cache
def waker(edge: Edge) -> Waker | None:
    """This process's waker, None if the operator set up nothing to call. Raises `SetupError`."""
    summons = Summons.from_environment()
    return Waker(edge, summons.call, summons.patience) if summons else None


def task_came(edge: Edge, task: str) -> None:
    """To be called for each new task. Raises `Unreachable`, or `SetupError`."""
    found = waker(edge)
    if found is not None:
        found.task_came(task)


def look_for_need(edge: Edge) -> None:
    """To be called now and then. What goes wrong is in the log alone, for others have work to do after it."""
    try:
        found = waker(edge)
        if found is not None:
            found.look()
    except BrushfireError as error:
        log("wake_impossible", logging.ERROR, error=str(error))
