"""What a client may do to a task: put it in the queue, and call it off."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import Aborted, AlreadyExists
from google.cloud.firestore import SERVER_TIMESTAMP

from contract.errors import InvalidTask, Unreachable
from contract.events import Cancelled, Event, Submitted
from contract.task import NewTask, Status
from listener import transitions
from listener.edge import Edge, Stale
from listener.holding import TRIES
from listener.operating import check_ahead

# Between two tasks of one owner there is room in line for anybody else's. The rules check the same.
RANK_SPACING = timedelta(seconds=30)
NOT_AHEAD = timedelta(0)


def submit(
    edge: Edge, new: NewTask, task: str | None, tell: Callable[[Event], None], ahead: timedelta = NOT_AHEAD
) -> str:
    """Create a task and advance its owner's rank in one transaction.

    A task that is put `ahead` stands before those that come now, and moves nobody's rank.
    """
    check_ahead(ahead)
    if task is not None and (not task or "/" in task or len(task.encode()) > 128):
        raise InvalidTask("id", task, "1 to 128 bytes without '/'")
    reference = edge.db.collection("queue").document(task or secrets.token_hex(10))
    owner = edge.db.collection("users").document(new.uid)
    rank = edge.clock.now()

    def write(transaction: Any) -> None:
        nonlocal rank
        sent = edge.clock.sending()
        known = owner.get(transaction=transaction)
        edge.clock.learn(known.read_time, sent)
        last = (known.to_dict() or {}).get("rank")
        rank = edge.clock.now()
        if ahead:
            rank -= ahead
        elif isinstance(last, datetime):
            rank = max(rank, last + RANK_SPACING)
        transaction.create(reference, {**new.fields(), "created_at": SERVER_TIMESTAMP, "rank": rank})
        if not ahead:
            transaction.set(owner, {"rank": rank, "last_task": reference.id}, merge=True)

    try:
        edge.transact(write)
    except AlreadyExists:
        _check_same(edge, reference, new)
        return str(reference.id)
    tell(Submitted.build(str(reference.id), new, rank))
    return str(reference.id)


def cancel(edge: Edge, reference: Any, tell: Callable[[Event], None]) -> Status | None:
    """End a waiting task, ask a running one to stop."""
    for _ in range(TRIES):
        seen = edge.read(reference)
        if seen is None:
            return None
        status = (seen.fields or {}).get("status")
        try:
            if status in (Status.QUEUED, Status.SCHEDULED):
                edge.update(seen, transitions.cancelled(edge.clock.now()))
                tell(Cancelled.build(seen.id, None))
                return Status.CANCELLED
            if status == Status.RUNNING:
                edge.update(seen, {"cancel_requested": True})
            return Status(str(status))
        except (*Stale, Aborted):
            continue
    raise Unreachable(f"{reference.id} was written to by others at each of {TRIES} tries")


def _check_same(edge: Edge, reference: Any, new: NewTask) -> None:
    """The task of that id must be the one that is asked for, put there by an earlier try."""
    seen = edge.read(reference)
    fields = (seen.fields if seen else None) or {}
    wanted = {name: getattr(new, name) for name in ("uid", "prompt", "renderer", "params")}
    if any(fields.get(name) != value for name, value in wanted.items()):
        raise InvalidTask("id", reference.id, "new, or that of the same task")
