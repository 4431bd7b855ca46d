"""What one write of a commit does to its document."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.firestore.clock import to_micros, to_timestamp
from emulator.firestore.errors import (
    AlreadyExists,
    FailedPrecondition,
    FirestoreError,
    InvalidArgument,
    NotFound,
)
from emulator.firestore.fields import delete_field, get_field, parse_field_path, set_field
from emulator.firestore.limits import check_document, is_time
from emulator.firestore.messages import Document, Write, WriteResult
from emulator.firestore.names import check_document_name
from emulator.firestore.transforms import apply_transforms

_FUTURE = 60_000_000  # microseconds that an update_time precondition may lie ahead of our clock


@dataclass(frozen=True)
class Effect:
    """A write's outcome: the document after it (None: deleted or still missing) and what to answer."""

    name: str
    before: Document | None
    after: Document | None
    result: WriteResult


def target_of(write: Write) -> str:
    """The name of the document that a write is about. Raises InvalidArgument when it has none."""
    operation = write.WhichOneof("operation")
    if operation == "update":
        name = write.update.name
    elif operation == "transform":
        name = write.transform.document
    elif operation in ("delete", "verify"):
        name = getattr(write, operation)
    else:
        raise InvalidArgument("A write must hold an update, a delete, a verify or a transform.")
    return check_document_name(name)


def check_precondition(write: Write, before: Document | None, now: int) -> FirestoreError | None:
    """The error with which the write's precondition fails, or None when it holds."""
    condition = write.current_document
    kind = condition.WhichOneof("condition_type")
    name = target_of(write)
    if kind == "exists":
        if condition.exists and before is None:
            return NotFound(f"No document to update: {name}")
        if not condition.exists and before is not None:
            return AlreadyExists(f"Document already exists: {name}")
    if kind == "update_time":
        if not is_time(condition.update_time):
            return InvalidArgument("The update_time precondition is not a time of the years 1 to 9999.")
        if to_micros(condition.update_time) > now + _FUTURE:
            return InvalidArgument("The requested update_time precondition is in the future.")
        if before is None or before.update_time != condition.update_time:
            return FailedPrecondition(
                f"the stored version of {name} ({_version(before)}) does not match the required base version "
                f"({condition.update_time.ToJsonString()})"
            )
    return None


def _version(document: Document | None) -> str:
    return "missing" if document is None else str(document.update_time.ToJsonString())


def apply_write(write: Write, before: Document | None, now: int) -> Effect:
    """The effect of a write whose precondition holds. `now` is the commit's time in microseconds.

    A write that changes nothing leaves the document's update time as it was.
    """
    name = target_of(write)
    operation = write.WhichOneof("operation")
    if operation == "verify":
        return Effect(name, before, before, WriteResult())
    if operation == "delete":
        return Effect(name, before, None, WriteResult())
    after = _updated(write, before) if operation == "update" else _copy(name, before)
    transforms = write.update_transforms if operation == "update" else write.transform.field_transforms
    result = WriteResult(transform_results=apply_transforms(after, transforms, now))
    if before is not None and before.fields == after.fields:
        after.create_time.CopyFrom(before.create_time)
        after.update_time.CopyFrom(before.update_time)
    else:
        created = to_timestamp(now) if before is None else before.create_time
        check_document(after)
        after.create_time.CopyFrom(created)
        after.update_time.CopyFrom(to_timestamp(now))
    result.update_time.CopyFrom(after.update_time)
    return Effect(name, before, after, result)


def _updated(write: Write, before: Document | None) -> Document:
    if not write.HasField("update_mask"):
        after = Document(name=write.update.name)
        after.fields.MergeFrom(write.update.fields)
        return after
    after = _copy(write.update.name, before)
    for text in write.update_mask.field_paths:
        path = parse_field_path(text)
        value = get_field(write.update, path)
        if value is None:
            delete_field(after, path)
        else:
            set_field(after, path, value)
    return after


def _copy(name: str, before: Document | None) -> Document:
    copy = Document(name=name)
    if before is not None:
        copy.fields.MergeFrom(before.fields)
    return copy
