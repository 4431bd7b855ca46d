"""The indexes of firestore.indexes.json, and which queries production would refuse for the want of one.

Single fields are indexed by themselves in every collection, ascending, descending and by array elements, but
not for collection groups. A query that orders by one field and compares another, or orders by several, needs
a composite index; those that share the order of their last fields are joined.
https://firebase.google.com/docs/firestore/query-data/index-overview
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.firestore.errors import FailedPrecondition
from emulator.firestore.fields import NAME
from emulator.firestore.filters import Term, disjunctions
from emulator.firestore.query import Order, Query

ASCENDING, DESCENDING, CONTAINS = "ASCENDING", "DESCENDING", "CONTAINS"
COLLECTION, GROUP = "COLLECTION", "COLLECTION_GROUP"
_AUTOMATIC = frozenset((COLLECTION, kind) for kind in (ASCENDING, DESCENDING, CONTAINS))


@dataclass(frozen=True)
class Field:
    """A field of an index, and how it is indexed: ASCENDING, DESCENDING or CONTAINS."""

    path: str
    kind: str

    def to_json(self) -> dict[str, str]:
        return {"fieldPath": self.path, "arrayConfig" if self.kind == CONTAINS else "order": self.kind}


@dataclass(frozen=True)
class Index:
    """A composite index of one collection id."""

    collection: str
    scope: str
    fields: tuple[Field, ...]

    def to_json(self) -> dict[str, object]:
        """As firestore.indexes.json lists it."""
        fields = [field.to_json() for field in self.fields]
        return {"collectionGroup": self.collection, "queryScope": self.scope, "fields": fields}


@dataclass(frozen=True)
class _Need:
    """What one disjunction of a query asks of the indexes."""

    equal: frozenset[Field]
    order: tuple[Field, ...]


class IndexDefinitions:
    """The indexes that are defined. `overrides` says for single fields what replaces the automatic ones."""

    def __init__(
        self,
        indexes: Sequence[Index] = (),
        overrides: Mapping[tuple[str, str], frozenset[tuple[str, str]]] | None = None,
    ) -> None:
        self._indexes = indexes
        self._overrides = overrides or {}

    @classmethod
    def load(cls, file: Path) -> IndexDefinitions:
        """Reads firestore.indexes.json. Raises ValueError naming what is wrong with it, or OSError."""
        try:
            content = json.loads(file.read_text())
            indexes = [_parse_index(entry) for entry in content.get("indexes", [])]
            overrides = {
                (entry["collectionGroup"], entry["fieldPath"]): _parse_override(entry)
                for entry in content.get("fieldOverrides", [])
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{file}: an index lacks {error} or is malformed") from error
        except json.JSONDecodeError as error:
            raise ValueError(f"{file}: {error}") from error
        return cls(indexes, overrides)

    def check(self, query: Query) -> None:
        """Raises FailedPrecondition with the index to add, as JSON, when the query needs a missing one."""
        scope = GROUP if query.group else COLLECTION
        for conjunction in disjunctions(query.where) if query.collection else ():
            need = _need(query, conjunction)
            if need.order and len(need.equal) + len(need.order) > 1:
                self._check_composite(query.collection, scope, need)
            else:
                for field in (*need.equal, *need.order):
                    self._check_single(query.collection, scope, field)

    def _check_composite(self, collection: str, scope: str, need: _Need) -> None:
        covered: set[Field] = set()
        for order in (need.order, tuple(map(_reversed, need.order))):
            for index in self._indexes:
                if (index.collection, index.scope) != (collection, scope):
                    continue
                start = len(index.fields) - len(order)
                leading = {_as_equality(field) for field in index.fields[:start]}
                if index.fields[start:] == order and start >= 0 and leading <= need.equal:
                    covered |= leading
                    if covered == need.equal:
                        return
        equal = sorted(need.equal, key=lambda field: field.path)
        _refuse("indexes", Index(collection, scope, (*equal, *need.order)).to_json())

    def _check_single(self, collection: str, scope: str, field: Field) -> None:
        defined = self._overrides.get((collection, field.path), _AUTOMATIC)
        wanted = {(scope, field.kind)}
        if field.kind == ASCENDING:  # an equality, or an order that either direction serves
            wanted.add((scope, DESCENDING))
        if not wanted & defined:
            kept = sorted(defined | {(scope, field.kind)})
            indexes = [{"queryScope": s, "arrayConfig" if k == CONTAINS else "order": k} for s, k in kept]
            override = {"collectionGroup": collection, "fieldPath": field.path, "indexes": indexes}
            _refuse("fieldOverrides", override)


def _need(query: Query, conjunction: tuple[Term, ...]) -> _Need:
    ordered = {order.field for order in query.orders}
    equal = {Field(t.field, ASCENDING) for t in conjunction if t.operator == "==" and t.field not in ordered}
    contains = {Field(t.field, CONTAINS) for t in conjunction if t.operator == "contains"}
    order = tuple(_shown_order(query))
    return _Need(frozenset(equal | contains), order)


def _shown_order(query: Query) -> Iterator[Field]:
    """The order's fields in the query's own directions. The name needs no place, unless it alone descends."""
    fields: list[Order] = list(query.orders[:-1])
    for order in fields:
        yield Field(order.field, DESCENDING if order.descending != query.backwards else ASCENDING)
    if query.backwards and not fields:
        yield Field(NAME, DESCENDING)


def _reversed(field: Field) -> Field:
    return Field(field.path, DESCENDING if field.kind == ASCENDING else ASCENDING)


def _as_equality(field: Field) -> Field:
    return Field(field.path, CONTAINS if field.kind == CONTAINS else ASCENDING)


def _refuse(section: str, entry: Mapping[str, object]) -> None:
    raise FailedPrecondition(
        f'The query requires an index. Add it to "{section}" in firestore.indexes.json: {json.dumps(entry)}'
    )


def _parse_index(entry: Mapping[str, Any]) -> Index:
    fields = [Field(field["fieldPath"], _parse_kind(field)) for field in entry["fields"]]
    if fields and fields[-1].path == NAME:
        fields.pop()
    return Index(entry["collectionGroup"], entry.get("queryScope", COLLECTION), tuple(fields))


def _parse_override(entry: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset((index.get("queryScope", COLLECTION), _parse_kind(index)) for index in entry["indexes"])


def _parse_kind(entry: Mapping[str, Any]) -> str:
    kind = str(entry.get("order") or entry.get("arrayConfig"))
    if kind not in (ASCENDING, DESCENDING, CONTAINS):
        raise ValueError(f"{json.dumps(entry)}: order is ASCENDING or DESCENDING, arrayConfig CONTAINS")
    return kind
