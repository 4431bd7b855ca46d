"""`list`: proved from the query's own constraints, as production does, or refused. No document is looked at.

https://firebase.google.com/docs/firestore/security/rules-query: rules are not filters. A query is split into
cases (one for each alternative of `or`, `in` and `array-contains-any`); each case fixes what it can of
`resource`, and the rules must allow every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Final

from emulator.rules.errors import LimitExceeded
from emulator.rules.symbols import BoundedValue, Bounds, PartialList, PartialMap
from emulator.rules.values import Path, Symbol, Value

MAX_CASES: Final = 100
"""Production refuses a query of more than 30 alternatives."""
DOCUMENT_ID: Final = ("__name__",)


class Operator(StrEnum):
    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    IN = "in"
    NOT_IN = "not-in"
    ARRAY_CONTAINS = "array-contains"
    ARRAY_CONTAINS_ANY = "array-contains-any"


@dataclass(frozen=True, slots=True)
class Filter:
    """`where(field, operator, value)`; `field` is a path of names. `in` and its kin take a list."""

    field: tuple[str, ...]
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Constraint, ...]


Constraint = Filter | All | Any


@dataclass(frozen=True, slots=True)
class Query:
    """What the rules can know of a query."""

    parent: tuple[str, ...]
    """Segments of the document (or the root) that it runs below, from `databases` on."""
    collection: str | None
    """None: every collection."""
    all_descendants: bool = False
    """A collection group."""
    where: Constraint = field(default_factory=lambda: All(()))
    limit: int | None = None
    offset: int | None = None
    order_by: tuple[tuple[str, str], ...] = ()
    """Pairs of field path and ASC or DESC."""

    def as_value(self) -> dict[str, Value]:
        """`request.query`."""
        order = ", ".join(f"{name} {direction}" for name, direction in self.order_by)
        return {"limit": self.limit, "offset": self.offset, "orderBy": order or None}


@dataclass(frozen=True, slots=True)
class Case:
    """One alternative: the path of the documents it returns, and the `resource` they have in common."""

    path: Path
    resource: dict[str, Value]


class AnyDepth(Symbol):
    """Stands in a path for any number of segments, none included: the ancestors in a collection group."""

    __slots__ = ()


def cases(query: Query) -> Iterator[Case]:
    """Raises `LimitExceeded` for a query of more alternatives than production takes."""
    for filters in _alternatives(query.where):
        known = _Knowledge(filters)
        name = known.document_path()
        yield Case(name or _path_pattern(query), known.resource(name))


def _path_pattern(query: Query) -> Path:
    segments: list[Value] = list(query.parent)
    if query.all_descendants:
        segments.append(AnyDepth("the document's path"))
    segments.append(query.collection if query.collection is not None else Symbol("the collection"))
    segments.append(Symbol("the document's id"))
    return Path(tuple(segments))


def _alternatives(constraint: Constraint) -> list[tuple[Filter, ...]]:
    """Disjunctive normal form."""
    found: list[tuple[Filter, ...]]
    match constraint:
        case Filter(name, Operator.IN, values):
            found = [(Filter(name, Operator.EQUAL, value),) for value in values]
        case Filter(name, Operator.ARRAY_CONTAINS_ANY, values):
            found = [(Filter(name, Operator.ARRAY_CONTAINS, value),) for value in values]
        case Filter():
            found = [(constraint,)]
        case Any(parts):
            found = [filters for part in parts for filters in _alternatives(part)]
        case All(parts):
            found = [()]
            for part in parts:
                options = _alternatives(part)
                _check_size(len(found) * len(options))
                found = [left + right for left, right in product(found, options)]
    _check_size(len(found))
    return found


def _check_size(count: int) -> None:
    if count > MAX_CASES:
        raise LimitExceeded(f"The query has more than {MAX_CASES} alternatives.")


class _Knowledge:
    """What the filters of one case say together."""

    def __init__(self, filters: tuple[Filter, ...]) -> None:
        self._equal: dict[tuple[str, ...], Value] = {}
        self._bounds: dict[tuple[str, ...], Bounds] = {}
        self._members: dict[tuple[str, ...], list[Value]] = {}
        for each in filters:
            self._learn(each)

    def _learn(self, filter_: Filter) -> None:
        name, value = filter_.field, filter_.value
        match filter_.operator:
            case Operator.EQUAL:
                self._equal[name] = value
            case Operator.NOT_EQUAL:
                self._bounds.setdefault(name, Bounds()).excluded += [value, None]
            case Operator.NOT_IN:
                self._bounds.setdefault(name, Bounds()).excluded += [*value, None]
            case Operator.ARRAY_CONTAINS:
                self._members.setdefault(name, []).append(value)
            case _:
                self._bounds.setdefault(name, Bounds()).limits.append((filter_.operator.value, value))

    def document_path(self) -> Path | None:
        path = self._equal.get(DOCUMENT_ID)
        return path if isinstance(path, Path) else None

    def resource(self, name: Path | None) -> dict[str, Value]:
        return {
            "data": self._data(),
            "id": name.segments[-1] if name else Symbol("resource.id"),
            "__name__": name or Symbol("resource.__name__"),
        }

    def _data(self) -> PartialMap:
        root = PartialMap("resource.data", {})
        leaves: dict[tuple[str, ...], Value] = {
            **{path: BoundedValue(_shown(path), bounds) for path, bounds in self._bounds.items()},
            **{path: PartialList(_shown(path), members) for path, members in self._members.items()},
            **self._equal,
        }
        for path in sorted(leaves.keys() - {DOCUMENT_ID}, key=len):
            _plant(root, path, leaves[path])
        return root


def _plant(root: PartialMap, path: tuple[str, ...], leaf: Value) -> None:
    """Shorter paths come first, so a map known as a whole keeps what is said of its parts."""
    here = root
    for depth, name in enumerate(path[:-1]):
        below = here.fields.setdefault(name, PartialMap(_shown(path[: depth + 1]), {}))
        if not isinstance(below, PartialMap):
            return
        here = below
    here.fields.setdefault(path[-1], leaf)


def _shown(path: tuple[str, ...]) -> str:
    return ".".join(("resource.data", *path))
