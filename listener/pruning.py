"""Retention: tasks whose time is over go, and their files before them.

Files first: whatever is interrupted is found again by the task that still stands.
"""

from collections.abc import Callable
from datetime import datetime

from google.api_core.exceptions import Aborted

from listener.edge import Edge, Seen, Stale

AT_ONCE = 20
# Writes of one commit.
LIKES_AT_ONCE = 400
# Where a task's files lie.
FOLDERS = ("results", "previews", "checkpoints")
BELOW = ("live/progress", "private/contact")

RemoveBelow = Callable[[str], object]


def prune(edge: Edge, remove_below: RemoveBelow) -> datetime | None:
    """Delete tasks past their `expires_at`, with all that is theirs; returns when the next one is due.

    `remove_below` deletes every file below a folder, and raises if it can't. A look costs a read, a task that
    goes one read and three deletes, and one of each for each of its likes.
    """
    line = edge.db.collection("queue").order_by("expires_at").limit(AT_ONCE)
    # The first look asks for one: mostly, none is due.
    found = edge.query(line.limit(1))
    while found:
        for seen in found:
            due = (seen.fields or {}).get("expires_at")
            if isinstance(due, datetime) and due > edge.clock.now():
                return due
            for folder in FOLDERS:
                remove_below(f"{folder}/{seen.id}/")
            if (seen.fields or {}).get("likes"):
                _delete_likes(edge, seen)
            _delete(edge, seen)
        found = edge.query(line)
    return None


def _delete_likes(edge: Edge, seen: Seen) -> None:
    likes = edge.db.collection(f"queue/{seen.id}/likes").select([]).limit(LIKES_AT_ONCE)
    while found := edge.query(likes):
        batch = edge.db.batch()
        for like in found:
            batch.delete(like.reference)
        edge.commit(batch)


def _delete(edge: Edge, seen: Seen) -> None:
    batch = edge.db.batch()
    for path in BELOW:
        batch.delete(edge.db.document(f"queue/{seen.id}/{path}"))
    batch.delete(seen.reference, option=edge.unchanged_since(seen.update_time))
    try:
        edge.commit(batch)
    except (*Stale, Aborted):
        return  # somebody touched it: looked at again
