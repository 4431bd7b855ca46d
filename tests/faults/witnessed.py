"""A local Firebase that keeps a record of what it accepts: `python -m tests.faults.witnessed`, as `emulator`.

The record is a table of the same database, written in the same transactions: it has exactly the commits that
outlive a SIGKILL.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from emulator import suite
from emulator.__main__ import main
from emulator.caller import Caller
from emulator.firestore.commits import Change
from emulator.firestore.database import Database
from emulator.firestore.messages import Document
from emulator.firestore.server import DATABASE, FirestoreServer

_TABLE = "CREATE TABLE IF NOT EXISTS witnessed (micros INTEGER, who TEXT, name TEXT, before BLOB, after BLOB)"
_ADD = "INSERT INTO witnessed VALUES (?, ?, ?, ?, ?)"


class Witness:
    """A change log of every document of `queue`."""

    def open(self, database: Database) -> None:
        self._database = database
        database.write(_TABLE)
        database.flush()

    def record(self, changes: Sequence[Change], caller: Caller, micros: int) -> None:
        for change in changes:
            if "/documents/queue/" in change.name:
                row = (micros, caller.client, change.name, _bytes(change.before), _bytes(change.after))
                self._database.write(_ADD, row)

    def settled(self) -> None:
        """Nothing waits for it."""


def witnessed(data: Path) -> Iterator[tuple[Change, Caller, int]]:
    """Every accepted change of a queue whose server has stopped, in order."""
    connection = sqlite3.connect(data / DATABASE)
    try:
        for micros, who, name, before, after in connection.execute("SELECT * FROM witnessed ORDER BY rowid"):
            yield Change(name, _document(before), _document(after)), Caller(owner=True, client=who), micros
    finally:
        connection.close()


def _bytes(document: Any) -> bytes | None:
    return None if document is None else bytes(document.SerializeToString())


def _document(data: bytes | None) -> Any:
    return None if data is None else Document.FromString(data)


class _Server(FirestoreServer):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "change_log": Witness()})


if __name__ == "__main__":
    setattr(suite, "FirestoreServer", _Server)  # noqa: B010  # a name that the module doesn't export
    sys.exit(main())
