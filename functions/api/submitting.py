"""Puts tasks in the queue: all that one request asks for, in one transaction, or none."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from google.api_core.exceptions import Aborted, AlreadyExists
from google.cloud.firestore import SERVER_TIMESTAMP, FieldFilter

from contract.task import Status
from functions.api.account import MOST_WAITING, Account
from functions.api.buckets import charge
from functions.api.choosing import Wanted
from functions.api.problems import Problem
from listener.edge import Edge, server_errors

UNFINISHED = [status.value for status in Status if not status.finished]
# One user's requests follow each other: here by a lock, among processes by the server's. So long one waits.
PATIENCE_SECONDS = 15.0
TURNS = [threading.Lock() for _ in range(64)]
SAME = ("uid", "prompt", "renderer", "params")


@dataclass
class Submission:
    """What became of a request: each task's document, and when it was written."""

    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    written: bool = False


class _Known(Exception):
    """Every task is there already, so there is nothing to commit."""


def submit(edge: Edge, uid: str, wanted: Sequence[Wanted]) -> Submission:
    """Create the tasks that aren't there yet, behind each other in line.

    They are charged to their owner's account, and their contacts written, in the same commit. Raises
    `Problem` (409 for an id that means another task, 429), or `Unreachable`.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    with _turn(uid), server_errors():
        while True:
            try:
                return _try(edge, uid, wanted)
            except AlreadyExists:
                wanted = [Wanted(one.id, True, one.task, one.chosen_from, one.contact) for one in wanted]
            except Aborted:
                if time.monotonic() > until:
                    raise
                time.sleep(random.uniform(0.05, 0.5))


def _try(edge: Edge, uid: str, wanted: Sequence[Wanted]) -> Submission:
    owner = edge.db.collection("users").document(uid)
    limit = edge.db.collection("api_limits").document(uid)
    queue = edge.db.collection("queue")
    made = Submission()

    def write(transaction: Any) -> None:
        made.tasks.clear()
        asked = [owner, limit, *(queue.document(one.id) for one in wanted if one.chosen)]
        seen = {
            document.reference.path: document for document in edge.db.get_all(asked, transaction=transaction)
        }
        edge.clock.learn(seen[owner.path].read_time, sent)
        new = []
        for one in wanted:
            there = seen.get(queue.document(one.id).path)
            if there is None or not there.exists:
                new.append(one)
            else:
                made.tasks[one.id] = _same(one, there.to_dict())
        if not new:
            raise _Known
        now, account = edge.clock.now(), Account.of(seen[owner.path].to_dict())
        left = charge(seen[limit.path].to_dict(), now, len(new))
        over = _over(edge, transaction, uid, account, len(new))
        ranks = account.ranks(now, len(new))
        charged = account.charged(now, [one.id for one in new], ranks, over)
        for one, rank in zip(new, ranks, strict=True):
            made.tasks[one.id] = _create(transaction, queue, one, rank)
        transaction.set(owner, charged, merge=True)
        transaction.set(limit, left)

    sent = edge.clock.sending()
    try:
        at = edge.transact(write)
    except _Known:
        return made
    made.written = True
    for fields in made.tasks.values():
        if fields["created_at"] is SERVER_TIMESTAMP:
            # As the server's own timestamps are: whole milliseconds.
            fields["created_at"] = at.replace(microsecond=at.microsecond // 1000 * 1000)
    return made


def _create(transaction: Any, queue: Any, one: Wanted, rank: datetime) -> dict[str, Any]:
    fields = {**one.fields(), "created_at": SERVER_TIMESTAMP, "rank": rank}
    reference = queue.document(one.id)
    transaction.create(reference, fields)
    if one.contact:
        transaction.create(reference.collection("private").document("contact"), one.contact)
    return fields


def _over(edge: Edge, transaction: Any, uid: str, account: Account, more: int) -> set[str]:
    """Which of the tasks that may wait are over, as far as it is worth to know."""
    if len(account.waiting) + more > MOST_WAITING:
        # Who may be refused costs as many reads as there are tasks waiting.
        mine = edge.db.collection("queue").where(filter=FieldFilter("uid", "==", uid))
        waiting = mine.where(filter=FieldFilter("status", "in", UNFINISHED)).select([]).limit(MOST_WAITING)
        return set(account.waiting) - {document.id for document in waiting.stream(transaction=transaction)}
    doubtful = [edge.db.collection("queue").document(id) for id in account.doubtful(more)]
    if not doubtful:
        return set()
    found = edge.db.get_all(doubtful, field_paths=["status"], transaction=transaction)
    return {document.id for document in found if (document.to_dict() or {}).get("status") not in UNFINISHED}


def _same(one: Wanted, fields: dict[str, Any]) -> dict[str, Any]:
    """The task that is there, if it is the one that is asked for. Raises `Problem` (409)."""
    new = one.task
    if any(fields.get(name) != getattr(new, name) for name in SAME):
        raise Problem(
            "conflict",
            f"id is {one.id!r}, but must be new, or that of the same task of yours: same prompt, renderer "
            "and options",
            field="id",
            value=one.id,
            accepted="new, or that of the same task of yours",
        )
    return fields


@contextmanager
def _turn(uid: str) -> Iterator[None]:
    """One request of a user at a time, in this process."""
    lock = TURNS[hash(uid) % len(TURNS)]
    if not lock.acquire(timeout=PATIENCE_SECONDS):
        raise Problem("unavailable", "your other requests take too long; ask again", retry_after=5)
    try:
        yield
    finally:
        lock.release()
