"""What one request sees of the documents: before it, and as its own writes leave them."""

from __future__ import annotations

from datetime import datetime

from emulator.firestore.clock import to_datetime, to_server_time
from emulator.firestore.documents import Documents
from emulator.firestore.messages import Document


class Lookups:
    """Remembers what it reads, so that a request sees one state. `looked_up`: what the rules asked for."""

    def __init__(self, documents: Documents, now: int) -> None:
        self._documents = documents
        self._before: dict[str, Document | None] = {}
        self._after: dict[str, Document | None] = {}
        self.now = now
        self.looked_up: set[str] = set()

    @property
    def time(self) -> datetime:
        return to_datetime(to_server_time(self.now))

    def before(self, name: str) -> Document | None:
        self.looked_up.add(name)
        return self.stored(name)

    def after(self, name: str) -> Document | None:
        self.looked_up.add(name)
        return self.staged(name)

    def stored(self, name: str) -> Document | None:
        """The document as it is stored."""
        if name not in self._before:
            self._before[name] = self._documents.get(name)
        return self._before[name]

    def staged(self, name: str) -> Document | None:
        """The document with the writes so far."""
        return self._after[name] if name in self._after else self.stored(name)

    def stage(self, name: str, document: Document | None) -> None:
        """Records what a write leaves of a document."""
        self.stored(name)
        self._after[name] = document

    def changes(self) -> list[tuple[str, Document | None, Document | None]]:
        """(name, before, after) of every document staged that is no longer what it was."""
        return [
            (name, self._before[name], after)
            for name, after in self._after.items()
            if _version(self._before[name]) != _version(after)
        ]


def _version(document: Document | None) -> tuple[int, int] | None:
    return None if document is None else (document.update_time.seconds, document.update_time.nanos)
