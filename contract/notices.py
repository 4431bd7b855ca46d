"""What is told to the outside of a task's end, and how far that has come."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contract.documents import Document, Timestamp
from contract.task import Status


class Channel(StrEnum):
    """How somebody is told."""

    MAIL = "mail"  # at most once
    WEBHOOK = "webhook"  # at least once, with an id by which the receiver knows a repetition


class Delivery(StrEnum):
    """How far it has come."""

    PENDING = "pending"  # is sent at `next_attempt`
    SENDING = "sending"  # is being sent, or was when the process died
    SENT = "sent"
    FAILED = "failed"  # given up, `error` says why


class Outgoing(Document):
    """`outbox/{task}_{channel}_{status}`: one a channel for each end that a task comes to.

    The address stays in `queue/{task}/private/contact`, to be taken back.
    """

    task: str
    channel: Annotated[Channel, Field(strict=False)]
    status: Annotated[Status, Field(strict=False)] = Field(description="The end that is told of")
    state: Annotated[Delivery, Field(strict=False)]
    delivery: str = Field(description="Made once; a webhook gets the same one at each attempt")
    to: str = Field(description="The receiver as a hash, by which those of one address are counted")
    attempts: int = Field(0, ge=0)
    error: str | None = Field(None, description="What the last attempt met")
    created_at: Timestamp
    sent_at: Timestamp | None = None
    next_attempt: Timestamp | None = Field(
        None, description="When to look at it again: only while it is pending or sending"
    )
    expires_at: Timestamp


class Counts(Document):
    """`stats/{yyyy-mm-ddThh}` and `stats/{yyyy-mm-dd}`, in UTC: what an hour and a day came to."""

    begins_at: Timestamp
    ends_at: Timestamp
    at: Timestamp = Field(description="When it was counted")
    waiting: dict[str, int] = Field(description="Tasks queued, scheduled and running at that moment")
    finished: dict[str, int] = Field(description="Tasks that ended in that time, by status")
    done: dict[str, int] = Field(description="Pictures finished in that time, by renderer")
    seconds: dict[str, float] = Field(description="Mean seconds that one of them took, by renderer")
    expires_at: Timestamp
