"""`outbox/{task}_{channel}_{status}`: who is told of a task's end, and how far that has come.

    pending ──► sending ──► sent
       ▲           ├──────► failed      given up: the error says why
       └───────────┘ certainly not delivered, and another attempt may succeed

The document is created once, in a transaction with a look at the task; so however often, and at how many
places at once, the end of a task is heard of, one message is filed. A task that failed, was put back in line
and is done has come to another end, which is told as well; one that failed again has not. The document is
marked `sending` before a byte is sent, and every change is conditional on the document as it was seen, so one
process at a time sends it.

What if that process dies before it could note what came of it? Nobody knows whether the message went out.
A mail is then given up: it was sent **at most once**. A webhook is sent again, with the same delivery id: it
arrives **at least once**, or is given up after the last attempt.
"""

import hashlib
import random
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from google.cloud import firestore
from google.cloud.firestore import DELETE_FIELD, SERVER_TIMESTAMP, FieldFilter

from contract.errors import DeliveryError, DeliveryUnknown, InvalidTask, Undeliverable
from contract.notices import Channel, Delivery, Outgoing
from contract.task import Status
from listener.edge import Edge, Seen, Stale

# Minutes until the next attempt, after the first, the second…; after the last one it is given up.
PAUSES = (1, 5, 30, 120, 480)
# How long a process may take to send; longer than any function runs.
SENDING = timedelta(minutes=10)
KEPT = timedelta(days=30)
UNKNOWN = "whoever sent it died before it could say what came of it; it is not sent again"


class Outbox:
    """The collection. Every change of its documents is made here."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._documents = edge.db.collection("outbox")

    def file(self, task: str, status: Status, receivers: Mapping[Channel, str]) -> list[Seen]:
        """Create what isn't there yet, if that is still the task's end; returns what was created.

        `receivers` has the address for each channel. Costs a read for the task and one for each channel.
        """
        reference = self._edge.db.document(f"queue/{task}")
        ids = {channel: f"{task}_{channel.value}_{status.value}" for channel in receivers}
        wanted = {channel: self._documents.document(id) for channel, id in ids.items()}
        now = self._edge.clock.now()

        def write(transaction: Any) -> list[Channel]:
            found = self._edge.db.get_all(
                [reference, *wanted.values()], field_paths=["status"], transaction=transaction
            )
            known = {snapshot.reference.id: snapshot for snapshot in found if snapshot.exists}
            # Back in line, or at another end, of which another event tells.
            if task not in known or known[task].get("status") != status.value:
                return []
            new = [channel for channel, place in wanted.items() if place.id not in known]
            for channel in new:
                outgoing = Outgoing(
                    task=task,
                    channel=channel,
                    status=status,
                    state=Delivery.PENDING,
                    delivery=secrets.token_hex(16),
                    to=fingerprint(receivers[channel]),
                    created_at=now,
                    next_attempt=now,
                    expires_at=now + KEPT,
                )
                transaction.create(wanted[channel], outgoing.fields())
            return new

        new = firestore.transactional(write)(self._edge.db.transaction())
        filed = [self._edge.read(wanted[channel]) for channel in new]
        return [seen for seen in filed if seen is not None]

    def due(self, most: int) -> list[Seen]:
        """What should be sent by now, what has waited longest first. Costs a read for each, one for none."""
        return self._edge.query(
            self._documents.where(filter=FieldFilter("next_attempt", "<=", self._edge.clock.now()))
            .order_by("next_attempt")
            .limit(most)
        )

    def take(self, seen: Seen) -> tuple[Seen, Outgoing] | None:
        """Mark it as being sent, by us alone; None if another does, or it must not be sent again."""
        try:
            outgoing = Outgoing.parse(seen.fields or {})
        except InvalidTask as error:
            self._end(seen, Delivery.FAILED, f"not a document of ours: {error}")
            return None
        if outgoing.state not in (Delivery.PENDING, Delivery.SENDING):
            return None
        if outgoing.state is Delivery.SENDING and outgoing.channel is Channel.MAIL:
            self._end(seen, Delivery.FAILED, UNKNOWN)
            return None
        if outgoing.attempts > len(PAUSES):
            self._end(seen, Delivery.FAILED, "its attempts are used up")
            return None
        now, attempts = self._edge.clock.now(), outgoing.attempts + 1
        changes = {
            "state": Delivery.SENDING.value,
            "attempts": attempts,
            "next_attempt": now + SENDING,
        }
        try:
            updated = self._edge.update(seen, changes)
        except Stale:
            return None
        taken = outgoing.model_copy(update={"state": Delivery.SENDING, "attempts": attempts})
        return Seen(seen.reference, seen.fields, updated), taken

    def sent(self, taken: Seen) -> None:
        """It has arrived."""
        self._end(taken, Delivery.SENT, None)

    def met(self, taken: Seen, outgoing: Outgoing, error: DeliveryError) -> None:
        """It has not, or nobody knows: another attempt later, or none."""
        doubtful = isinstance(error, DeliveryUnknown) and outgoing.channel is Channel.MAIL
        last = outgoing.attempts > len(PAUSES)
        if doubtful or last or isinstance(error, Undeliverable):
            self._end(taken, Delivery.FAILED, f"{error}{'; it is not sent again' if doubtful else ''}")
            return
        wait = timedelta(minutes=PAUSES[outgoing.attempts - 1]) * random.uniform(0.9, 1.1)
        self._change(
            taken,
            {
                "state": Delivery.PENDING.value,
                "error": str(error),
                "next_attempt": self._edge.clock.now() + wait,
            },
        )

    def in_a_day(self, outgoing: Outgoing) -> int:
        """How many messages its receiver was to get in the last 24 hours, this one among them: one read."""
        same = self._documents.where(filter=FieldFilter("to", "==", outgoing.to))
        since = FieldFilter("created_at", ">", self._edge.clock.now() - timedelta(days=1))
        return self._edge.count(same.where(filter=since))

    def _end(self, seen: Seen, state: Delivery, error: str | None) -> None:
        changes = {"state": state.value, "next_attempt": DELETE_FIELD}
        changes |= {"error": DELETE_FIELD if error is None else error}
        self._change(seen, changes | ({"sent_at": SERVER_TIMESTAMP} if state is Delivery.SENT else {}))

    def _change(self, seen: Seen, changes: dict[str, Any]) -> None:
        try:
            self._edge.update(seen, changes)
        except Stale:
            return  # gone with its task, or seen to by another


def fingerprint(address: str) -> str:
    """The same for the same address; the address itself stays with the task's private documents."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:32]
