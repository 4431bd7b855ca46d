"""`get`, `exists`, `getAfter` and `existsAfter`: documents that rules read beside the one they guard."""

from __future__ import annotations

from typing import Final, Protocol

from emulator.rules.errors import EvaluationError, LimitExceeded, unsupported
from emulator.rules.values import Path, Symbol, Value, type_name

MAX_LOOKUPS: Final = 10
"""Distinct documents for one request on one document, or for a query."""
MAX_COMMIT_LOOKUPS: Final = 20
"""Distinct documents for all writes of one commit together."""
MAX_STORAGE_LOOKUPS: Final = 2
"""Distinct documents for one request to Storage."""


class Documents(Protocol):
    """Where lookups go. A document is the map that rules see: `data`, `id` and `__name__`."""

    def before(self, path: Path) -> Value | None:
        """The document as it is before the request; None where there is none."""
        ...

    def after(self, path: Path) -> Value | None:
        """The document as the whole commit will leave it; None where there is none."""
        ...


class NoDocuments:
    """For rules that look nothing up: every document is missing."""

    def before(self, path: Path) -> Value | None:
        return None

    def after(self, path: Path) -> Value | None:
        return None


class CommitBudget:
    """The documents that the writes of one commit have looked up so far, all together."""

    def __init__(self, limit: int = MAX_COMMIT_LOOKUPS) -> None:
        self._limit = limit
        self._seen: set[Path] = set()

    def spend(self, path: Path) -> None:
        self._seen.add(path)
        if len(self._seen) > self._limit:
            raise LimitExceeded(f"The commit's rules look up more than {self._limit} documents.")


class Lookups:
    """The lookups of one request. A document looked up again is neither read nor counted again."""

    def __init__(
        self, documents: Documents, limit: int = MAX_LOOKUPS, commit: CommitBudget | None = None
    ) -> None:
        self._documents = documents
        self._limit = limit
        self._commit = commit
        self._counted: set[Path] = set()
        self._before: dict[Path, Value | None] = {}
        self._after: dict[Path, Value | None] = {}

    def get(self, path: Value) -> Value:
        return _existing(path, self._find_before(path))

    def exists(self, path: Value) -> bool:
        return self._find_before(path) is not None

    def get_after(self, path: Value) -> Value:
        return _existing(path, self._find_after(path))

    def exists_after(self, path: Value) -> bool:
        return self._find_after(path) is not None

    def _find_before(self, path: Value) -> Value | None:
        key = self._checked(path)
        if key not in self._before:
            self._before[key] = self._documents.before(key)
        return self._before[key]

    def _find_after(self, path: Value) -> Value | None:
        key = self._checked(path)
        if key not in self._after:
            self._after[key] = self._documents.after(key)
        return self._after[key]

    def _checked(self, path: Value) -> Path:
        if type(path) is not Path:
            raise unsupported(f"get({type_name(path)})", "get(path)")
        for segment in path.segments:
            if isinstance(segment, Symbol):
                raise segment.open()
        names = path.segments
        if len(names) < 5 or len(names) % 2 == 0 or names[0] != "databases" or names[2] != "documents":
            raise EvaluationError(
                f"{path} is not a document: /databases/$(database)/documents/collection/id."
            )
        if path not in self._counted:
            self._counted.add(path)
            if len(self._counted) > self._limit:
                raise LimitExceeded(f"The rules look up more than {self._limit} documents.")
            if self._commit:
                self._commit.spend(path)
        return path


def _existing(path: Value, document: Value | None) -> Value:
    if document is None:
        raise EvaluationError(f"There is no document {path}.")
    return document
