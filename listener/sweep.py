"""What should move though nobody works on it: leases that ran out, pauses that are over, cancelled tasks.

A look for leases or pauses asks for the one task that comes first, which also tells when to look again: one
read a look.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import Aborted, GoogleAPICallError, InvalidArgument, RetryError
from google.cloud.firestore import FieldFilter

from contract.errors import LeaseExpired, OfferExpired
from contract.events import Cancelled, Event, Failed, Promoted, Reaped
from contract.task import Claim, Failure, Status
from listener import transitions
from listener.edge import Edge, Seen, Stale
from listener.refusal import TOO_LARGE, refuse

AT_ONCE = 100
# A query that took longer was tried again and again, until the server was back.
SLOW_SECONDS = 5.0
# How long those who hold tasks have to renew their leases when the server is back.
AFTER_OUTAGE = timedelta(seconds=10)


class Sweep:
    """Reaps, promotes and cancels, for every worker's tasks."""

    def __init__(self, edge: Edge, tell: Callable[[Event], None]) -> None:
        self._edge = edge
        self._tell = tell
        self._away = False
        self._gone: set[str] = set()

    def gone(self) -> set[str]:
        """The workers whose tasks were put back since this was last asked."""
        gone, self._gone = self._gone, set()
        return gone

    def reap(self) -> datetime | None:
        """Put back every task whose lease ran out; returns when the next lease may run out.

        After an outage it looks twice, a while apart: who holds a task couldn't renew its lease either.
        """
        try:
            due = self._each_due(Status.RUNNING, "claim.lease_until", self._reap, patient=True)
        except (GoogleAPICallError, RetryError):
            self._away = True
            raise
        self._away = False
        return due

    def promote(self) -> datetime | None:
        """Put every scheduled task that is due back in line; returns when the next one is due."""
        return self._each_due(Status.SCHEDULED, "not_before", self._promote)

    def called_off(self) -> Any:
        """The query for tasks that wait although their owner has called them off."""
        waiting = [Status.QUEUED.value, Status.SCHEDULED.value]
        return (
            self._edge.db.collection("queue")
            .where(filter=FieldFilter("cancel_requested", "==", True))
            .where(filter=FieldFilter("status", "in", waiting))
            .limit(AT_ONCE)
        )

    def cancel_waiting(self) -> None:
        """Cancel the tasks that wait although their owner has called them off."""
        for seen in self._edge.query(self.called_off()):
            try:
                self._edge.update(seen, transitions.cancelled(self._edge.clock.now()))
                self._tell(Cancelled.build(seen.id, None))
            except (*Stale, Aborted):
                continue  # another listener saw it too

    def _each_due(
        self, status: Status, field: str, put_back: Callable[[Seen], Event], patient: bool = False
    ) -> datetime | None:
        query = (
            self._edge.db.collection("queue")
            .where(filter=FieldFilter("status", "==", status.value))
            .order_by(field)
            .limit(1)
        )
        asked = time.monotonic()
        while found := self._edge.query(query):
            if patient and (self._away or time.monotonic() - asked > SLOW_SECONDS):
                return self._edge.clock.now() + AFTER_OUTAGE
            asked = time.monotonic()
            [seen] = found
            due = _at(seen, field)
            # Anything but a time was not written by us, and would stand before all others for ever.
            if due is not None and due > self._edge.clock.now():
                return due
            try:
                self._tell(put_back(seen))
            except (*Stale, Aborted):
                # Another worker was first, or it is alive after all and renewed its lease.
                continue
            except InvalidArgument:
                self._tell(refuse(self._edge, seen, TOO_LARGE))
        return None

    def _reap(self, seen: Seen) -> Event:
        fields = seen.fields or {}
        claim = transitions.claim_of(fields)
        if fields.get("cancel_requested") is True:
            self._edge.update(seen, transitions.cancelled(self._edge.clock.now()))
            return Cancelled.build(seen.id, claim)
        now, started = self._edge.clock.now(), fields.get("started_at")
        attempt, most = transitions.attempt(fields), transitions.max_attempts(fields)
        who = claim.worker if claim else "nobody"
        if claim is not None and transitions.untaken(fields) and not self._begun(seen, claim):
            attempt = max(0, attempt - 1)
            failure = Failure(code=OfferExpired.code, message=f"{who} never took it", retryable=True)
        else:
            message = f"{who} stopped answering (attempt {attempt} of {most})"
            failure = Failure(code=LeaseExpired.code, message=message, retryable=attempt < most)
        if attempt >= most and claim is not None:
            self._edge.update(seen, transitions.failed(failure, claim, now, started))
            self._gone.add(who)
            return Failed.build(seen.id, claim, failure, attempt)
        self._edge.update(seen, transitions.reaped(failure, claim, now, started, attempt))
        self._gone.add(who)
        return Reaped.build(seen.id, claim, failure, attempt)

    def _begun(self, seen: Seen, claim: Claim) -> bool:
        """Whether a claim was worked on: then there is progress of it."""
        progress = self._edge.read(seen.reference.collection("live").document("progress"))
        return progress is not None and (progress.fields or {}).get("epoch") == claim.epoch

    def _promote(self, seen: Seen) -> Event:
        if (seen.fields or {}).get("cancel_requested") is True:
            self._edge.update(seen, transitions.cancelled(self._edge.clock.now()))
            return Cancelled.build(seen.id, None)
        self._edge.update(seen, transitions.promoted())
        return Promoted.build(seen.id)


def _at(seen: Seen, field: str) -> datetime | None:
    value: Any = seen.fields
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, datetime) else None
