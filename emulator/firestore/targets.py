"""What listeners watch: a query's result, evaluated once however many listen to it.

A target remembers for a while what has changed in it, so that a listener that comes back with a resume token
gets the difference alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from emulator.firestore.commits import Change
from emulator.firestore.documents import Documents
from emulator.firestore.messages import Document
from emulator.firestore.query import Query

if TYPE_CHECKING:
    from emulator.firestore.listen import ListenSession

LOG_LENGTH = 2_000
TargetKey = tuple[str, bytes]  # the parent and the serialised query


class QueryTarget:
    """One query's live result, and who listens to it under which target ids.

    `key` tells it from other targets. `since` is the time in microseconds from which `changed_after` knows
    every change.
    """

    def __init__(self, key: TargetKey, query: Query, documents: Documents, now: int) -> None:
        self.key = key
        self.query = query
        self.since = now
        self.listeners: dict[ListenSession, list[int]] = {}
        self._documents = documents
        self._log: deque[tuple[int, str]] = deque()
        self._members = self._run()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def documents(self) -> list[Document]:
        """The result now, in order."""
        return [document for _, document in self._documents.run(self.query)]

    def changed_after(self, time: int) -> set[str] | None:
        """The names that joined, changed or left after `time`; None when that is no longer known."""
        if time < self.since:
            return None
        return {name for changed, name in self._log if changed > time}

    def apply(self, changes: Sequence[Change], now: int) -> dict[str, bool]:
        """Takes in changes of the query's collection. Returns the names touched: is each now a result?"""
        if self.query.limit is None and not self.query.offset:
            touched = self._apply_each(changes)
        else:
            touched = self._apply_window(changes)
        self._log.extend((now, name) for name in touched)
        while len(self._log) > LOG_LENGTH:
            self.since, _ = self._log.popleft()
        return touched

    def _apply_each(self, changes: Sequence[Change]) -> dict[str, bool]:
        touched = {}
        for change in changes:
            key = self._key(change)
            if key is not None:
                self._members[change.name] = key
                touched[change.name] = True
            elif self._members.pop(change.name, None) is not None:
                touched[change.name] = False
        return touched

    def _apply_window(self, changes: Sequence[Change]) -> dict[str, bool]:
        if not any(change.name in self._members or self._enters(change) for change in changes):
            return {}
        old, self._members = self._members, self._run()
        changed = {change.name for change in changes}
        touched = dict.fromkeys(old.keys() - self._members.keys(), False)
        touched.update((name, True) for name in self._members if name not in old or name in changed)
        return touched

    def _enters(self, change: Change) -> bool:
        """Whether a document from outside the window can alter it."""
        if self.query.offset:
            return True
        key = self._key(change)
        if key is None:
            return False
        if len(self._members) < (self.query.limit or 0):
            return True
        last = next(reversed(self._members.values()), None)
        return last is not None and (key > last if self.query.backwards else key < last)

    def _key(self, change: Change) -> bytes | None:
        if change.after is None or not self.query.covers(change.name):
            return None
        return self.query.matches(change.after)

    def _run(self) -> dict[str, bytes]:
        return {document.name: key for key, document in self._documents.run(self.query)}
