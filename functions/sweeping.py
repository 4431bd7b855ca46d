"""What should move though nobody works on it, every minute: the listeners' own sweep, and silent workers.

Every listener does the same, so a queue works without it; but when the last listener is killed, its task is
put back, and whoever looks on is told, though no listener is there to notice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from google.api_core.exceptions import Aborted
from google.cloud.firestore import DELETE_FIELD, FieldFilter

from contract.events import Event
from contract.task import WorkerState
from listener.edge import Edge, Seen, Stale
from listener.logs import log
from listener.roster import SILENT
from listener.sweep import Sweep

AT_ONCE = 50
LIVE = [state.value for state in WorkerState if state is not WorkerState.STOPPED]


def sweep(edge: Edge, tell: Callable[[Event], None]) -> None:
    """Reap, promote, cancel. With nothing to do it costs three reads: one for each look."""
    sweeping = Sweep(edge, tell)
    sweeping.reap()
    sweeping.promote()
    sweeping.cancel_waiting()


def mark_silent(edge: Edge, silent: timedelta = SILENT) -> list[str]:
    """Write `stopped` where a worker hasn't been heard of for 15 minutes; returns their names.

    A worker says that it is there every four minutes. One that does so again replaces what is written here.
    With nothing to do it costs one read.
    """
    since = edge.clock.now() - silent
    line = (
        edge.db.collection("workers")
        .where(filter=FieldFilter("state", "in", LIVE))
        .where(filter=FieldFilter("last_seen", "<", since))
        .order_by("last_seen")
        .limit(AT_ONCE)
    )
    marked = [seen.id for seen in edge.query(line) if _mark(edge, seen)]
    for worker in marked:
        log("worker_silent", worker=worker)
    return marked


def _mark(edge: Edge, seen: Seen) -> bool:
    last = (seen.fields or {}).get("last_seen")
    note = f"not heard of since {last:%Y-%m-%d %H:%M} UTC" if isinstance(last, datetime) else "not heard of"
    try:
        edge.update(seen, {"state": WorkerState.STOPPED.value, "note": note, "task": DELETE_FIELD})
    except (*Stale, Aborted):
        return False  # it was heard of just now
    return True
