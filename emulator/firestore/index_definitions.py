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

from emulator.firestore.errors import FailedPrecondition
from emulator.firestore.fields import NAME
from emulator.firestore.filters import Term, disjunctions
from emulator.firestore.query import Order, Query
from emulator.section import Section, read_json

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
        """Reads firestore.indexes.json. Raises ConfigError naming the entry that is wrong, or OSError."""
        content = Section(file, "", read_json(file))
        overrides = {
            (entry.required_text("collectionGroup"), entry.required_text("fieldPath")): _parse_override(entry)
            for entry in content.sections("fieldOverrides")
        }
        return cls([_parse_index(entry) for entry in content.sections("indexes")], overrides)

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


def _parse_index(entry: Section) -> Index:
    fields = [
        Field(field.required_text("fieldPath"), _parse_kind(field)) for field in entry.sections("fields")
    ]
    if not fields:
        raise entry.error("fields", "it must list the fields of the index")
    if fields[-1].path == NAME:
        fields.pop()
    return Index(entry.required_text("collectionGroup"), _parse_scope(entry), tuple(fields))


def _parse_override(entry: Section) -> frozenset[tuple[str, str]]:
    if not entry.has("indexes"):  # it only sets a time to live
        return _AUTOMATIC
    return frozenset((_parse_scope(index), _parse_kind(index)) for index in entry.sections("indexes"))


def _parse_kind(entry: Section) -> str:
    if entry.has("order"):
        return _parse_choice(entry, "order", (ASCENDING, DESCENDING))
    return _parse_choice(entry, "arrayConfig", (CONTAINS,))


def _parse_scope(entry: Section) -> str:
    return _parse_choice(entry, "queryScope", (COLLECTION, GROUP)) if entry.has("queryScope") else COLLECTION


def _parse_choice(entry: Section, key: str, choices: Sequence[str]) -> str:
    value = entry.text(key)
    if value is None or value not in choices:
        alternative = "; or give `order`" if key == "arrayConfig" else ""
        raise entry.error(key, f"it must be {' or '.join(choices)}{alternative}")
    return value
