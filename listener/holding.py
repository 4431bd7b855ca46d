"""A claimed task, and the writes that only its claimant can make.

No write reads first. Each carries, as its precondition, the update time that this worker's last write left
behind; so whoever else touched the document since makes it fail. Then the document is looked at once: if
it still carries this very claim, the work goes on from its new update time; otherwise the claim is lost.
"""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from google.api_core.exceptions import Aborted

from contract.errors import Cancelled, LostClaim
from contract.task import Claim, Status, Task
from listener import transitions
from listener.edge import Edge, Seen, Stale, certain
from listener.transitions import Changes, Fields

TRIES = 5


@dataclass(eq=False)
class HeldTask:
    """A task that this worker has claimed. Its writes may come from several threads."""

    seen: Seen
    fields: Fields
    claim: Claim
    attempt: int
    max_attempts: int
    # How long the claim lasts unrenewed: as long again at each renewal.
    lease: timedelta = timedelta(0)
    cancel_requested: bool = False
    progress_time: Any = None
    # What it has become: from then on nothing more is written to it.
    over: Status | None = None
    # Looked up when it is made: the fault tests put locks of their own in the place of these.
    lock: threading.Lock = field(default_factory=lambda: threading.Lock(), repr=False)

    @property
    def id(self) -> str:
        return self.seen.id

    def __post_init__(self) -> None:
        self.lease = self.lease or self.claim.lease_until - self.claim.at

    def task(self) -> Task:
        """The document as a typed task; `InvalidTask` names the field that is no use."""
        return Task.from_document(self.id, self.fields)


def write(
    edge: Edge,
    held: HeldTask,
    changes: Changes,
    then: Status = Status.RUNNING,
    others: Sequence[tuple[Seen, Changes]] = (),
) -> list[Any] | None:
    """Change a held task. `then` is its status afterwards, by which an applied write is known again.

    `others` are written in the same commit if that can be done, else left alone. Returns their new update
    times; None if they were left alone, nothing if that isn't known, the answer being lost. Raises
    `LostClaim` if the task is no longer held, and `Cancelled` instead of finishing one that its owner has
    called off.
    """
    together = bool(others)
    with held.lock:
        if held.over is not None:
            # Said twice, since what came after the write failed; or by a thread that waited for the lock.
            if held.over is then:
                return None
            raise LostClaim(f"{held.id} is {held.over}")
        for number in range(TRIES):
            if held.cancel_requested and then is Status.DONE:
                # Its owner was faster than this write: the answer to them is that it stops.
                raise Cancelled(f"the owner of {held.id} called it off")
            try:
                mine, *times = edge.update_all([(held.seen, changes), *others])
            except Aborted:
                # Contention: nothing was written. The library doesn't try again outside a transaction.
                time.sleep(random.uniform(0.05, 0.2) * (number + 1))
            except Stale as error:
                # It may have been one of the others.
                if others and certain(error):
                    others = ()
                    continue
                others = ()
                if _already(edge, held, then):
                    held.over = then
                    return [] if together else None
            else:
                held.seen = Seen(held.seen.reference, None, mine)
                held.over = None if then is Status.RUNNING else then
                return times if others else None
        raise LostClaim(f"{held.id} was written to by others at each of {TRIES} tries")


def _already(edge: Edge, held: HeldTask, then: Status) -> bool:
    """Look at the document: true if this very write is in it, false if it is still ours to write to."""
    found = edge.read(held.seen.reference)
    if found is None:
        raise LostClaim(f"{held.id} was deleted")
    if found.fields is None:
        raise LostClaim(f"{held.id} can't be read any more")
    claim, status = found.fields.get("claim"), found.fields.get("status")
    if not isinstance(claim, dict) or claim.get("id") != held.claim.id:
        raise LostClaim(f"{held.id} is claimed by {_worker(claim)}")
    if status == Status.RUNNING.value:
        held.seen = found
        held.cancel_requested = held.cancel_requested or found.fields.get("cancel_requested") is True
        return False
    if status == then.value:
        return True
    raise LostClaim(f"{held.id} is {status}")


def _worker(claim: object) -> str:
    return str(claim.get("worker")) if isinstance(claim, dict) else "nobody"


def hold_again(edge: Edge, reference: Any, claim: Claim) -> HeldTask:
    """A task that was claimed by a process that is gone, as that very claim's. Raises `LostClaim`."""
    found = edge.read(reference)
    held = held_as_seen(found) if found is not None else None
    if held is None:
        raise LostClaim(f"{reference.id} was deleted, or is claimed no longer")
    if held.claim.id != claim.id:
        raise LostClaim(f"{held.id} is claimed by {held.claim.worker}")
    return held


def held_as_seen(seen: Seen) -> HeldTask | None:
    """A running task as whoever its claim names holds it; None for anything else."""
    fields = seen.fields or {}
    claim = transitions.claim_of(fields)
    if claim is None or fields.get("status") != Status.RUNNING.value:
        return None
    return HeldTask(
        seen=Seen(seen.reference, None, seen.update_time),
        fields=fields,
        claim=claim,
        attempt=transitions.attempt(fields),
        max_attempts=transitions.max_attempts(fields),
        cancel_requested=fields.get("cancel_requested") is True,
    )
