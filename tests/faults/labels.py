"""What a request is for, in a few words: by them steps are named at which a process may die."""

from __future__ import annotations

from typing import Any


def label_of(method: str, request: Any) -> str:
    """`commit done+running`, `query queued`, `read users`, `begin`, …"""
    if method == "Commit":
        return "commit " + "+".join(dict.fromkeys(_write(write) for write in request.writes))
    if method == "BatchGetDocuments":
        return "read " + "+".join(dict.fromkeys(_collection(name) for name in request.documents))
    if method == "RunQuery":
        return "query " + _query(request.structured_query)
    return method


def _write(write: Any) -> str:
    """By what it leaves behind: a task's status, or else the first field that it changes."""
    name = write.update.name or write.delete
    collection = _collection(name)
    if write.delete:
        return f"{collection} deleted"
    if collection != "queue":
        return collection
    fields = write.update.fields
    if "status" in fields:
        return str(fields["status"].string_value)
    return str(next(iter(write.update_mask.field_paths), collection))


def _collection(name: str) -> str:
    return name.split("/documents/")[1].split("/")[-2]


def _query(query: Any) -> str:
    [source] = getattr(query, "from_", None) or getattr(query, "from")
    collection = source.collection_id
    values = [_value(query.where)] if query.HasField("where") else []
    return " ".join([collection, *values])


def _value(condition: Any) -> str:
    if condition.HasField("composite_filter"):
        return "+".join(_value(inner) for inner in condition.composite_filter.filters)
    value = condition.field_filter.value
    if value.HasField("string_value") and "status" in condition.field_filter.field.field_path:
        return str(value.string_value)
    return str(condition.field_filter.field.field_path)
