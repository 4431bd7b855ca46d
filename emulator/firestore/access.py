"""Who may do what: the question that Firestore puts to the security rules.

It is asked for every request whose caller is not the owner. An implementation allows by returning and denies
by raising `emulator.firestore.errors.PermissionDenied`. Documents are protobuf `Document` messages of
`emulator.firestore.messages`, names are full names (`projects/p/databases/d/documents/queue/t1`). The
messages belong to the server: read them, never change them.
"""

from datetime import datetime
from enum import Enum
from typing import Protocol

from emulator.caller import Caller
from emulator.firestore.messages import Document, StructuredQuery


class WriteKind(Enum):
    """What a write does to its document."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Documents(Protocol):
    """The documents that rules may look up.

    `get()` and `exists()` see before, `getAfter()` and `existsAfter()` after. For a read, before and after
    are the same. Each distinct document looked up is billed as one read.
    """

    @property
    def time(self) -> datetime:
        """`request.time`, UTC; equal to the server timestamps that this request writes."""
        ...

    def before(self, name: str) -> Document | None:
        """The document before this request, or None."""
        ...

    def after(self, name: str) -> Document | None:
        """The document as it will be once every write of this commit is applied, or None."""
        ...


class Access(Protocol):
    """Decides on requests. Calls must not block: they run on the server's event loop."""

    def get(self, caller: Caller, name: str, document: Document | None, documents: Documents) -> None:
        """Reading one document, which may be missing. Also asked anew when a watched document changes."""
        ...

    def list(self, caller: Caller, parent: str, query: StructuredQuery, documents: Documents) -> None:
        """Running, counting or watching a query below `parent` (`projects/p/databases/d/documents[/…]`).

        Decided from the query's own constraints; no documents are shown.
        """
        ...

    def write(
        self,
        caller: Caller,
        name: str,
        kind: WriteKind,
        before: Document | None,
        after: Document | None,
        documents: Documents,
    ) -> None:
        """One write of a commit: `before` is None for a creation, `after` for a deletion."""
        ...


class AllowAll:
    """No rules: everyone may do everything."""

    def get(self, caller: Caller, name: str, document: Document | None, documents: Documents) -> None:
        return None

    def list(self, caller: Caller, parent: str, query: StructuredQuery, documents: Documents) -> None:
        return None

    def write(
        self,
        caller: Caller,
        name: str,
        kind: WriteKind,
        before: Document | None,
        after: Document | None,
        documents: Documents,
    ) -> None:
        return None
