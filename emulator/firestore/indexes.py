"""The index entries in SQLite: built for a shape when a query first needs it, kept up to date ever after.

An index of a large collection is built in pieces, so that others get on meanwhile. Changes enter it from its
first piece on; until its last it is marked in the database, and dropped if the process ends before that.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass

from emulator.firestore.database import Database
from emulator.firestore.errors import Internal
from emulator.firestore.messages import Document
from emulator.firestore.names import collection_id
from emulator.firestore.plan import IndexShape, Scan
from emulator.firestore.query import Order

MAX_SHAPES = 64  # for each collection id; beyond it the one not used for longest goes
_PIECE = 250  # documents: some 5 ms
_UNFINISHED = "unfinished "  # before the shape of an index that is being built


@dataclass
class _Build:
    """An index under way: every document up to the id `last` is in it."""

    index: int
    shape: IndexShape
    last: int = 0


class Indexes:
    """Every index of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shapes: dict[str, dict[IndexShape, int]] = {}
        self._builds: dict[IndexShape, _Build] = {}
        database.on_abandoned = self._load
        self._load()
        for identity, _ in database.read("SELECT id, shape FROM indexes").fetchall():
            if all(identity not in shapes.values() for shapes in self._shapes.values()):
                self._drop(identity)

    def _load(self) -> None:
        """Takes the indexes that are whole from the database; those under way begin anew."""
        self._shapes.clear()
        self._builds.clear()
        for identity, text in self._database.read("SELECT id, shape FROM indexes"):
            if not text.startswith(_UNFINISHED):
                shape = _parse_shape(text)
                self._shapes.setdefault(shape.collection, {})[shape] = identity

    async def prepare(self, shape: IndexShape) -> None:
        """Builds an index that isn't there yet, a piece at a time, letting others go on between them."""
        while not self._has(shape) and self._add_piece(shape):
            await asyncio.sleep(0)

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

    def _has(self, shape: IndexShape) -> bool:
        return shape not in self._builds and shape in self._shapes.get(shape.collection, {})

    def _find(self, shape: IndexShape) -> int:
        while not self._has(shape):
            if not self._add_piece(shape) and not self._has(shape):
                raise Internal("The index that the query needs could not be written.")
        shapes = self._shapes[shape.collection]
        shapes[shape] = identity = shapes.pop(shape)  # the last in the dictionary is the last used
        return identity

    def _begin(self, shape: IndexShape) -> _Build:
        shapes = self._shapes.setdefault(shape.collection, {})
        while len(shapes) >= MAX_SHAPES:
            oldest = next(iter(shapes))
            self._builds.pop(oldest, None)
            self._drop(shapes.pop(oldest))
        text = _UNFINISHED + _format_shape(shape)
        identity = self._database.write("INSERT INTO indexes (shape) VALUES (?)", (text,)).lastrowid
        assert identity is not None
        shapes[shape] = identity
        self._builds[shape] = build = _Build(identity, shape)
        return build

    def _add_piece(self, shape: IndexShape) -> bool:
        """Takes up the next documents; False when that was the last of it."""
        build = self._builds.get(shape) or self._begin(shape)
        condition, values = ("AND collection = ?", (shape.collection,)) if shape.collection else ("", ())
        rows = self._database.read(
            f"SELECT id, body FROM documents WHERE id > ? {condition} ORDER BY id LIMIT {_PIECE}",
            (build.last, *values),
        ).fetchall()
        entries = [
            (build.index, key, id_) for id_, body in rows for key in shape.keys(Document.FromString(body))
        ]
        # A document that has changed since the first piece is there already.
        self._database.write_many("INSERT OR IGNORE INTO entries VALUES (?, ?, ?)", entries)
        if len(rows) == _PIECE:
            build.last = rows[-1][0]
        else:
            del self._builds[shape]
            self._database.write(
                "UPDATE indexes SET shape = ? WHERE id = ?", (_format_shape(shape), build.index)
            )
        self._database.flush()
        return shape in self._builds

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
