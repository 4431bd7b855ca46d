"""The `where` of a query: a tree of terms, tested against documents and split for the planner.

Firestore compares within one type: `x < 5` finds numbers only. A field that a document lacks matches nothing,
not even `!=`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from emulator.firestore.errors import InvalidArgument
from emulator.firestore.fields import NAME, FieldPath, get_field, parse_field_path
from emulator.firestore.messages import Document, StructuredQuery, Value
from emulator.firestore.names import AFTER, END, path_key
from emulator.firestore.values import NAN_KEY, NULL_KEY, value_key

MAX_DISJUNCTIONS = 30
_FIELD_OPERATORS = {
    "LESS_THAN": "<",
    "LESS_THAN_OR_EQUAL": "<=",
    "GREATER_THAN": ">",
    "GREATER_THAN_OR_EQUAL": ">=",
    "EQUAL": "==",
    "NOT_EQUAL": "!=",
    "ARRAY_CONTAINS": "contains",
    "IN": "in",
    "ARRAY_CONTAINS_ANY": "contains-any",
    "NOT_IN": "not-in",
}
_UNARY_OPERATORS = {
    "IS_NULL": ("==", NULL_KEY),
    "IS_NAN": ("==", NAN_KEY),
    "IS_NOT_NULL": ("!=", NULL_KEY),
    "IS_NOT_NAN": ("!=", NAN_KEY),
}
RANGES = frozenset(["<", "<=", ">", ">="])
INEQUALITIES = RANGES | {"!=", "not-in"}
_LISTS = frozenset(["in", "not-in", "contains-any"])


@dataclass(frozen=True)
class Bound:
    """One end of a range of keys. Inclusive, it takes in every key that begins with `key`."""

    key: bytes
    inclusive: bool


@dataclass(frozen=True)
class Term:
    """One comparison of a field. `keys` are the keys of its operand: one, or those of a list."""

    field: str
    operator: str
    keys: tuple[bytes, ...]

    @cached_property
    def path(self) -> FieldPath:
        return parse_field_path(self.field)

    @cached_property
    def range(self) -> tuple[Bound, Bound]:
        """The lower and upper ends of what a `<`, `<=`, `>` or `>=` accepts: a stretch of one type's keys."""
        key = self.keys[0]
        if self.operator in ("<", "<="):
            start = b"" if self.field == NAME else key[:1]
            return Bound(start, True), Bound(key, self.operator == "<=")
        end = AFTER if self.field == NAME else bytes([key[0] + 1])
        return Bound(key, self.operator == ">="), Bound(end, False)

    def matches(self, document: Document) -> bool:
        if self.field == NAME:
            return self._accepts(path_key(document.name) + END)
        value = get_field(document, self.path)
        if value is None:
            return False
        if self.operator in ("contains", "contains-any"):
            return any(value_key(element) in self.keys for element in value.array_value.values)
        return self._accepts(value_key(value))

    def _accepts(self, key: bytes) -> bool:
        if self.operator in ("==", "in"):
            return key in self.keys
        if self.operator in ("!=", "not-in"):
            return key != NULL_KEY and key not in self.keys and not self._excludes_all
        low, high = self.range
        above = key >= low.key if low.inclusive else key > low.key
        return above and (key <= high.key if high.inclusive else key < high.key)

    @property
    def _excludes_all(self) -> bool:
        return self.operator == "not-in" and NULL_KEY in self.keys

    def alternatives(self) -> list[Term]:
        """The same as terms that an index serves: each value of a list on its own."""
        single = {"in": "==", "contains-any": "contains"}.get(self.operator)
        if single is None:
            return [self]
        return [Term(self.field, single, (key,)) for key in dict.fromkeys(self.keys)]


@dataclass(frozen=True)
class Composite:
    """AND or OR of other nodes."""

    parts: tuple[Node, ...]
    any: bool

    def matches(self, document: Document) -> bool:
        decide = any if self.any else all
        return decide(part.matches(document) for part in self.parts)


Node = Term | Composite
EVERYTHING = Composite((), any=False)


def parse_filter(where: StructuredQuery.Filter) -> Node:
    """The tree of a protobuf filter. Raises InvalidArgument naming what is wrong with it."""
    kind = where.WhichOneof("filter_type")
    if kind is None:
        return EVERYTHING
    if kind == "composite_filter":
        return _parse_composite(where.composite_filter)
    if kind == "unary_filter":
        name = _enum_name(where.unary_filter, "op")
        if name not in _UNARY_OPERATORS:
            raise InvalidArgument(f"unary_filter.op {name} is not one of {', '.join(_UNARY_OPERATORS)}.")
        operator, key = _UNARY_OPERATORS[name]
        return Term(_checked_field(where.unary_filter.field.field_path), operator, (key,))
    return _parse_field_filter(where.field_filter)


def _parse_composite(composite: StructuredQuery.CompositeFilter) -> Node:
    operator = _enum_name(composite, "op")
    if operator not in ("AND", "OR"):
        raise InvalidArgument(f"composite_filter.op {operator} is neither AND nor OR.")
    if not composite.filters:
        raise InvalidArgument("composite_filter.filters is empty; it takes at least one filter.")
    parts = tuple(map(parse_filter, composite.filters))
    return parts[0] if len(parts) == 1 else Composite(parts, any=operator == "OR")


def _parse_field_filter(field_filter: StructuredQuery.FieldFilter) -> Term:
    name = _enum_name(field_filter, "op")
    if name not in _FIELD_OPERATORS:
        raise InvalidArgument(f"field_filter.op {name} is not one of {', '.join(_FIELD_OPERATORS)}.")
    field, operator = _checked_field(field_filter.field.field_path), _FIELD_OPERATORS[name]
    encode: Callable[[Value], bytes] = name_operand_key if field == NAME else value_key
    if operator not in _LISTS:
        return Term(field, operator, (encode(field_filter.value),))
    values = field_filter.value.array_value.values
    if not values:
        raise InvalidArgument(f"'{name}' filters on {field} require a non-empty array.")
    if operator == "not-in" and len(values) > 10:
        raise InvalidArgument(f"'NOT_IN' supports up to 10 comparison values, not {len(values)}.")
    return Term(field, operator, tuple(map(encode, values)))


def _checked_field(text: str) -> str:
    parse_field_path(text)
    return text


def _enum_name(message: StructuredQuery.Filter, field: str) -> str:
    number = getattr(message, field)
    values = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number
    return str(values[number].name) if number in values else str(number)


def name_operand_key(value: Value) -> bytes:
    """The key of what `__name__` is compared with."""
    if value.WhichOneof("value_type") != "reference_value":
        raise InvalidArgument("__key__ filter value must be a Key: a reference_value naming a document.")
    return path_key(value.reference_value) + END


def terms(node: Node) -> Iterator[Term]:
    """Every term of the tree."""
    if isinstance(node, Term):
        yield node
    else:
        for part in node.parts:
            yield from terms(part)


def disjunctions(node: Node) -> list[tuple[Term, ...]]:
    """The tree as an OR of ANDs of terms. Raises InvalidArgument beyond 30, as Firestore does."""
    if isinstance(node, Term):
        found: list[tuple[Term, ...]] = [(term,) for term in node.alternatives()]
    elif node.any:
        found = [conjunction for part in node.parts for conjunction in disjunctions(part)]
    else:
        choices = [disjunctions(part) for part in node.parts]
        count = 1
        for choice in choices:
            count *= len(choice)
        _check_count(count)
        found = [tuple(term for part in chosen for term in part) for chosen in product(*choices)]
    _check_count(len(found))
    return found


def _check_count(count: int) -> None:
    if count > MAX_DISJUNCTIONS:
        raise InvalidArgument(
            f"Given query has {count} disjunctions after normalization; "
            f"at most {MAX_DISJUNCTIONS} are supported."
        )
