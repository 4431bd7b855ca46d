"""Waits for a task to finish, showing on standard error how far it is."""

import queue
import sys
import time
from typing import Any

from google.cloud import firestore
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from contract.errors import BrushfireError
from contract.task import Status

# Should a watch fall silent, the document is read again after so many seconds.
LOOK_AGAIN = 15.0


class StillWaiting(BrushfireError):
    """The time that the caller gave is over; the task goes on without them."""


def wait_for(db: firestore.Client, task: str, timeout: float | None) -> dict[str, Any]:
    """The finished document with its `id`. Raises `StillWaiting` after `timeout` seconds, if given."""
    reference = db.collection("queue").document(task)
    seen: queue.Queue[tuple[str, Any]] = queue.Queue()
    # The callbacks only enqueue: an exception in one would end its watch without a word.
    watches = [
        document.on_snapshot(lambda found, *_, kind=kind: seen.put((kind, found)))
        for kind, document in (
            ("task", reference),
            ("progress", reference.collection("live").document("progress")),
        )
    ]
    deadline = None if timeout is None else time.monotonic() + timeout
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
            shown = bar.add_task("queued", total=None)
            while True:
                document = _next_state(reference, seen, bar, shown, deadline)
                if document is not None and Status(document["status"]).finished:
                    return {"id": task, **document}
                if deadline is not None and time.monotonic() > deadline:
                    raise StillWaiting(f"{task} is not finished after {timeout:g} s; it goes on without you")
    finally:
        for watch in watches:
            watch.unsubscribe()


def _next_state(reference: Any, seen: Any, bar: Progress, shown: Any, deadline: float | None) -> Any:
    """Wait for news and show it; the task's document when the news is of it, else None."""
    patience = LOOK_AGAIN if deadline is None else min(LOOK_AGAIN, max(0.0, deadline - time.monotonic()))
    try:
        kind, found = seen.get(timeout=patience)
    except queue.Empty:
        return reference.get().to_dict()
    document = found[0].to_dict() if found else None
    if kind == "progress" and document is not None:
        bar.update(shown, completed=document.get("step"), total=document.get("steps"))
        return None
    if document is not None:
        bar.update(shown, description=document["status"])
    return document
