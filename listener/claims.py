"""Claiming: one task, taken by exactly one worker, without a read inside the transaction."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from google.api_core.exceptions import Aborted, InvalidArgument
from google.cloud.firestore import FieldFilter

from contract.errors import InvalidTask
from contract.events import Cancelled, Claimed, Event
from contract.task import Claim, Status
from listener import transitions
from listener.edge import Edge, Seen, Stale
from listener.holding import HeldTask
from listener.refusal import TOO_LARGE, refuse

MOST_CANDIDATES = 8
# Characters of a document, roughly; far more than a task needs, far less than where Firestore would refuse
# what a listener has to add to it.
MOST_CHARACTERS = 64 * 1024


class Claims:
    """Takes tasks for one worker."""

    def __init__(self, edge: Edge, worker: str, lease: timedelta) -> None:
        self._edge = edge
        self._worker = worker
        self._lease = lease

    def head(self, renderers: Sequence[str] = ()) -> Any:
        """The query for the line, first come first; only tasks of `renderers` if any are named."""
        query = self._edge.db.collection("queue").where(
            filter=FieldFilter("status", "==", Status.QUEUED.value)
        )
        if renderers:
            query = query.where(filter=FieldFilter("renderer", "in", list(renderers)))
        return query.order_by("rank")

    def take(self, renderers: Sequence[str], tell: Any) -> HeldTask | None:
        """The first task in line that this worker gets, or None if there is none.

        It asks for one; after losing that one to another worker it asks for more and tries any of them,
        so that many workers waking up together don't all go for the same.
        """
        candidates = 1
        while True:
            found = self._edge.query(self.head(renderers).limit(candidates))
            if not found:
                return None
            outcome = self._try(random.choice(found))
            if isinstance(outcome, HeldTask):
                tell(Claimed.build(outcome.id, outcome.claim, outcome.attempt))
                return outcome
            if isinstance(outcome, Event):
                tell(outcome)
            else:
                candidates = min(candidates * 2, MOST_CANDIDATES)

    def _try(self, seen: Seen) -> HeldTask | Event | None:
        """Claim it, or end it if it can't be claimed; None if another worker was first."""
        try:
            if seen.fields is None:
                return refuse(self._edge, seen, InvalidTask("task", "undecodable", "made of readable values"))
            if seen.fields.get("cancel_requested") is True:
                self._edge.update(seen, transitions.cancelled())
                return Cancelled.build(seen.id, None)
            if len(repr(seen.fields)) > MOST_CHARACTERS:
                return refuse(self._edge, seen, TOO_LARGE)
            return self._claim(seen, seen.fields)
        except (*Stale, Aborted):
            return None

    def _claim(self, seen: Seen, fields: transitions.Fields) -> HeldTask | Event | None:
        claim = transitions.new_claim(fields, self._worker, self._edge.clock.now(), self._lease)
        changes = transitions.claimed(fields, claim)
        option = self._edge.unchanged_since(seen.update_time)
        try:
            updated = self._edge.transact(
                lambda transaction: transaction.update(seen.reference, changes, option=option)
            )
        except (*Stale, InvalidArgument) as error:
            # Another was first; or it was us, the answer got lost, and the library asked again.
            updated = self._won_after_all(seen, claim)
            if updated is None:
                return refuse(self._edge, seen, TOO_LARGE) if isinstance(error, InvalidArgument) else None
        kept = {name: value for name, value in fields.items() if name not in ("error", "not_before")}
        return HeldTask(
            seen=Seen(seen.reference, None, updated),
            fields=kept
            | {name: changes[name] for name in ("status", "attempt", "max_attempts")}
            | {"claim": changes["claim"], "cancel_requested": False, "started_at": claim.at},
            claim=claim,
            attempt=changes["attempt"],
            max_attempts=changes["max_attempts"],
        )

    def _won_after_all(self, seen: Seen, claim: Claim) -> Any:
        found = self._edge.read(seen.reference)
        if found is None or found.fields is None:
            return None
        theirs = transitions.claim_of(found.fields)
        return found.update_time if theirs is not None and theirs.id == claim.id else None
