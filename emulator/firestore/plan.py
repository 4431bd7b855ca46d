"""How a query is served: one range of one index for each of its disjunctions.

An index holds, for each document that has all of its fields, one key: the path of the collection (of the
root, when it spans a group), then the fields compared for equality, then the fields of the order, then the
document's path. Whatever a range can't decide is tested on the documents it yields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from emulator.firestore.fields import NAME, get_field, parse_field_path
from emulator.firestore.filters import RANGES, Bound, Term, disjunctions
from emulator.firestore.messages import Document
from emulator.firestore.names import AFTER, END, collection_path, path_key, root_of
from emulator.firestore.query import Order, Query
from emulator.firestore.values import value_key


@dataclass(frozen=True)
class IndexShape:
    """What an index holds. `contains` fields give one key for each distinct element of their array."""

    collection: str
    group: bool
    equal: tuple[str, ...]
    contains: tuple[str, ...]
    orders: tuple[Order, ...]

    def keys(self, document: Document) -> Iterator[bytes]:
        """The document's keys in this index: none, one, or one for each combination of array elements."""
        scope = root_of(document.name) if self.group else collection_path(document.name)
        parts: list[tuple[bytes, ...]] = [(path_key(scope) + END,)]
        for field in self.equal:
            value = get_field(document, parse_field_path(field))
            if value is None:
                return
            parts.append((value_key(value),))
        for field in self.contains:
            value = get_field(document, parse_field_path(field))
            elements = () if value is None else value.array_value.values
            parts.append(tuple(dict.fromkeys(map(value_key, elements))))
        for order in self.orders[:-1]:
            value = get_field(document, parse_field_path(order.field))
            if value is None:
                return
            parts.append((order.component(value_key(value)),))
        parts.append((path_key(document.name) + END,))
        yield from map(b"".join, product(*parts))


@dataclass(frozen=True)
class Scan:
    """The keys low <= key < high of an index. From `prefix` on, a key is the query's sort key.

    exact: every key in the range is a result, so that the documents needn't be tested.
    """

    shape: IndexShape
    prefix: int
    low: bytes
    high: bytes
    exact: bool


def plan(query: Query) -> list[Scan]:
    """The scans whose union holds every result of the query."""
    scans = [_scan(query, conjunction) for conjunction in disjunctions(query.where)]
    return [scan for scan in dict.fromkeys(scans) if scan.low < scan.high]


def _scan(query: Query, conjunction: tuple[Term, ...]) -> Scan:
    ordered = {order.field for order in query.orders}
    equal = _by_field(term for term in conjunction if term.operator == "==" and term.field not in ordered)
    contains = _by_field(term for term in conjunction if term.operator == "contains")
    used = {*equal.values(), *contains.values()}
    root = root_of(query.parent)
    scope = root if query.group else f"{query.parent}/{query.collection}"
    prefix = path_key(scope) + END
    prefix += b"".join(term.keys[0] for term in (*equal.values(), *contains.values()))
    low, high, ranged = _order_range(query.orders, conjunction)
    shape = IndexShape(query.collection, query.group, tuple(equal), tuple(contains), query.orders)
    return Scan(
        shape=shape,
        prefix=len(prefix),
        low=prefix + max(low, query.lower),
        high=prefix + min(high, query.upper),
        exact=used | ranged >= set(conjunction) and (not query.group or query.parent == root),
    )


def _by_field(terms: Iterator[Term]) -> dict[str, Term]:
    """One term for each field, by field; a second on the same field is left to be tested."""
    found: dict[str, Term] = {}
    for term in sorted(terms, key=lambda term: term.field):
        found.setdefault(term.field, term)
    return found


def _order_range(orders: tuple[Order, ...], conjunction: tuple[Term, ...]) -> tuple[bytes, bytes, set[Term]]:
    """What equalities on the leading orders and ranges on the next leave of the sort keys; the terms used."""
    base = b""
    used: set[Term] = set()
    for order in orders:
        equal = next((t for t in conjunction if t.operator == "==" and t.field == order.field), None)
        if equal is None:
            ranges = {t for t in conjunction if t.operator in RANGES and t.field == order.field}
            low, high = _narrowest(base, order, ranges)
            return low, high, used | ranges
        base += order.component(equal.keys[0])
        used.add(equal)
        if order.field == NAME:
            break
    return base, base + AFTER, used


def _narrowest(base: bytes, order: Order, ranges: set[Term]) -> tuple[bytes, bytes]:
    low, high = base, base + AFTER
    for term in ranges:
        start, end = term.range
        first, last = (end, start) if order.descending else (start, end)
        low = max(low, base + _edge(order, first, above=not first.inclusive))
        high = min(high, base + _edge(order, last, above=last.inclusive))
    return low, high


def _edge(order: Order, bound: Bound, *, above: bool) -> bytes:
    """A place among the sort keys: before the bound's key, or after all that begin with it."""
    key = order.component(bound.key)
    return key + AFTER if above else key
