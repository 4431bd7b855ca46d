"""The documents in SQLite: looked up by name, by query and by place in the tree."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter

from emulator.firestore.database import Database
from emulator.firestore.indexes import Indexes
from emulator.firestore.messages import Document
from emulator.firestore.names import AFTER, collection_id, first_segment, path_key
from emulator.firestore.plan import plan
from emulator.firestore.query import Query


def window(query: Query, results: Iterator[tuple[bytes, Document]]) -> Iterator[tuple[bytes, Document]]:
    """What the query's offset and limit leave of its results."""
    end = None if query.limit is None else query.offset + query.limit
    return islice(results, query.offset, end)


class Documents:
    """Every document of every project. What it returns is the caller's own copy."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._indexes = Indexes(database)

    def get(self, name: str) -> Document | None:
        row = self._database.read("SELECT body FROM documents WHERE path = ?", (path_key(name),)).fetchone()
        return None if row is None else Document.FromString(row[0])

    def replace(self, name: str, before: Document | None, after: Document | None) -> None:
        """Stores the change of one document. `before` must be what is stored."""
        path = path_key(name)
        if before is None:
            if after is None:
                return
            sql = "INSERT INTO documents (path, collection, body) VALUES (?, ?, ?)"
            added = self._database.write(sql, (path, collection_id(name), after.SerializeToString()))
            identity = added.lastrowid or 0
        else:
            (identity,) = self._database.read("SELECT id FROM documents WHERE path = ?", (path,)).fetchone()
            if after is None:
                self._database.write("DELETE FROM documents WHERE id = ?", (identity,))
            else:
                body = after.SerializeToString()
                self._database.write("UPDATE documents SET body = ? WHERE id = ?", (body, identity))
        self._indexes.update(identity, before, after)

    def run(self, query: Query) -> Iterator[tuple[bytes, Document]]:
        """The results of a query with their sort keys, in order. Consume it before anything is written."""
        return window(query, self.matches(query))

    async def prepare(self, query: Query) -> None:
        """Builds the indexes that a query needs while others go on; `run` would hold up everybody."""
        for scan in plan(query):
            await self._indexes.prepare(scan.shape)

    def matches(self, query: Query) -> Iterator[tuple[bytes, Document]]:
        """The results, as if the query had neither offset nor limit."""
        scans = plan(query)
        ranges = [self._indexes.scan(scan, backwards=query.backwards) for scan in scans]
        rows = heapq.merge(*ranges, key=itemgetter(0), reverse=query.backwards)
        exact = all(scan.exact for scan in scans)
        for key, same in groupby(rows, key=itemgetter(0)):
            document = Document.FromString(next(same)[1])
            if exact or (query.covers(document.name) and query.where.matches(document)):
                yield key, document

    def count(self, query: Query) -> int:
        """How many results a query has; counted in the index where it decides everything."""
        scans = plan(query)
        if not all(scan.exact for scan in scans):
            return sum(1 for _ in self.run(query))
        if len(scans) == 1:
            found = self._indexes.count(scans[0])
        else:
            found = len({key for scan in scans for key in self._indexes.sort_keys(scan)})
        found = max(0, found - query.offset)
        return found if query.limit is None else min(found, query.limit)

    def collection_ids(self, parent: str, after: str = "") -> Iterator[str]:
        """The ids of the collections below a document or the root, in order, those after `after`."""
        for identity, _ in self._children(parent, after):
            yield identity

    def children(self, collection: str, after: str = "") -> Iterator[tuple[str, Document | None]]:
        """The names in a collection with their documents: None where only deeper documents exist."""
        for identity, body in self._children(collection, after):
            yield f"{collection}/{identity}", None if body is None else Document.FromString(body)

    def _children(self, parent: str, after: str) -> Iterator[tuple[str, bytes | None]]:
        prefix = path_key(parent)
        low = path_key(f"{parent}/{after}") + AFTER if after else prefix
        sql = "SELECT path, body FROM documents WHERE path > ? AND path < ? ORDER BY path LIMIT 1"
        while row := self._database.read(sql, (low, prefix + AFTER)).fetchone():
            identity, end = first_segment(row[0], len(prefix))
            yield identity, row[1] if len(row[0]) == end else None
            low = row[0][:end] + AFTER

    def bodies(self, root: str = "") -> list[bytes]:
        """Every document as it is stored, in the order of names: of all projects, or those below a path."""
        prefix = path_key(root) if root else b""
        sql = "SELECT body FROM documents WHERE path > ? AND path < ? ORDER BY path"
        return [body for (body,) in self._database.read(sql, (prefix, prefix + AFTER))]

    def names_below(self, parent: str, limit: int) -> list[str]:
        """Up to `limit` names of documents anywhere below a path."""
        prefix = path_key(parent)
        sql = "SELECT body FROM documents WHERE path > ? AND path < ? ORDER BY path LIMIT ?"
        rows = self._database.read(sql, (prefix, prefix + AFTER, limit))
        return [Document.FromString(body).name for (body,) in rows]
