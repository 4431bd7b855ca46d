"""The types of the rules language, and what equality and order mean between them.

null, bool, int, float, string, bytes, list and map are Python's own None, bool, int, float, str, bytes, list
and dict; the others are the classes below. Whoever hands values in promises to change them no more.

A `Symbol` stands for a value of which a list query tells only a part; see `symbols.py`. Every operation here
either decides from that part or raises `Undetermined`: it never guesses.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from emulator.rules.errors import Undetermined

Value = Any
"""Any value of the language."""

NANOS: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Symbol:
    """A value that is known only in part. The base knows nothing at all."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
        """What the rules call it, for the reason of a denial."""

    def open(self) -> Undetermined:
        return Undetermined(f"The query's constraints do not determine {self.name}.")

    def equals(self, other: Value) -> bool:
        raise self.open()

    def compares(self, operator: str, other: Value) -> bool:
        """`self operator other`, for one of < <= > >=."""
        raise self.open()

    def contains(self, item: Value) -> bool:
        raise self.open()

    def attribute(self, name: Value) -> Value:
        raise self.open()

    def call(self, method: str, arguments: list[Value]) -> Value:
        raise self.open()

    def has_type(self, type_name: str) -> bool:
        raise self.open()


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    nanos: int


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """An instant in UTC, in nanoseconds since 1970."""

    nanos: int

    @classmethod
    def of(cls, moment: datetime) -> Timestamp:
        """`moment` must know its time zone."""
        return cls((moment - _EPOCH) // timedelta(microseconds=1) * 1000)

    def to_datetime(self) -> datetime:
        """To the microsecond, which is all that datetime holds."""
        return _EPOCH + timedelta(microseconds=self.nanos // 1000)


@dataclass(frozen=True, slots=True)
class LatLng:
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Path:
    segments: tuple[Value, ...]
    """Strings; in a list query a segment may be a Symbol."""

    def __str__(self) -> str:
        return "/" + "/".join(str(segment) for segment in self.segments)


class RulesSet:
    """An unordered set; members of any type, those that are equal only once."""

    __slots__ = ("members",)

    def __init__(self, items: Iterable[Value]) -> None:
        self.members: dict[Hashable, Value] = {identity(item): item for item in items}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RulesSet) and self.members.keys() == other.members.keys()

    def __hash__(self) -> int:
        return hash(frozenset(self.members))


@dataclass(frozen=True, slots=True)
class MapDiff:
    """What `after.diff(before)` gives: the keys, by what happened to them."""

    added: frozenset[str]
    removed: frozenset[str]
    changed: frozenset[str]
    unchanged: frozenset[str]


TYPE_NAMES: Final[dict[str, tuple[type, ...]]] = {
    "bool": (bool,),
    "bytes": (bytes,),
    "duration": (Duration,),
    "float": (float,),
    "int": (int,),
    "latlng": (LatLng,),
    "list": (list,),
    "map": (dict,),
    "map_diff": (MapDiff,),
    "null": (type(None),),
    "number": (int, float),
    "path": (Path,),
    "set": (RulesSet,),
    "string": (str,),
    "timestamp": (Timestamp,),
}
"""What may stand after `is`. Compare exact types: a Python bool is an int, a rules bool is not."""

_NAME_OF: Final = {kinds[0]: name for name, kinds in TYPE_NAMES.items() if name != "number"}


def type_name(value: Value) -> str:
    if isinstance(value, Symbol):
        raise value.open()
    return _NAME_OF.get(type(value), type(value).__name__)


def is_type(value: Value, name: str) -> bool:
    if isinstance(value, Symbol):
        return value.has_type(name)
    return type(value) in TYPE_NAMES[name]


def identity(value: Value) -> Hashable:
    """A hashable stand-in: two values have the same one exactly when the language calls them equal."""
    kind = type(value)
    if kind is str or kind is int or kind is float or value is None:
        return value  # type: ignore[no-any-return]
    if kind is bool or kind is bytes:
        return (kind, value)
    if kind is list:
        return (list, tuple(identity(item) for item in value))
    if kind is dict:
        return (dict, frozenset((key, identity(item)) for key, item in value.items()))
    if isinstance(value, Symbol):
        raise value.open()
    if kind is Path:
        return (Path, tuple(identity(segment) for segment in value.segments))
    return (kind, value)


def equal(left: Value, right: Value) -> bool:
    """`==`: never an error between types that merely differ; 1 equals 1.0, and NaN nothing."""
    kind = type(left)
    if kind is type(right) and (kind is str or kind is int or kind is bool or kind is float):
        return bool(left == right)
    if isinstance(left, Symbol):
        return left.equals(right)
    if isinstance(right, Symbol):
        return right.equals(left)
    if kind is list and type(right) is list:
        return len(left) == len(right) and _all_equal(zip(left, right, strict=True))
    if kind is dict and type(right) is dict:
        return left.keys() == right.keys() and _all_equal((left[key], right[key]) for key in left)
    if kind is Path and type(right) is Path:
        return equal(list(left.segments), list(right.segments))
    numbers = (int, float)
    if kind in numbers and type(right) in numbers:
        return bool(left == right)
    return kind is type(right) and bool(left == right)


def _all_equal(pairs: Iterable[tuple[Value, Value]]) -> bool:
    """One pair that differs settles it, whatever is open about the others."""
    undetermined: Undetermined | None = None
    for left, right in pairs:
        try:
            if not equal(left, right):
                return False
        except Undetermined as error:
            undetermined = error
    if undetermined:
        raise undetermined
    return True


def comparable(left: Value, right: Value) -> bool:
    """Whether order means anything between the two."""
    kind, other = type(left), type(right)
    if kind in (int, float):
        return other in (int, float)
    return kind is other and kind in (str, bytes, Timestamp, Duration)
