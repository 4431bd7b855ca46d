"""Ending a document that can't even be claimed, so that it doesn't stand in everybody's way."""

from google.cloud.firestore import DELETE_FIELD
from google.cloud.firestore_v1.field_path import FieldPath

from contract.errors import InvalidTask
from contract.events import Rejected
from contract.task import Failure
from listener import transitions
from listener.edge import Edge, Seen

TOO_LARGE = InvalidTask("task", "too large", "at most 64 KiB, with nothing in it but a task's fields")

# What stays: enough to tell whose task it was.
_KEPT = {"uid", "created_at", "rank", "renderer", "claim"}


def refuse(edge: Edge, seen: Seen, error: InvalidTask) -> Rejected:
    """Reject a document unclaimed, and empty it of what may be too much. Raises one of `edge.Stale`."""
    failure = Failure(code=error.code, message=error.message, field=error.field)
    removed = {FieldPath(name).to_api_repr(): DELETE_FIELD for name in set(seen.fields or ()) - _KEPT}
    edge.update(seen, removed | transitions.rejected(failure))
    return Rejected.build(seen.id, None, failure, 0)
