"""Field paths (`a.b.`c.d``) and the fields of documents that they lead to."""

import re
from collections.abc import Iterable
from functools import lru_cache

from emulator.firestore.errors import InvalidArgument
from emulator.firestore.messages import Document, Value

NAME = "__name__"
FieldPath = tuple[str, ...]
_SEGMENT = re.compile(r"(?:([a-zA-Z_][a-zA-Z_0-9]*)|`((?:[^`\\]|\\[`\\])+)`)(\.|\Z)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@lru_cache(maxsize=16_384)
def parse_field_path(text: str) -> FieldPath:
    """The names along a field path. Raises InvalidArgument when it is malformed."""
    parts, place = [], 0
    while True:
        match = _SEGMENT.match(text, place)
        if match is None:
            raise InvalidArgument(
                f'Invalid field path "{text}": names of letters, digits and underscores, or names in '
                "backquotes, separated by dots."
            )
        parts.append(match[1] or _ESCAPED.sub(r"\1", match[2]))
        place = match.end()
        if not match[3]:
            return tuple(parts)


def get_field(document: Document, path: FieldPath) -> Value | None:
    """The value at `path`, or None where there is none."""
    fields = document.fields
    for part in path[:-1]:
        if part not in fields:
            return None
        fields = fields[part].map_value.fields
    return fields.get(path[-1])


def set_field(document: Document, path: FieldPath, value: Value) -> None:
    """Puts a copy of `value` at `path`; whatever isn't a map on the way becomes one."""
    fields = document.fields
    for part in path[:-1]:
        inner = fields[part]
        if inner.WhichOneof("value_type") != "map_value":
            inner.map_value.SetInParent()
        fields = inner.map_value.fields
    fields[path[-1]].CopyFrom(value)


def delete_field(document: Document, path: FieldPath) -> None:
    """Removes the value at `path`, if there is one."""
    fields = document.fields
    for part in path[:-1]:
        if part not in fields:
            return
        fields = fields[part].map_value.fields
    fields.pop(path[-1], None)


def project(document: Document, field_paths: Iterable[str]) -> Document:
    """A copy of the document with only the fields named; `__name__` adds none."""
    shown = Document(name=document.name, create_time=document.create_time, update_time=document.update_time)
    for text in field_paths:
        value = None if text == NAME else get_field(document, parse_field_path(text))
        if value is not None:
            set_field(shown, parse_field_path(text), value)
    return shown
