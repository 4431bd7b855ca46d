"""`live/desk`: which listener keeps watch for all, so that the others may sleep.

One listener holds the desk. It alone watches the line, hands tasks round, and looks after those of workers
that are gone. The others watch this document, which changes rarely. Whoever leaves names a successor; whoever
dies is found out by a task that nobody hands round, and replaced. Two who both believe to hold it do no harm:
each task is still claimed once.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import Aborted, AlreadyExists
from google.cloud import firestore

from contract.errors import BrushfireError
from listener.edge import Edge, Seen, Stale, server_errors
from listener.logs import log
from listener.wakeups import Documents, SupervisedWatch

# How long the desk is held unrenewed. Its end is rarely waited for: a task that is left waiting tells sooner.
TERM = timedelta(minutes=40)
RENEWED_BEFORE = timedelta(minutes=10)
# A successor that was named has so long to come.
GRACE = timedelta(seconds=20)


class Desk:
    """The desk as one listener sees it."""

    def __init__(self, edge: Edge, worker: str) -> None:
        self.workers = 1
        self._edge = edge
        self._worker = worker
        self._reference = edge.db.collection("live").document("desk")
        self._seen: Seen | None = None
        self._held = False
        self._lock = threading.Lock()
        self._changed: Callable[[], None] = lambda: None
        # Is told which workers were found to be gone.
        self.dismiss: Callable[[set[str]], None] = lambda names: None
        self._watch = SupervisedWatch("desk", self._reference, self._saw, bill=edge.bill)

    @property
    def held(self) -> bool:
        """Whether this listener holds the desk, as far as it knows."""
        return self._held

    @property
    def holder(self) -> str | None:
        """Who holds the desk, as far as this listener knows."""
        holder = ((self._seen.fields if self._seen else None) or {}).get("worker")
        return holder if isinstance(holder, str) else None

    def start(self, changed: Callable[[], None]) -> None:
        """Take it if it is free, and call `changed` at each change from now on. Raises `Unreachable`."""
        self._changed = changed
        self.take()
        self._watch.start()

    def stop(self) -> None:
        """Hear no more."""
        self._watch.stop(wait=False)

    def vacant(self) -> bool:
        """Whether this listener may take the desk now."""
        fields = (self._seen.fields if self._seen else None) or {}
        until, following, now = fields.get("until"), fields.get("next"), self._edge.clock.now()
        if fields.get("worker") == self._worker or not isinstance(until, datetime):
            return True
        return until + (timedelta(0) if following in (None, self._worker) else GRACE) <= now

    def take(self, force: bool = False) -> bool:
        """Hold the desk if it is free, or in any case if whoever holds it doesn't do its work."""
        with server_errors():
            if self._seen is None or force:
                self._note(self._edge.read(self._reference))
            if force or self.vacant():
                self._write({"worker": self._worker, "until": self._edge.clock.now() + TERM})
        if self._held:
            log("desk_taken")
            self._changed()
        return self._held

    def gone(self, names: set[str]) -> None:
        """These workers' tasks had to be put back: they watch for nobody any more. Raises `Unreachable`."""
        self.dismiss(names)
        if not self._held and self.holder in names:
            self.take(force=True)

    def renew(self, workers: int) -> None:
        """Hold it for longer, if it is time to, or if there are many more or fewer workers than was said."""
        self.workers = max(1, workers)
        fields = (self._seen.fields if self._seen else None) or {}
        until, said = fields.get("until"), fields.get("workers", 1)
        late = not isinstance(until, datetime) or until - self._edge.clock.now() < RENEWED_BEFORE
        if self._held and (late or not said / 2 <= self.workers <= said * 2):
            with server_errors():
                self._write({"until": self._edge.clock.now() + TERM, "workers": self.workers})

    def leave(self, successor: str | None) -> None:
        """Hold it no longer; `successor` is to take it, or anybody."""
        if not self._held:
            return
        try:
            with server_errors():
                following = firestore.DELETE_FIELD if successor is None else successor
                self._write({"until": self._edge.clock.now(), "next": following})
        except BrushfireError as error:
            log("desk_not_left", logging.WARNING, error=str(error))
        self._held = False

    def _write(self, fields: dict[str, Any]) -> None:
        with self._lock:
            try:
                if self._seen is None:
                    batch = self._edge.db.batch()
                    batch.create(self._reference, fields)
                    at = self._edge.commit(batch)
                else:
                    at = self._edge.update(self._seen, {"next": firestore.DELETE_FIELD, **fields})
            except (*Stale, Aborted, AlreadyExists):
                self._note(self._edge.read(self._reference))
                return
            known = (self._seen.fields if self._seen else None) or {}
            self._seen, self._held = Seen(self._reference, {**known, **fields}, at), True

    def _note(self, seen: Seen | None) -> None:
        self._seen = seen
        fields = (seen.fields if seen else None) or {}
        said = fields.get("workers")
        if not self._held and isinstance(said, int):
            self.workers = max(1, said)
        self._held = self._held and fields.get("worker") == self._worker

    def _saw(self, documents: Documents) -> None:
        there = [self._edge.seen(document) for document in documents if document.exists]
        seen = there[0] if there else None
        with self._lock:
            if seen and self._seen and seen.update_time < self._seen.update_time:
                return
            self._note(seen)
        self._changed()
