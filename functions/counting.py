"""What an hour and a day came to: `stats/{yyyy-mm-ddThh}` and `stats/{yyyy-mm-dd}`, in UTC.

Everything is counted by the database itself, which bills one read for a thousand index entries; no task is
read. A day is counted as such, not added up of its hours: so an hour that was missed is in it, and repeating
is harmless.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud.firestore import FieldFilter, Query

from contract.notices import Counts
from contract.params import PARAMS
from contract.task import Status
from listener.edge import RETRY, TIMEOUT, Edge

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS_KEPT, DAYS_KEPT = timedelta(days=60), timedelta(days=1000)
ENDED = [status for status in Status if status.finished]
WAITING = [status for status in Status if not status.finished]


def count(edge: Edge, now: datetime | None = None) -> list[str]:
    """Write the last full hour, and its day as far as it has come; returns the documents' ids.

    It costs 19 reads while there are fewer than a thousand tasks of a kind, and two writes.
    """
    ends = (now or edge.clock.now()).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    begins = ends - HOUR
    midnight = begins.replace(hour=0)
    waiting = {status.value: _count(_with(edge, status)) for status in WAITING}
    hour = _counted(edge, begins, ends, waiting, HOURS_KEPT)
    day = _counted(edge, midnight, ends, waiting, DAYS_KEPT)
    batch = edge.db.batch()
    written = {f"{begins:%Y-%m-%dT%H}": hour, f"{midnight:%Y-%m-%d}": day}
    for id, counts in written.items():
        batch.set(edge.db.document(f"stats/{id}"), counts.fields())
    edge.commit(batch)
    return list(written)


def _counted(
    edge: Edge, begins: datetime, ends: datetime, waiting: dict[str, int], kept: timedelta
) -> Counts:
    done: dict[str, int] = {}
    seconds: dict[str, float] = {}
    for renderer in sorted(PARAMS):
        of_renderer = _with(edge, Status.DONE).where(filter=FieldFilter("renderer", "==", renderer))
        number, mean = _number_and_mean(_between(of_renderer, begins, ends).order_by("finished_at"))
        if number:
            done[renderer] = number
        if number and mean is not None:
            seconds[renderer] = round(mean, 3)
    return Counts(
        begins_at=begins,
        ends_at=ends,
        at=edge.clock.now(),
        waiting=waiting,
        finished={
            status.value: _count(_newest_first(_between(_with(edge, status), begins, ends)))
            for status in ENDED
        },
        done=done,
        seconds=seconds,
        expires_at=ends + kept,
    )


def _with(edge: Edge, status: Status) -> Any:
    return edge.db.collection("queue").where(filter=FieldFilter("status", "==", status.value))


def _between(query: Any, begins: datetime, ends: datetime) -> Any:
    since, until = FieldFilter("finished_at", ">=", begins), FieldFilter("finished_at", "<", ends)
    return query.where(filter=since).where(filter=until)


def _newest_first(query: Any) -> Any:
    """In the order of the index that lists of finished tasks need anyway."""
    return query.order_by("finished_at", direction=Query.DESCENDING)


def _count(query: Any) -> int:
    return int(query.count().get(retry=RETRY, timeout=TIMEOUT)[0][0].value)


def _number_and_mean(query: Any) -> tuple[int, float | None]:
    """How many there are, and their mean seconds: one request."""
    asked = query.count(alias="number").avg("result.seconds", alias="mean")
    found = {one.alias: one.value for one in asked.get(retry=RETRY, timeout=TIMEOUT)[0]}
    mean = found.get("mean")
    return int(found["number"]), float(mean) if isinstance(mean, int | float) else None
