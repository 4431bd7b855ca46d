"""A structured query, understood: where it looks, what it accepts, and how its results are ordered.

Orders are normalised so that `__name__` comes last and ascends; a query that ends in a descending name is the
same query read backwards. One byte string, the sort key, then stands for a document's place in the results.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.firestore.errors import InvalidArgument, Unimplemented
from emulator.firestore.fields import NAME, get_field, parse_field_path, project
from emulator.firestore.filters import INEQUALITIES, Node, name_operand_key, parse_filter, terms
from emulator.firestore.messages import Document, StructuredQuery, Value
from emulator.firestore.names import AFTER, END, check_parent, collection_path, path_key, pattern
from emulator.firestore.values import invert, value_key

_DESCENDING = 2


@dataclass(frozen=True)
class Order:
    """One field of the sort key."""

    field: str
    descending: bool

    def component(self, key: bytes) -> bytes:
        """A value's key as it stands in the sort key."""
        return invert(key) if self.descending else key


@dataclass(frozen=True)
class Query:
    """A query with its parent.

    collection: the collection's id, "" for any. group: also in deeper collections of that id.
    orders: normalised, the last one is the ascending name. backwards: results run from the highest key down.
    lower, upper: the sort keys that cursors let through, lower <= key < upper.
    """

    parent: str
    collection: str
    group: bool
    where: Node
    orders: tuple[Order, ...]
    backwards: bool
    lower: bytes
    upper: bytes
    offset: int
    limit: int | None
    shown: tuple[str, ...] | None

    @classmethod
    def parse(cls, parent: str, message: StructuredQuery) -> Query:
        """Raises InvalidArgument naming what is wrong, for instance a cursor longer than the orders."""
        check_parent(parent)
        _refuse_unsupported(message)
        source = message.from_
        where = parse_filter(message.where)
        orders, backwards = _normalised_orders(message, where)
        lower, upper = _cursor_bounds(message, orders, backwards)
        if message.offset < 0 or message.limit.value < 0:
            raise InvalidArgument("offset and limit must not be negative.")
        return cls(
            parent=parent,
            collection=source[0].collection_id if source else "",
            group=source[0].all_descendants if source else True,
            where=where,
            orders=orders,
            backwards=backwards,
            lower=lower,
            upper=upper,
            offset=message.offset,
            limit=message.limit.value if message.HasField("limit") else None,
            shown=_shown(message),
        )

    @property
    def pattern(self) -> str:
        """The collections it looks at, for the meter: `queue`, `queue/*/live`, or `**/live` for a group."""
        return f"**/{self.collection or '*'}" if self.group else pattern(f"{self.parent}/{self.collection}")

    def covers(self, name: str) -> bool:
        """Whether the document lies where the query looks."""
        collection = collection_path(name)
        parent, _, identity = collection.rpartition("/")
        if not self.group:
            return parent == self.parent and identity == self.collection
        inside = parent == self.parent or parent.startswith(self.parent + "/")
        return inside and self.collection in ("", identity)

    def sort_key(self, document: Document) -> bytes | None:
        """The document's place, or None when it lacks a field of the order and so is no result."""
        parts = []
        for order in self.orders[:-1]:
            value = get_field(document, parse_field_path(order.field))
            if value is None:
                return None
            parts.append(order.component(value_key(value)))
        return b"".join((*parts, path_key(document.name), END))

    def matches(self, document: Document) -> bytes | None:
        """The sort key of a document in the query's collection that is a result (limits aside), else None."""
        if not self.where.matches(document):
            return None
        key = self.sort_key(document)
        return key if key is not None and self.lower <= key < self.upper else None

    def show(self, document: Document) -> Document:
        """The document as the projection shows it."""
        return document if self.shown is None else project(document, self.shown)


def _refuse_unsupported(message: StructuredQuery) -> None:
    if message.HasField("find_nearest"):
        raise Unimplemented("find_nearest (vector search) is not supported.")
    source = message.from_
    if len(source) > 1:
        raise InvalidArgument(f"A query has at most one collection selector, not {len(source)}.")
    if source and not source[0].collection_id and not source[0].all_descendants:
        raise InvalidArgument("A collection selector without a collection_id needs all_descendants.")


def _shown(message: StructuredQuery) -> tuple[str, ...] | None:
    if not message.HasField("select"):
        return None
    paths = tuple(field.field_path for field in message.select.fields)
    for path in paths:
        parse_field_path(path)
    return paths


def _normalised_orders(message: StructuredQuery, where: Node) -> tuple[tuple[Order, ...], bool]:
    """The orders asked for, then the fields of inequalities that aren't among them, then the name."""
    orders: list[Order] = []
    for order in message.order_by:
        parse_field_path(order.field.field_path)
        orders.append(Order(order.field.field_path, order.direction == _DESCENDING))
    last = orders[-1].descending if orders else False
    named = {order.field for order in orders}
    unequal = {term.field for term in terms(where) if term.operator in INEQUALITIES}
    orders += [Order(field, last) for field in sorted(unequal - named - {NAME}, key=parse_field_path)]
    fields = [order.field for order in orders]
    if NAME in fields:
        orders = orders[: fields.index(NAME) + 1]
    else:
        orders.append(Order(NAME, last))
    backwards = orders[-1].descending
    return tuple(Order(order.field, order.descending != backwards) for order in orders), backwards


def _cursor_bounds(
    message: StructuredQuery, orders: tuple[Order, ...], backwards: bool
) -> tuple[bytes, bytes]:
    lower, upper = b"", AFTER
    if message.HasField("start_at"):
        key, before = _cursor_key(message.start_at, orders), message.start_at.before
        if backwards:
            upper = key + AFTER if before else key
        else:
            lower = key if before else key + AFTER
    if message.HasField("end_at"):
        key, before = _cursor_key(message.end_at, orders), message.end_at.before
        if backwards:
            lower = key + AFTER if before else key
        else:
            upper = key if before else key + AFTER
    return lower, upper


def _cursor_key(cursor: StructuredQuery.Cursor, orders: tuple[Order, ...]) -> bytes:
    if len(cursor.values) > len(orders):
        raise InvalidArgument(
            f"Cursor has too many values: {len(cursor.values)} for the {len(orders)} fields of the order."
        )
    return b"".join(
        order.component(_operand_key(order.field, value))
        for order, value in zip(orders, cursor.values, strict=False)
    )


def _operand_key(field: str, value: Value) -> bytes:
    return name_operand_key(value) if field == NAME else value_key(value)
