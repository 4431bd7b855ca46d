"""The renderers there are: from `catalog/`, which listeners keep, or before any has come the contract's."""

import threading
import time
from collections.abc import Callable
from typing import Any

from google.cloud import firestore

from contract.errors import InvalidTask
from contract.params import PARAMS
from contract.task import CatalogEntry
from listener.catalog import entry_of
from listener.edge import RETRY, TIMEOUT, server_errors

FRESH_SECONDS = 60.0


class Catalog:
    """Looked up at most once a minute by each process."""

    def __init__(self, db: firestore.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._found: dict[str, CatalogEntry] = {}
        self._until: float | None = None
        self._lock = threading.Lock()

    def entries(self) -> dict[str, CatalogEntry]:
        """Every renderer's entry by its name. Raises `Unreachable`."""
        with self._lock:
            if self._until is None or self._clock() >= self._until:
                self._found = self._read() or {name: entry_of(params) for name, params in PARAMS.items()}
                self._until = self._clock() + FRESH_SECONDS
            return dict(sorted(self._found.items()))

    def options(self, renderer: str) -> set[str]:
        """The names of a renderer's options; `InvalidTask` lists the known renderers."""
        if renderer in PARAMS:
            return set(PARAMS[renderer].model_fields)
        entries = self.entries()
        if renderer not in entries:
            raise InvalidTask("renderer", renderer, f"one of {', '.join(sorted({*entries, *PARAMS}))}")
        properties = entries[renderer].options.get("properties")
        return set(properties) if isinstance(properties, dict) else set()

    def _read(self) -> dict[str, CatalogEntry]:
        with server_errors():
            documents = list(self._db.collection("catalog").stream(retry=RETRY, timeout=TIMEOUT))
        return {document.id: entry for document in documents if (entry := _entry(document.to_dict()))}


def _entry(fields: Any) -> CatalogEntry | None:
    try:
        return CatalogEntry.parse(fields)
    except InvalidTask:
        return None
