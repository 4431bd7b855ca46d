"""What the documents were when a read-only transaction began: as they are now, but for what changed since.

What a change replaces is kept for as long as such a transaction is under way, at most its 270 seconds.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from operator import itemgetter

from emulator.firestore.documents import Documents, window
from emulator.firestore.messages import Document
from emulator.firestore.query import Query
from emulator.firestore.transactions import Transactions


class Past:
    """Times are in microseconds. What is asked must not lie before the oldest read-only transaction."""

    def __init__(self, documents: Documents, transactions: Transactions) -> None:
        self._documents = documents
        self._transactions = transactions
        self._replaced: deque[tuple[int, str, Document | None]] = deque()

    def record(self, replaced: Iterable[tuple[str, Document | None]], now: int) -> None:
        """Told at each commit, at its time: the names of the documents that it changes, and what each was."""
        oldest = self._transactions.oldest_snapshot()
        if oldest is None:
            self._replaced.clear()
            return
        while self._replaced and self._replaced[0][0] <= oldest:
            self._replaced.popleft()
        self._replaced.extend((now, name, before) for name, before in replaced)

    def get(self, name: str, time: int) -> Document | None:
        replaced = self._since(time)
        return replaced[name] if name in replaced else self._documents.get(name)

    def run(self, query: Query, time: int) -> Iterator[Document]:
        """The results of a query, in order. Consume it before anything is written."""
        replaced = self._since(time)
        then = sorted(_results(query, replaced.values()), key=itemgetter(0), reverse=query.backwards)
        now = (result for result in self._documents.matches(query) if result[1].name not in replaced)
        merged = heapq.merge(now, then, key=itemgetter(0), reverse=query.backwards)
        return (document for _, document in window(query, merged))

    def _since(self, time: int) -> dict[str, Document | None]:
        """What the documents were that have changed after a time."""
        found: dict[str, Document | None] = {}
        for changed, name, before in self._replaced:
            if changed > time:
                found.setdefault(name, before)
        return found


def _results(query: Query, documents: Iterable[Document | None]) -> Iterator[tuple[bytes, Document]]:
    for document in documents:
        if document is not None and query.covers(document.name):
            key = query.matches(document)
            if key is not None:
                yield key, document
