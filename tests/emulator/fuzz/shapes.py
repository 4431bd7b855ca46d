"""Hypothesis strategies: messages of Firestore filled at random, wild JSON, and damage to either."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import strategies as st

from tests.emulator.fuzz.victim import DATABASE, ROOT

NAMES = [
    ROOT,
    DATABASE,
    f"{ROOT}/things/one",
    f"{ROOT}/things/one/deep/two",
    f"{ROOT}/things",
    f"{ROOT}/things/__id7__",
    f"{ROOT}/things/__reserved__",
    f"{ROOT}/things/..",
    f"{ROOT}//one",
    f"{ROOT}/things/{'x' * 1_600}",
    f"{ROOT}/things/nul\0",
    "projects/other/databases/(default)/documents/a/b",
    "projects/",
]
WORDS = [
    "",
    "things",
    "a",
    "a.b",
    "`a b`.c",
    "`",
    "a..b",
    ".",
    "__name__",
    "__type__",
    "__vector__",
    "a/b",
    "é",
]
TEXTS = st.sampled_from([*NAMES, *WORDS, *WORDS]) | st.text(max_size=8)
WHOLE = st.sampled_from([0, 1, 2, 7, -1, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63)])
DOUBLES = st.sampled_from([0.0, -0.0, 1.5, -91.0, 181.0, float("inf"), float("nan"), 1e308])

_LIMITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}


@st.composite
def filled(draw: st.DrawFn, kind: Any, depth: int = 6) -> Any:
    """A message of the class `kind` with some of its fields set, to values that mean something or nothing."""
    message = kind()
    _fill(draw, message, depth)
    return message


def _fill(draw: st.DrawFn, message: Any, depth: int) -> None:
    fields = message.DESCRIPTOR.fields
    likely = [field for field in fields if depth > 0 or field.message_type is None]
    chosen = draw(st.lists(st.sampled_from(likely), unique=True, max_size=4)) if likely else []
    for field in chosen:
        _set(draw, message, field, depth - 1)
    for name in ("name", "parent", "database", "document"):  # without these, little else is looked at
        field = message.DESCRIPTOR.fields_by_name.get(name)
        if field is not None and field.message_type is None and draw(st.integers(0, 3)):
            setattr(message, name, draw(st.sampled_from(NAMES[:4])))


def _set(draw: st.DrawFn, message: Any, field: FieldDescriptor, depth: int) -> None:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = (field.message_type.fields_by_name[part] for part in ("key", "value"))
        for _ in range(draw(st.integers(1, 2))):
            name = draw(_scalar(key))
            if value.message_type is None:
                getattr(message, field.name)[name] = draw(_scalar(value))
            else:
                _fill(draw, getattr(message, field.name)[name], depth)
    elif field.is_repeated:
        for _ in range(draw(st.integers(1, 3))):
            if field.message_type is None:
                getattr(message, field.name).append(draw(_scalar(field)))
            else:
                _fill(draw, getattr(message, field.name).add(), depth)
    elif field.message_type is None:
        setattr(message, field.name, draw(_scalar(field)))
    else:
        inner = getattr(message, field.name)
        inner.SetInParent()
        _fill(draw, inner, depth)


def _scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    kind = field.cpp_type
    if kind in _LIMITS:
        low, high = _LIMITS[kind]
        return WHOLE.filter(lambda number: low <= number <= high)
    if kind == FieldDescriptor.CPPTYPE_STRING:
        return st.binary(max_size=16) if field.type == FieldDescriptor.TYPE_BYTES else TEXTS
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return st.sampled_from([*field.enum_type.values_by_number, 99])
    return st.booleans() if kind == FieldDescriptor.CPPTYPE_BOOL else DOUBLES


def encoded(message: Any) -> Any:
    """The message in JSON; one that JSON can't express, as nothing."""
    try:
        return json_format.MessageToDict(message)
    except json_format.Error:
        return {}


JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | DOUBLES | TEXTS | st.just("\ud800") | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
DEEP = [
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"[" * 2_000 + b"]" * 2_000,
    b'{"fields":' * 200 + b"{}" + b"}" * 200,
]
NOT_JSON = [b"", b"{", b"\xff\xfe", b"\0", b'{"a": 1e999999}', b"nul", b'"\\ud800"', b"[]", b"5", *DEEP]


@st.composite
def damaged_json(draw: st.DrawFn, value: Any) -> Any:
    """The value with one part somewhere inside exchanged for a wild one."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: draw(damaged_json(value[key]))}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], draw(damaged_json(value[place])), *value[place + 1 :]]
    return draw(JSON)


@st.composite
def damaged_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with a stretch exchanged, left out, or repeated."""
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 8)))
    middle = draw(st.binary(max_size=4) | st.just(data[start:end] * 2))
    return data[:start] + middle + data[end:]
