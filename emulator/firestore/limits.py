"""What Firestore refuses for its size: https://firebase.google.com/docs/firestore/quotas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from emulator.firestore.errors import InvalidArgument
from emulator.firestore.messages import CommitRequest, Document, Timestamp, Value, Write

MAX_DOCUMENT_BYTES = 1_048_576
MAX_REQUEST_BYTES = 10 << 20
MAX_FIELD_NAME_BYTES = 1_500
MAX_DEPTH = 20
MAX_TRANSFORMS = 500
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799  # of the years 1 and 9999
# Firestore's size of a value is at most this many times its size on the wire: eight bytes for an integer.
_WIRE_FACTOR = 8
_RESERVED = re.compile(r"__.*__", re.DOTALL)
_NOT_STORED = frozenset(
    ["field_reference_value", "variable_reference_value", "function_value", "pipeline_value"]
)
_FIXED_SIZES = {
    "null_value": 1,
    "boolean_value": 1,
    "integer_value": 8,
    "double_value": 8,
    "timestamp_value": 8,
    "geo_point_value": 16,
}


def is_time(time: Timestamp) -> bool:
    """Whether a timestamp is of the years 1 to 9999: others can't be told in JSON."""
    is_in_range: bool = FIRST_SECOND <= time.seconds <= LAST_SECOND and 0 <= time.nanos < 1_000_000_000
    return is_in_range


def _is_on_earth(value: Value) -> bool:
    point = value.geo_point_value
    is_on_earth: bool = -90 <= point.latitude <= 90 and -180 <= point.longitude <= 180
    return is_on_earth


_RANGES: dict[str, Callable[[Value], bool]] = {
    "timestamp_value": lambda value: is_time(value.timestamp_value),
    "geo_point_value": _is_on_earth,
}


def check_request(request: CommitRequest) -> None:
    """Raises InvalidArgument for a commit that is too large."""
    size = request.ByteSize()
    if size > MAX_REQUEST_BYTES:
        raise InvalidArgument(
            f"Request payload size exceeds the limit: {size:,} bytes, at most {MAX_REQUEST_BYTES:,}."
        )


def check_transforms(writes: Iterable[Write]) -> None:
    """Raises InvalidArgument when the writes of a commit transform one document too often."""
    counts: dict[str, int] = {}
    for write in writes:
        if write.update_transforms:
            name = write.update.name
            counts[name] = counts.get(name, 0) + len(write.update_transforms)
            if counts[name] > MAX_TRANSFORMS:
                raise InvalidArgument(f"{name}: at most {MAX_TRANSFORMS} transforms are allowed in a commit.")


def check_document(document: Document) -> None:
    """Raises InvalidArgument for a document that Firestore wouldn't store."""
    _check_fields(document.fields, 1)
    if document.ByteSize() * _WIRE_FACTOR > MAX_DOCUMENT_BYTES:
        size = document_size(document)
        if size > MAX_DOCUMENT_BYTES:
            raise InvalidArgument(
                f"Document '{document.name}' cannot be written because its size ({size:,} bytes) exceeds the "
                f"maximum allowed size of {MAX_DOCUMENT_BYTES:,} bytes."
            )


def document_size(document: Document) -> int:
    """A document's size in bytes as Firestore reckons it.

    https://firebase.google.com/docs/firestore/storage-size
    """
    return _name_size(document.name) + _fields_size(document.fields) + 32


def _name_size(name: str) -> int:
    return sum(len(segment.encode()) + 1 for segment in name.split("/")[5:]) + 16


def _fields_size(fields: Mapping[str, Value]) -> int:
    return sum(len(name.encode()) + 1 + _value_size(value) for name, value in fields.items())


def _value_size(value: Value) -> int:
    kind = value.WhichOneof("value_type") or "null_value"
    if kind in _FIXED_SIZES:
        return _FIXED_SIZES[kind]
    if kind == "map_value":
        return _fields_size(value.map_value.fields)
    if kind == "array_value":
        return sum(map(_value_size, value.array_value.values))
    if kind == "bytes_value":
        return len(value.bytes_value)
    if kind == "reference_value":
        return _name_size(value.reference_value)
    return len(value.string_value.encode()) + 1


def _check_fields(fields: Mapping[str, Value], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidArgument(f"Maps and arrays may be nested {MAX_DEPTH} levels deep at most.")
    for name, value in fields.items():
        if name.startswith("__") and _RESERVED.fullmatch(name) and name != "__type__":
            raise InvalidArgument(
                f"The field name {name} is reserved: it begins and ends with two underscores."
            )
        if not name or (len(name) * 4 > MAX_FIELD_NAME_BYTES and len(name.encode()) > MAX_FIELD_NAME_BYTES):
            raise InvalidArgument(
                f"The field name '{name[:40]}…' must have 1 to {MAX_FIELD_NAME_BYTES:,} bytes, "
                f"not {len(name.encode()):,}."
            )
        _check_value(name, value, depth)


def _check_value(name: str, value: Value, depth: int) -> None:
    kind = value.WhichOneof("value_type")
    if kind in _NOT_STORED:
        raise InvalidArgument(f"Property {name} holds a {kind}, which a document can't hold.")
    if kind in _RANGES and not _RANGES[kind](value):
        raise InvalidArgument(f"Property {name} holds a {kind} out of its range.")
    if kind == "map_value":
        _check_fields(value.map_value.fields, depth + 1)
    elif kind == "array_value":
        for element in value.array_value.values:
            if element.WhichOneof("value_type") == "array_value":
                raise InvalidArgument(f"Property {name} contains an array within an array.")
            _check_value(name, element, depth + 1)
