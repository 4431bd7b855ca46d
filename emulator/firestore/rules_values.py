"""Protobuf → what security rules see: values, documents, and the constraints of a query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from emulator.firestore.fields import parse_field_path
from emulator.firestore.messages import Document, StructuredQuery, Value
from emulator.rules import lists
from emulator.rules.lists import Constraint, Filter, Operator
from emulator.rules.values import NANOS, LatLng, Path, Timestamp

_NAN: Final = float("nan")
_FIELD_OPERATORS: Final = {
    "LESS_THAN": Operator.LESS,
    "LESS_THAN_OR_EQUAL": Operator.LESS_OR_EQUAL,
    "GREATER_THAN": Operator.GREATER,
    "GREATER_THAN_OR_EQUAL": Operator.GREATER_OR_EQUAL,
    "EQUAL": Operator.EQUAL,
    "NOT_EQUAL": Operator.NOT_EQUAL,
    "ARRAY_CONTAINS": Operator.ARRAY_CONTAINS,
    "IN": Operator.IN,
    "ARRAY_CONTAINS_ANY": Operator.ARRAY_CONTAINS_ANY,
    "NOT_IN": Operator.NOT_IN,
}
_UNARY_OPERATORS: Final = {
    "IS_NULL": (Operator.EQUAL, None),
    "IS_NAN": (Operator.EQUAL, _NAN),
    "IS_NOT_NULL": (Operator.NOT_EQUAL, None),
    "IS_NOT_NAN": (Operator.NOT_EQUAL, _NAN),
}


def path_of(name: str) -> Path:
    """`projects/p/databases/d/documents/…` as rules write it: from `databases` on."""
    return Path(tuple(name.split("/")[2:]))


def rules_value(value: Value) -> Any:
    """A protobuf value as a value of the rules language."""
    return _CONVERTERS[value.WhichOneof("value_type") or "null_value"](value)


def rules_document(document: Document | None) -> dict[str, Any] | None:
    """A document as the map behind `resource`: its `data`, `id` and `__name__`."""
    if document is None:
        return None
    path = path_of(document.name)
    return {"data": _fields(document.fields), "id": path.segments[-1], "__name__": path}


def rules_query(parent: str, query: StructuredQuery) -> lists.Query:
    """The constraints of a query that runs below `parent`."""
    selectors = list(query.from_)
    selector = selectors[0] if selectors else None
    return lists.Query(
        parent=path_of(parent).segments,
        collection=(selector.collection_id or None) if selector else None,
        all_descendants=bool(selector and selector.all_descendants),
        where=_constraint(query.where),
        limit=query.limit.value if query.HasField("limit") else None,
        offset=query.offset or None,
        order_by=tuple((order.field.field_path, _direction(order)) for order in query.order_by),
    )


def _fields(fields: Any) -> dict[str, Any]:
    return {name: rules_value(value) for name, value in fields.items()}


_CONVERTERS: Final[dict[str, Callable[[Value], Any]]] = {
    "null_value": lambda value: None,
    "boolean_value": lambda value: value.boolean_value,
    "integer_value": lambda value: value.integer_value,
    "double_value": lambda value: value.double_value,
    "timestamp_value": lambda value: Timestamp(
        value.timestamp_value.seconds * NANOS + value.timestamp_value.nanos
    ),
    "string_value": lambda value: value.string_value,
    "bytes_value": lambda value: value.bytes_value,
    "reference_value": lambda value: path_of(value.reference_value),
    "geo_point_value": lambda value: LatLng(value.geo_point_value.latitude, value.geo_point_value.longitude),
    "array_value": lambda value: [rules_value(item) for item in value.array_value.values],
    "map_value": lambda value: _fields(value.map_value.fields),
}


def _constraint(where: StructuredQuery.Filter) -> Constraint:
    """A filter as the server has accepted it: its operators are known and its operands fit."""
    kind = where.WhichOneof("filter_type")
    if kind == "composite_filter":
        parts = tuple(_constraint(part) for part in where.composite_filter.filters)
        any_of = _enum_name(where.composite_filter, "op") == "OR"
        return lists.Any(parts) if any_of else lists.All(parts)
    if kind == "unary_filter":
        operator, operand = _UNARY_OPERATORS[_enum_name(where.unary_filter, "op")]
        return Filter(parse_field_path(where.unary_filter.field.field_path), operator, operand)
    if kind == "field_filter":
        found = where.field_filter
        operator = _FIELD_OPERATORS[_enum_name(found, "op")]
        return Filter(parse_field_path(found.field.field_path), operator, rules_value(found.value))
    return lists.All(())


def _direction(order: StructuredQuery.Order) -> str:
    return "DESC" if _enum_name(order, "direction") == "DESCENDING" else "ASC"


def _enum_name(message: Any, field: str) -> str:
    values = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number
    return str(values[getattr(message, field)].name)
