"""What the site offers, for its page to read: `live/site`."""

from functools import cache

from listener.edge import Edge


@cache
def say(edge: Edge, mail: bool) -> None:
    """Write whether the site sends mail: once a process, whose settings stay as they are."""
    batch = edge.db.batch()
    batch.set(edge.db.document("live/site"), {"mail": mail})
    edge.commit(batch)
