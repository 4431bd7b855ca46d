"""What the operators do between two values."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Final, NoReturn

from emulator.rules.errors import EvaluationError, unknown_property, unsupported
from emulator.rules.values import (
    Duration,
    Path,
    RulesSet,
    Symbol,
    Timestamp,
    Value,
    comparable,
    equal,
    identity,
    type_name,
)

MAX_SIZE: Final = 2**20
"""Characters of a string, or items of a list, that an expression may build: a document holds no more."""
_MIN_INT: Final = -(2**63)
_MAX_INT: Final = 2**63 - 1
_ORDER: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NUMBERS: Final = (int, float)


def as_bool(value: Value) -> bool:
    """Conditions are booleans and nothing else."""
    if value is True or value is False:
        return bool(value)
    raise unsupported(type_name(value), "bool")


def compare(sign: str, left: Value, right: Value) -> bool:
    if isinstance(left, Symbol):
        return left.compares(sign, right)
    if isinstance(right, Symbol):
        return right.compares(_MIRRORED[sign], left)
    if not comparable(left, right):
        raise unsupported(f"{type_name(left)} {sign} {type_name(right)}", "two values of one ordered type")
    return _ORDER[sign](left, right)


def contains(item: Value, container: Value) -> bool:
    """`item in container`: a member of a list or a set, a key of a map."""
    kind = type(container)
    if kind is list:
        if isinstance(item, str) and item in container:
            return True
        return _any_equal(item, container)
    if kind is dict:
        if isinstance(item, Symbol):
            raise item.open()
        return isinstance(item, str) and item in container
    if kind is RulesSet:
        return identity(item) in container.members
    if isinstance(container, Symbol):
        return container.contains(item)
    raise unsupported(f"{type_name(item)} in {type_name(container)}", "in a list, a map or a set")


def _any_equal(item: Value, items: list[Value]) -> bool:
    """One equal member settles it, whatever is open about the others."""
    undetermined: EvaluationError | None = None
    for other in items:
        try:
            if equal(item, other):
                return True
        except EvaluationError as error:
            undetermined = error
    if undetermined:
        raise undetermined
    return False


def whole(value: int) -> int:
    """An int of the language has 64 bits."""
    if _MIN_INT <= value <= _MAX_INT:
        return value
    raise EvaluationError("Integer overflow.")


def add(left: Value, right: Value) -> Value:
    kinds = (type(left), type(right))
    if kinds == (int, int):
        return whole(left + right)
    if kinds == (str, str):
        return left + right if len(left) + len(right) <= MAX_SIZE else _too_large()
    if kinds[0] in _NUMBERS and kinds[1] in _NUMBERS:
        return float(left + right)
    if kinds in ((Timestamp, Duration), (Duration, Duration)):
        return kinds[0](left.nanos + right.nanos)
    if kinds == (Duration, Timestamp):
        return Timestamp(left.nanos + right.nanos)
    raise unsupported(f"{type_name(left)} + {type_name(right)}", "numbers, strings, or times and durations")


def _too_large() -> NoReturn:
    raise EvaluationError(f"The value would hold more than {MAX_SIZE} characters or items.")


def concat(left: list[Value], right: list[Value]) -> list[Value]:
    return left + right if len(left) + len(right) <= MAX_SIZE else _too_large()


def subtract(left: Value, right: Value) -> Value:
    kinds = (type(left), type(right))
    if kinds == (int, int):
        return whole(left - right)
    if kinds[0] in _NUMBERS and kinds[1] in _NUMBERS:
        return float(left - right)
    if kinds in ((Timestamp, Duration), (Duration, Duration)):
        return kinds[0](left.nanos - right.nanos)
    if kinds == (Timestamp, Timestamp):
        return Duration(left.nanos - right.nanos)
    raise unsupported(f"{type_name(left)} - {type_name(right)}", "numbers, or times and durations")


def multiply(left: Value, right: Value) -> Value:
    _numbers("*", left, right)
    return whole(left * right) if type(left) is int and type(right) is int else float(left * right)


def divide(left: Value, right: Value) -> Value:
    """Between ints the quotient is cut towards zero."""
    _numbers("/", left, right)
    if right == 0:
        raise EvaluationError("Divide by zero error.")
    if type(left) is int and type(right) is int:
        quotient = abs(left) // abs(right)
        return whole(quotient if (left < 0) == (right < 0) else -quotient)
    return float(left / right)


def modulo(left: Value, right: Value) -> Value:
    """Takes the sign of the dividend."""
    _numbers("%", left, right)
    if right == 0:
        raise EvaluationError("Divide by zero error.")
    if type(left) is int and type(right) is int:
        return abs(left) % abs(right) * (-1 if left < 0 else 1)
    try:
        return math.fmod(left, right)
    except ValueError:
        return math.nan


def _numbers(sign: str, left: Value, right: Value) -> None:
    if type(left) not in _NUMBERS or type(right) not in _NUMBERS:
        raise unsupported(f"{type_name(left)} {sign} {type_name(right)}", "two numbers")


def minus(value: Value) -> Value:
    if type(value) is int:
        return whole(-value)
    if type(value) is float:
        return -value
    if type(value) is Duration:
        return Duration(-value.nanos)
    raise unsupported(f"-{type_name(value)}", "a number or a duration")


def attribute(target: Value, name: Value) -> Value:
    """`target.name` and `target['name']`."""
    if type(target) is dict:
        if isinstance(name, Symbol):
            raise name.open()
        if name in target:
            return target[name]
        raise unknown_property(name)
    if target is None:
        raise EvaluationError("Null value error.")
    if isinstance(target, Symbol):
        return target.attribute(name)
    raise unknown_property(name)


def subscript(target: Value, key: Value) -> Value:
    """`target[key]`: a key of a map; a place in a list, a string or a path."""
    kind = type(target)
    if kind is dict or target is None or isinstance(target, Symbol):
        if type(key) is not str:
            raise unsupported(f"{type_name(target)}[{type_name(key)}]", "map[string]")
        return attribute(target, key)
    if kind in (list, str, Path) and type(key) is int:
        items = target.segments if kind is Path else target
        if 0 <= key < len(items):
            return items[key]
        raise _out_of_bounds(key, len(items))
    raise unsupported(
        f"{type_name(target)}[{type_name(key)}]", "map[string], list[int], string[int] or path[int]"
    )


def cut(target: Value, start: Value, stop: Value) -> Value:
    """`target[start:stop]`; unlike Python's, bounds beyond the end are an error."""
    if type(target) not in (list, str) or type(start) is not int or type(stop) is not int:
        received = f"{type_name(target)}[{type_name(start)}:{type_name(stop)}]"
        raise unsupported(received, "list[int:int] or string[int:int]")
    for bound in (start, stop):
        if not 0 <= bound <= len(target):
            raise _out_of_bounds(bound, len(target))
    if start > stop:
        raise _out_of_bounds(start, len(target))
    return target[start:stop]


def _out_of_bounds(index: int, size: int) -> EvaluationError:
    return EvaluationError(f"Index out of bound error. Index: [{index}] , size: [{size}].")


BINARY: Final[dict[str, Callable[[Value, Value], Value]]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
}
