"""Ending a document that can't even be claimed, so that it doesn't stand in everybody's way."""

from google.cloud.firestore import DELETE_FIELD

from contract.errors import InvalidTask
from contract.events import Rejected
from contract.task import Failure
from listener import transitions
from listener.edge import Edge, Seen

TOO_LARGE = InvalidTask("task", "too large", "at most 64 KiB, with nothing in it but a task's fields")

# What stays: enough to tell whose task it was.
_KEPT = ("uid", "created_at", "rank", "renderer", "claim")


def refuse(edge: Edge, seen: Seen, error: InvalidTask) -> Rejected:
    """Put a short rejected document in the place of this one. Raises one of `edge.Stale`."""
    failure = Failure(code=error.code, message=error.message, field=error.field)
    kept = {name: value for name, value in (seen.fields or {}).items() if name in _KEPT}
    batch = edge.db.batch()
    # Only an update can have a precondition, only a set drops fields that can't be read. This update is
    # one that even the largest document has room for.
    batch.update(
        seen.reference, {"cancel_requested": DELETE_FIELD}, option=edge.unchanged_since(seen.update_time)
    )
    rejected = transitions.rejected(failure, edge.clock.now())
    kept |= {name: value for name, value in rejected.items() if value is not DELETE_FIELD}
    batch.set(seen.reference, kept)
    edge.commit(batch)
    return Rejected.build(seen.id, None, failure, 0)
