"""What a listener asks of Firestore, as Firestore bills it: reads and writes, for the metrics."""

import threading
from collections.abc import Sequence
from typing import Any


class Bill:
    """Counts from when it is made. May be used from several threads."""

    def __init__(self) -> None:
        self.reads = self.writes = 0
        self._lock = threading.Lock()

    def read(self, found: int) -> None:
        """A query found so many documents: each is a read, and none is one, too."""
        with self._lock:
            self.reads += max(1, found)

    def watched(self, changes: Sequence[Any]) -> None:
        """A watch told of documents that came, changed or went, or that there are none."""
        self.read(len(changes))

    def written(self, documents: int) -> None:
        """A commit wrote so many documents."""
        with self._lock:
            self.writes += documents
