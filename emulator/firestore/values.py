"""Values as byte keys: two keys compare as Firestore orders the values, and are equal where the values are.

Every key is prefix-free, so keys can be joined into the keys of an index, and inverted byte by byte for a
descending field. Equal are 1 and 1.0, 0.0 and -0.0, NaN and NaN.
https://firebase.google.com/docs/firestore/manage-data/data-types#value_type_ordering
"""

import math
import struct
from collections.abc import Callable, Iterable

from emulator.firestore.errors import InvalidArgument
from emulator.firestore.messages import Timestamp, Value
from emulator.firestore.names import END, escape, path_key

NULL_TAG, BOOLEAN_TAG, NAN_TAG, NUMBER_TAG, TIMESTAMP_TAG, STRING_TAG = 0x05, 0x0A, 0x0F, 0x14, 0x1E, 0x28
BYTES_TAG, REFERENCE_TAG, GEO_POINT_TAG, ARRAY_TAG, VECTOR_TAG, MAP_TAG = 0x32, 0x3C, 0x46, 0x50, 0x55, 0x5A
NULL_KEY = bytes([NULL_TAG])
NAN_KEY = bytes([NAN_TAG])
_INVERT = bytes(255 - byte for byte in range(256))
_VECTOR_TYPE = "__vector__"


def value_key(value: Value) -> bytes:
    """The key of a value. Raises InvalidArgument for a kind of value that documents can't hold."""
    kind = value.WhichOneof("value_type")
    encode = _ENCODERS.get(kind or "null_value")
    if encode is None:
        raise InvalidArgument(f"A {kind} is not a value that a document or a query can hold.")
    return encode(value)


def invert(key: bytes) -> bytes:
    """The key that sorts the other way round."""
    return key.translate(_INVERT)


def is_number(value: Value | None) -> bool:
    return value is not None and value.WhichOneof("value_type") in ("integer_value", "double_value")


def number_of(value: Value) -> int | float:
    """The Python number in an integer or double value."""
    number: int | float = getattr(value, value.WhichOneof("value_type"))
    return number


def number_key(number: int | float) -> bytes:
    """Eight bytes order the nearest double; two more tell an integer from the double it was rounded to."""
    if number != number:
        return NAN_KEY
    nearest = float(number)
    rest = number - int(nearest) if isinstance(number, int) else 0
    return bytes([NUMBER_TAG]) + _double_key(nearest) + (rest + 0x8000).to_bytes(2, "big")


def _double_key(number: float) -> bytes:
    (bits,) = struct.unpack(">Q", struct.pack(">d", number + 0.0))
    return struct.pack(">Q", bits ^ (0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else 1 << 63))


def timestamp_key(time: Timestamp) -> bytes:
    if not 0 <= time.nanos < 1_000_000_000:
        raise InvalidArgument(f"A timestamp's nanos are {time.nanos}; they must be 0 to 999,999,999.")
    return bytes([TIMESTAMP_TAG]) + struct.pack(">QI", time.seconds + (1 << 63), time.nanos)


def reference_key(name: str) -> bytes:
    return bytes([REFERENCE_TAG]) + path_key(name) + END


def _array_key(tag: int, values: Iterable[Value]) -> bytes:
    return bytes([tag]) + b"".join(map(value_key, values)) + END


def _map_key(value: Value) -> bytes:
    fields = value.map_value.fields
    if "__type__" in fields and fields["__type__"].string_value == _VECTOR_TYPE:
        components = fields["value"].array_value.values
        return bytes([VECTOR_TAG]) + struct.pack(">I", len(components)) + _array_key(ARRAY_TAG, components)
    entries = (
        bytes([STRING_TAG]) + escape(name.encode()) + value_key(fields[name])
        for name in sorted(fields, key=str.encode)
    )
    return bytes([MAP_TAG]) + b"".join(entries) + END


_ENCODERS: dict[str, Callable[[Value], bytes]] = {
    "null_value": lambda value: NULL_KEY,
    "boolean_value": lambda value: bytes([BOOLEAN_TAG, value.boolean_value]),
    "integer_value": lambda value: number_key(value.integer_value),
    "double_value": lambda value: number_key(value.double_value),
    "timestamp_value": lambda value: timestamp_key(value.timestamp_value),
    "string_value": lambda value: bytes([STRING_TAG]) + escape(value.string_value.encode()),
    "bytes_value": lambda value: bytes([BYTES_TAG]) + escape(value.bytes_value),
    "reference_value": lambda value: reference_key(value.reference_value),
    "geo_point_value": lambda value: (
        bytes([GEO_POINT_TAG])
        + _double_key(value.geo_point_value.latitude)
        + _double_key(value.geo_point_value.longitude)
    ),
    "array_value": lambda value: _array_key(ARRAY_TAG, value.array_value.values),
    "map_value": _map_key,
}


def is_nan(value: Value) -> bool:
    return value.WhichOneof("value_type") == "double_value" and math.isnan(value.double_value)
