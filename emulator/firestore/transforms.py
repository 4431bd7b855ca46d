"""Field transforms: values that the server works out from what is stored.

https://firebase.google.com/docs/reference/rest/v1/Write#FieldTransform
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.firestore.clock import to_server_time, to_timestamp
from emulator.firestore.errors import InvalidArgument
from emulator.firestore.fields import get_field, parse_field_path, set_field
from emulator.firestore.messages import Document, DocumentTransform, Value
from emulator.firestore.values import is_nan, is_number, number_of, value_key

_LARGEST, _SMALLEST = 2**63 - 1, -(2**63)
NULL = Value(null_value=0)


def apply_transforms(
    document: Document, transforms: Iterable[DocumentTransform.FieldTransform], time: int
) -> list[Value]:
    """Applies the transforms in order to `document` and returns their results. `time` is in microseconds."""
    return [_apply(document, transform, time) for transform in transforms]


def _apply(document: Document, transform: DocumentTransform.FieldTransform, time: int) -> Value:
    path = parse_field_path(transform.field_path)
    kind = transform.WhichOneof("transform_type")
    if kind == "set_to_server_value":
        if transform.set_to_server_value != 1:
            raise InvalidArgument(f"set_to_server_value of {transform.field_path} must be REQUEST_TIME.")
        stored = result = Value(timestamp_value=to_timestamp(to_server_time(time)))
    elif kind in _NUMERIC:
        operand = getattr(transform, kind)
        if not is_number(operand):
            raise InvalidArgument(f"The operand of {kind} on {transform.field_path} must be a number.")
        current = get_field(document, path)
        stored = result = _NUMERIC[kind](current, operand) if is_number(current) else operand
    elif kind in _ARRAY:
        stored = _ARRAY[kind](_elements(get_field(document, path)), getattr(transform, kind).values)
        result = NULL
    else:
        raise InvalidArgument(f"The transform of {transform.field_path} names no operation.")
    set_field(document, path, stored)
    return result


def _elements(current: Value | None) -> list[Value]:
    return [] if current is None else list(current.array_value.values)


def _increment(current: Value, operand: Value) -> Value:
    total = number_of(current) + number_of(operand)
    if isinstance(total, int):
        return Value(integer_value=max(_SMALLEST, min(_LARGEST, total)))
    return Value(double_value=total)


def _extreme(pick: Callable[[Value, Value], bool]) -> Callable[[Value, Value], Value]:
    """Keeps the stored value unless the operand beats it; NaN beats everything."""

    def choose(current: Value, operand: Value) -> Value:
        if is_nan(current) or is_nan(operand):
            return Value(double_value=float("nan"))
        return operand if pick(current, operand) else current

    return choose


def _append_missing(elements: list[Value], values: Iterable[Value]) -> Value:
    known = set(map(value_key, elements))
    for value in values:
        if value_key(value) not in known:
            known.add(value_key(value))
            elements.append(value)
    return _array(elements)


def _remove_all(elements: list[Value], values: Iterable[Value]) -> Value:
    unwanted = set(map(value_key, values))
    return _array([element for element in elements if value_key(element) not in unwanted])


def _array(elements: list[Value]) -> Value:
    array = Value()
    array.array_value.SetInParent()
    array.array_value.values.extend(elements)
    return array


_NUMERIC: dict[str, Callable[[Value, Value], Value]] = {
    "increment": _increment,
    "maximum": _extreme(lambda current, operand: value_key(operand) > value_key(current)),
    "minimum": _extreme(lambda current, operand: value_key(operand) < value_key(current)),
}
_ARRAY: dict[str, Callable[[list[Value], Iterable[Value]], Value]] = {
    "append_missing_elements": _append_missing,
    "remove_all_from_array": _remove_all,
}
