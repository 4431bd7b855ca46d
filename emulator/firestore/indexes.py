"""The index entries in SQLite: built for a shape when a query first needs it, kept up to date ever after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple

from emulator.firestore.database import Database
from emulator.firestore.messages import Document
from emulator.firestore.names import collection_id
from emulator.firestore.plan import IndexShape, Scan
from emulator.firestore.query import Order

MAX_SHAPES = 64  # for each collection id; beyond it the one not used for longest goes
_BATCH = 2_000


class Indexes:
    """Every index of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shapes: dict[str, dict[IndexShape, int]] = {}
        for identity, text in database.read("SELECT id, shape FROM indexes"):
            shape = _parse_shape(text)
            self._shapes.setdefault(shape.collection, {})[shape] = identity

    def scan(self, scan: Scan, *, backwards: bool) -> Iterator[tuple[bytes, bytes]]:
        """The sort keys and document bodies in a range, in order."""
        rows = self._database.read(
            "SELECT key, body FROM entries JOIN documents ON documents.id = document "
            f"WHERE index_id = ? AND key >= ? AND key < ? ORDER BY key {'DESC' if backwards else ''}",
            (self._find(scan.shape), scan.low, scan.high),
        )
        return ((key[scan.prefix :], body) for key, body in rows)

    def sort_keys(self, scan: Scan) -> Iterator[bytes]:
        """The sort keys in a range, without their documents."""
        rows = self._database.read(
            "SELECT key FROM entries WHERE index_id = ? AND key >= ? AND key < ?",
            (self._find(scan.shape), scan.low, scan.high),
        )
        return (key[scan.prefix :] for (key,) in rows)

    def count(self, scan: Scan) -> int:
        """How many entries a range holds."""
        (count,) = self._database.read(
            "SELECT COUNT(*) FROM entries WHERE index_id = ? AND key >= ? AND key < ?",
            (self._find(scan.shape), scan.low, scan.high),
        ).fetchone()
        return int(count)

    def update(self, identity: int, before: Document | None, after: Document | None) -> None:
        """Brings the entries of one document in line with its change."""
        document = after if after is not None else before
        assert document is not None
        for collection in (collection_id(document.name), ""):
            for shape, index in self._shapes.get(collection, {}).items():
                old = set() if before is None else set(shape.keys(before))
                new = set() if after is None else set(shape.keys(after))
                for key in old - new:
                    self._database.write("DELETE FROM entries WHERE index_id = ? AND key = ?", (index, key))
                for key in new - old:
                    self._database.write("INSERT INTO entries VALUES (?, ?, ?)", (index, key, identity))

    def _find(self, shape: IndexShape) -> int:
        shapes = self._shapes.setdefault(shape.collection, {})
        identity = shapes.pop(shape, None)
        if identity is None:
            while len(shapes) >= MAX_SHAPES:
                self._drop(shapes.pop(next(iter(shapes))))
            identity = self._build(shape)
        shapes[shape] = identity  # the last in the dictionary is the last used
        return identity

    def _build(self, shape: IndexShape) -> int:
        added = self._database.write("INSERT INTO indexes (shape) VALUES (?)", (_format_shape(shape),))
        identity = added.lastrowid
        assert identity is not None
        condition, values = ("WHERE collection = ?", (shape.collection,)) if shape.collection else ("", ())
        rows = self._database.read(f"SELECT id, body FROM documents {condition}", values)
        while batch := rows.fetchmany(_BATCH):
            entries = [
                (identity, key, document)
                for document, body in batch
                for key in shape.keys(Document.FromString(body))
            ]
            self._database.write_many("INSERT INTO entries VALUES (?, ?, ?)", entries)
        self._database.flush()
        return identity

    def _drop(self, identity: int) -> None:
        self._database.write("DELETE FROM entries WHERE index_id = ?", (identity,))
        self._database.write("DELETE FROM indexes WHERE id = ?", (identity,))


def _format_shape(shape: IndexShape) -> str:
    return json.dumps(astuple(shape))


def _parse_shape(text: str) -> IndexShape:
    collection, group, equal, contains, orders = json.loads(text)
    return IndexShape(
        collection, group, tuple(equal), tuple(contains), tuple(Order(field, down) for field, down in orders)
    )
