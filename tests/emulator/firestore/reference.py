"""Firestore's queries and order of values, written down as plainly as possible to judge the real ones by.

Values are Python values: None, bool, int, float, str, bytes, datetime, list and dict. A query is a list of
(field, operator, operand) joined by AND, with orders, cursors and limits; it is answered by going over
everything.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cmp_to_key
from typing import Any

from emulator.firestore.messages import Value

Fields = dict[str, Any]


def compare(a: Any, b: Any) -> int:
    """Negative, zero or positive, as `a` comes before, is equal to or comes after `b`."""
    if rank(a) != rank(b):
        return rank(a) - rank(b)
    if a is None or rank(a) == 2:
        return 0
    if isinstance(a, list):
        return compare_each(a, b)
    if isinstance(a, dict):
        pairs = (sorted(value.items(), key=lambda item: item[0].encode()) for value in (a, b))
        return compare_each(*([part for pair in flat for part in pair] for flat in pairs))
    if isinstance(a, str):
        a, b = a.encode(), b.encode()
    elif isinstance(a, (int, float)) and not isinstance(a, bool):
        a, b = exact(a), exact(b)
    return int(a > b) - int(a < b)


def compare_each(a: Sequence[Any], b: Sequence[Any]) -> int:
    for left, right in zip(a, b, strict=False):
        if found := compare(left, right):
            return found
    return len(a) - len(b)


def exact(number: float) -> Any:
    return number if math.isinf(number) else Fraction(number)


def rank(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool):
        return 1
    if isinstance(value, float) and math.isnan(value):
        return 2
    kinds: list[tuple[type, ...]] = [(int, float), (datetime,), (str,), (bytes,), (list,), (dict,)]
    return 3 + next(place for place, kind in enumerate(kinds) if isinstance(value, kind))


def matches(fields: Fields, field: str, operator: str, operand: Any) -> bool:
    if field not in fields:
        return False
    value = fields[field]
    if operator == "==":
        return compare(value, operand) == 0
    if operator == "!=":
        return value is not None and compare(value, operand) != 0
    if operator == "in":
        return any(compare(value, one) == 0 for one in operand)
    if operator == "not-in":
        return value is not None and None not in operand and all(compare(value, one) != 0 for one in operand)
    if operator == "contains":
        return isinstance(value, list) and any(compare(one, operand) == 0 for one in value)
    if operator == "contains-any":
        return isinstance(value, list) and any(compare(one, o) == 0 for one in value for o in operand)
    if rank(value) != rank(operand):
        return False
    order = compare(value, operand)
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


@dataclass(frozen=True)
class PlainQuery:
    """`conditions` are joined by AND, or by OR if `any`. `start` and `end` are (values, before)."""

    conditions: list[tuple[str, str, Any]]
    any: bool
    orders: list[tuple[str, bool]]
    start: tuple[list[Any], bool] | None
    end: tuple[list[Any], bool] | None
    offset: int
    limit: int | None

    def all_orders(self) -> list[tuple[str, bool]]:
        """The orders asked for, then the fields of inequalities by name; the document's id decides last."""
        named = [field for field, _ in self.orders]
        unequal = {
            f for f, operator, _ in self.conditions if operator in ("<", "<=", ">", ">=", "!=", "not-in")
        }
        last = self.orders[-1][1] if self.orders else False
        return self.orders + [(field, last) for field in sorted(unequal - set(named))]

    def run(self, documents: dict[str, Fields]) -> list[str]:
        """The ids of the results, in order."""
        decide = any if self.any else all
        orders = self.all_orders()
        found = [
            identity
            for identity, fields in documents.items()
            if all(field in fields for field, _ in orders)
            and (not self.conditions or decide(matches(fields, *condition) for condition in self.conditions))
        ]
        last = orders[-1][1] if orders else False

        def place(identity: str) -> list[Any]:
            return [documents[identity][field] for field, _ in orders]

        def compare_places(a: Sequence[Any], b: Sequence[Any]) -> int:
            for (_, descending), left, right in zip(orders, a, b, strict=False):
                if order := compare(left, right):
                    return -order if descending else order
            return 0

        def compare_ids(a: str, b: str) -> int:
            return compare_places(place(a), place(b)) or ((a > b) - (a < b)) * (-1 if last else 1)

        found.sort(key=cmp_to_key(compare_ids))
        if self.start:
            values, before = self.start
            found = [
                i for i in found if (order := compare_places(values, place(i))) < 0 or (before and order == 0)
            ]
        if self.end:
            values, before = self.end
            found = [
                i
                for i in found
                if (order := compare_places(place(i), values)) < 0 or (not before and order == 0)
            ]
        found = found[self.offset :]
        return found if self.limit is None else found[: self.limit]


def to_value(value: Any) -> Value:
    """The protobuf value of a Python value."""
    if value is None:
        return Value(null_value=0)
    if isinstance(value, bool):
        return Value(boolean_value=value)
    if isinstance(value, int):
        return Value(integer_value=value)
    if isinstance(value, float):
        return Value(double_value=value)
    if isinstance(value, str):
        return Value(string_value=value)
    if isinstance(value, bytes):
        return Value(bytes_value=value)
    message = Value()
    if isinstance(value, datetime):
        message.timestamp_value.FromDatetime(value)
    elif isinstance(value, list):
        message.array_value.SetInParent()
        message.array_value.values.extend(map(to_value, value))
    else:
        message.map_value.SetInParent()
        for key, inner in value.items():
            message.map_value.fields[key].CopyFrom(to_value(inner))
    return message


def to_values(values: Iterable[Any]) -> list[Value]:
    return [to_value(value) for value in values]
