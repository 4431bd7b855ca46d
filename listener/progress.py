"""`queue/{task}/live/progress`: overwritten at most once a second, and never by a worker of the past.

The task's own update time can't fence this document, so it has its own: each write carries the update time
of the one before. The first write of a first claim creates the document; that of a later claim looks at
what is there. A worker whose claim is over fails as soon as its successor has written once.
"""

from typing import Any

from google.api_core.exceptions import Aborted, AlreadyExists
from google.cloud.firestore import DELETE_FIELD, SERVER_TIMESTAMP

from contract.errors import LostClaim
from contract.task import Progress
from listener.edge import Edge, Seen, Stale
from listener.holding import TRIES, HeldTask
from listener.transitions import Changes


def write_progress(edge: Edge, held: HeldTask, progress: Progress) -> None:
    """Show how far a held task is. Raises `LostClaim` if a later claim has shown its own progress."""
    reference = held.seen.reference.collection("live").document("progress")
    if held.progress_time is None and held.claim.epoch > 1:
        held.progress_time = _left_behind(edge, held, reference)
    for _ in range(TRIES):
        try:
            held.progress_time = _write(edge, held, reference, progress)
            return
        except Aborted:
            continue
        except (AlreadyExists, *Stale):
            held.progress_time = _left_behind(edge, held, reference)
    raise LostClaim(f"the progress of {held.id} was written to by others at each of {TRIES} tries")


def _write(edge: Edge, held: HeldTask, reference: Any, progress: Progress) -> Any:
    if held.progress_time is None:
        batch = edge.db.batch()
        batch.create(reference, {**progress.fields(), "updated_at": SERVER_TIMESTAMP})
        return edge.commit(batch)
    changes: Changes = dict.fromkeys(Progress.model_fields, DELETE_FIELD)
    changes |= {**progress.fields(), "updated_at": SERVER_TIMESTAMP}
    return edge.update(Seen(reference, None, held.progress_time), changes)


def _left_behind(edge: Edge, held: HeldTask, reference: Any) -> Any:
    """The update time of what is there, None for nothing."""
    found = edge.read(reference)
    if found is None:
        return None
    epoch = (found.fields or {}).get("epoch")
    if isinstance(epoch, int) and epoch > held.claim.epoch:
        raise LostClaim(f"{held.id} is at epoch {epoch}, beyond {held.claim.epoch}")
    return found.update_time
