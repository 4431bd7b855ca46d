"""What a list query tells of the documents that it may return, as values of the rules language.

Each answers what its constraints decide, and raises `Undetermined` for the rest. `Undetermined` behaves as
any error does: a false operand of `&&` or a true one of `||` still decides, and a condition that stays open
grants nothing. So a proof is sound: what is answered holds for every document the query can ever return.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from emulator.rules import operators
from emulator.rules.errors import EvaluationError
from emulator.rules.values import Symbol, Value, comparable, equal, identity, is_type


class PartialMap(Symbol):
    """A map some of whose fields are known, and that may have any others."""

    __slots__ = ("fields",)

    def __init__(self, name: str, fields: dict[str, Value]) -> None:
        super().__init__(name)
        self.fields = fields

    def attribute(self, name: Value) -> Value:
        if type(name) is str and name in self.fields:
            return self.fields[name]
        raise Symbol(f"{self.name}.{name}").open()

    def contains(self, item: Value) -> bool:
        if type(item) is str and item in self.fields:
            return True
        raise self.open()

    def equals(self, other: Value) -> bool:
        """Never equal to what isn't a map, nor to a map that a known field contradicts."""
        if isinstance(other, Symbol):
            raise self.open()
        if type(other) is not dict:
            return False
        for name, value in self.fields.items():
            if name not in other or not equal(value, other[name]):
                return False
        raise self.open()

    def has_type(self, type_name: str) -> bool:
        return type_name == "map"

    def call(self, method: str, arguments: list[Value]) -> Value:
        if method == "get" and len(arguments) == 2:
            return self._get(arguments[0])
        if method == "keys" and not arguments:
            return PartialList(f"{self.name}.keys()", list(self.fields))
        raise self.open()

    def _get(self, key: Value) -> Value:
        here: Value = self
        for step in key if type(key) is list else [key]:
            here = operators.attribute(here, step)
        return here


class PartialList(Symbol):
    """A list that holds these members, and maybe more."""

    __slots__ = ("members",)

    def __init__(self, name: str, members: Iterable[Value]) -> None:
        super().__init__(name)
        self.members = {identity(member) for member in members}

    def contains(self, item: Value) -> bool:
        if identity(item) in self.members:
            return True
        raise self.open()

    def equals(self, other: Value) -> bool:
        if isinstance(other, Symbol):
            raise self.open()
        if type(other) is not list or not self.members <= {identity(item) for item in other}:
            return False
        raise self.open()

    def has_type(self, type_name: str) -> bool:
        return type_name == "list"

    def call(self, method: str, arguments: list[Value]) -> Value:
        if method in ("hasAll", "hasAny", "hasOnly") and len(arguments) == 1 and type(arguments[0]) is list:
            given = {identity(item) for item in arguments[0]}
            if method == "hasAll" and given <= self.members:
                return True
            if method == "hasAny" and given & self.members:
                return True
            if method == "hasOnly" and not self.members <= given:
                return False
        raise self.open()


_ORDER = {"<": ("<", "<="), "<=": ("<", "<="), ">": (">", ">="), ">=": (">", ">=")}


@dataclass(slots=True)
class Bounds:
    """What inequality filters say of one field. All bounds are of one type; the field exists."""

    limits: list[tuple[str, Value]] = field(default_factory=list)
    """Pairs such as (">=", 3)."""
    excluded: list[Value] = field(default_factory=list)


class BoundedValue(Symbol):
    """A field that inequality filters speak of."""

    __slots__ = ("_bounds",)

    def __init__(self, name: str, bounds: Bounds) -> None:
        super().__init__(name)
        self._bounds = bounds

    def equals(self, other: Value) -> bool:
        """Never equal to what is excluded or out of bounds."""
        if isinstance(other, Symbol):
            raise self.open()
        if any(equal(other, value) for value in self._bounds.excluded):
            return False
        for sign, limit in self._bounds.limits:
            if not comparable(other, limit) or not operators.compare(sign, other, limit):
                return False
        raise self.open()

    def compares(self, operator: str, other: Value) -> bool:
        if isinstance(other, Symbol):
            raise self.open()
        for sign, limit in self._bounds.limits:
            if not comparable(limit, other):
                raise EvaluationError(f"{self.name} is of another type than what it is compared with.")
            if sign in _ORDER[operator] and self._implies(sign, limit, operator, other):
                return True
            opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}[operator]
            if sign in _ORDER[opposite] and self._implies(sign, limit, opposite, other):
                return False
        raise self.open()

    @staticmethod
    def _implies(sign: str, limit: Value, operator: str, other: Value) -> bool:
        """Whether `x sign limit` makes `x operator other` true; both point the same way."""
        strict = operator in ("<", ">") and sign in ("<=", ">=")
        direction = operator[0]
        return operators.compare(direction if strict else direction + "=", limit, other)

    def has_type(self, type_name: str) -> bool:
        if not self._bounds.limits:
            if type_name == "null" and any(value is None for value in self._bounds.excluded):
                return False
            raise self.open()
        limit = self._bounds.limits[0][1]
        if type(limit) in (int, float) and type_name in ("int", "float"):
            raise self.open()
        return is_type(limit, type_name)
