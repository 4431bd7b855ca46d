"""A task's end as a signed POST to the address that its owner's program gave.

    Brushfire-Delivery: 5f0c…     the same at each attempt: whoever has seen it has seen this message
    Brushfire-Attempt: 1
    Brushfire-Timestamp: 1780000000      seconds since 1970; the receiver refuses what is older than 5 minutes
    Brushfire-Signature: v1=9a7e…        HMAC-SHA256 of `{timestamp}.{body}` with the owner's key, in hex

It is delivered at least once: an answer that was lost is asked for again. Any 2xx is a receipt; 410 ends it.
"""

import hashlib
import hmac
import json
import time
from typing import Any

from contract.errors import NotDelivered, Undeliverable
from contract.task import Task
from functions import pinned
from listener import VERSION

_TOLD = {
    "id",
    "uid",
    "prompt",
    "renderer",
    "status",
    "attempt",
    "result",
    "error",
    "created_at",
    "started_at",
    "finished_at",
}
SHOWN = 200


def owner_key(secret: str, uid: str) -> str:
    """The key by which an owner's program knows our signature; another owner's tells nothing of it."""
    return hmac.new(secret.encode(), b"webhook\0" + uid.encode(), hashlib.sha256).hexdigest()


def sign(key: str, timestamp: int, body: bytes) -> str:
    """What stands in Brushfire-Signature."""
    return "v1=" + hmac.new(key.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def body_of(task: Task, delivery: str, site: str) -> bytes:
    """The message: the task as it ended, as JSON; bytes, since the signature is of these very bytes."""
    told: dict[str, Any] = task.model_dump(mode="json", include=_TOLD, exclude_none=True)
    message = {"type": "task.finished", "delivery": delivery, "page": f"{site}/t/{task.id}", "task": told}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def call(url: object, task: Task, delivery: str, attempt: int, site: str, secret: str, local: bool) -> None:
    """Deliver it. Raises `NotDelivered`, or `Undeliverable` where another attempt would be in vain."""
    body, now = body_of(task, delivery, site), int(time.time())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"Brushfire/{VERSION}",
        "Brushfire-Delivery": delivery,
        "Brushfire-Attempt": str(attempt),
        "Brushfire-Timestamp": str(now),
        "Brushfire-Signature": sign(owner_key(secret, task.uid), now, body),
    }
    answer = pinned.post(pinned.checked_url(url, local).geturl(), body, headers, local=local)
    if 200 <= answer.status < 300:
        return
    said = " ".join(answer.beginning.decode("utf-8", "replace").split())[:SHOWN]
    told = f"it answered {answer.status}: {said}"
    if answer.status == 410 or 300 <= answer.status < 400:
        raise Undeliverable(told + (" (redirects are not followed)" if answer.status != 410 else ""))
    raise NotDelivered(told)
