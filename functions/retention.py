"""What was kept long enough goes; and what is left of a task goes with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from google.cloud.firestore import FieldFilter

from listener import pruning
from listener.edge import Edge

# Documents that say themselves until when they are kept.
EXPIRING = ("outbox", "stats")
# How long after its last word a worker is forgotten: each listener process has a name of its own.
WORKERS_KEPT = timedelta(days=30)
# What may lie below a task.
BELOW = ("live", "private", "likes")
# Deletes of one commit.
AT_ONCE = 400

RemoveBelow = Callable[[str], object]


def prune(edge: Edge, remove_below: RemoveBelow) -> int:
    """Tasks past their time, by the listeners' own code; then outbox, statistics and workers.

    Returns how many of the latter went. With nothing to do it costs four reads.
    """
    pruning.prune(edge, remove_below)
    now = edge.clock.now()
    count = sum(
        _delete_all(edge, edge.db.collection(name).where(filter=FieldFilter("expires_at", "<=", now)))
        for name in EXPIRING
    )
    forgotten = FieldFilter("last_seen", "<=", now - WORKERS_KEPT)
    return count + _delete_all(edge, edge.db.collection("workers").where(filter=forgotten))


def remove_rest(edge: Edge, remove_below: RemoveBelow, task: str) -> None:
    """Everything that was a deleted task's: files, documents below it, what is in the outbox.

    Does nothing if there is a task of that id again. Safe to repeat; whatever fails is raised.
    """
    if edge.read(edge.db.document(f"queue/{task}")) is not None:
        return
    for folder in pruning.FOLDERS:
        remove_below(f"{folder}/{task}/")
    for name in BELOW:
        _delete_all(edge, edge.db.collection(f"queue/{task}/{name}"))
    _delete_all(edge, edge.db.collection("outbox").where(filter=FieldFilter("task", "==", task)))


def _delete_all(edge: Edge, query: Any) -> int:
    count = 0
    while found := edge.query(query.select([]).limit(AT_ONCE)):
        batch = edge.db.batch()
        for seen in found:
            batch.delete(seen.reference)
        edge.commit(batch)
        count += len(found)
    return count
