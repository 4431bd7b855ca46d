"""What an operator may do to tasks: put failed ones back, and move waiting ones ahead."""

from datetime import timedelta
from typing import Any

from google.api_core.exceptions import Aborted
from google.cloud.firestore import FieldFilter

from contract.errors import InvalidTask, Unreachable
from contract.task import Status
from listener import transitions
from listener.edge import Edge, Stale
from listener.holding import TRIES

# Whoever has waited for a day is never overtaken. The rules allow operators the same.
FURTHEST_AHEAD = timedelta(hours=24)
AT_ONCE = 300


def redrive(edge: Edge, reference: Any) -> Status | None:
    """Put a failed task back in line; returns what it is now, None if there is none."""
    for _ in range(TRIES):
        seen = edge.read(reference)
        if seen is None:
            return None
        status = (seen.fields or {}).get("status")
        if status != Status.FAILED.value:
            return Status(str(status))
        try:
            edge.update(seen, transitions.redriven(edge.clock.now()))
        except (*Stale, Aborted):
            continue
        return Status.QUEUED
    raise Unreachable(f"{reference.id} was written to by others at each of {TRIES} tries")


def failed(edge: Edge) -> list[str]:
    """The ids of all failed tasks, oldest end first: a read for each."""
    query = (
        edge.db.collection("queue")
        .where(filter=FieldFilter("status", "==", Status.FAILED.value))
        .order_by("finished_at")
    )
    ids: list[str] = []
    page = edge.query(query.limit(AT_ONCE))
    while page:
        ids += [seen.id for seen in page]
        last = (page[-1].fields or {}).get("finished_at")
        page = edge.query(query.start_after({"finished_at": last}).limit(AT_ONCE))
    return ids


def prioritise(edge: Edge, reference: Any, ahead: timedelta) -> Status | None:
    """Let a waiting task stand so far ahead of those that come now; returns what it is, None for no task."""
    check_ahead(ahead)
    for _ in range(TRIES):
        seen = edge.read(reference)
        if seen is None:
            return None
        status = (seen.fields or {}).get("status")
        if status not in (Status.QUEUED.value, Status.SCHEDULED.value):
            return Status(str(status))
        try:
            edge.update(seen, {"rank": edge.clock.now() - ahead})
        except (*Stale, Aborted):
            continue
        return Status(str(status))
    raise Unreachable(f"{reference.id} was written to by others at each of {TRIES} tries")


def check_ahead(ahead: timedelta) -> None:
    """Raises `InvalidTask` for what would let a task overtake those that have waited for a day."""
    if not timedelta(0) <= ahead <= FURTHEST_AHEAD:
        raise InvalidTask("ahead", str(ahead), "from no time to 24 hours")
