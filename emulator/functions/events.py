"""A document's change as the CloudEvent that functions receive.

https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from google.protobuf import descriptor_pb2, message_factory

from emulator.firestore.messages import Document, DocumentMask

PACKAGE = "google.events.cloud.firestore.v1"
DATA_SCHEMA = "https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto"


def _event_data() -> Any:
    """The message class. Its Document is Firestore's own: the event's has the same fields by another name."""
    pool = Document.DESCRIPTOR.file.pool
    dependencies = [Document.DESCRIPTOR.file.name, DocumentMask.DESCRIPTOR.file.name]
    file = descriptor_pb2.FileDescriptorProto(
        name="google/events/cloud/firestore/v1/data.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=dependencies,
    )
    message = file.message_type.add(name="DocumentEventData")
    for number, (name, kind) in enumerate(
        [("value", "Document"), ("old_value", "Document"), ("update_mask", "DocumentMask")], start=1
    ):
        message.field.add(
            name=name,
            number=number,
            label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
            type=descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE,
            type_name=f".google.firestore.v1.{kind}",
        )
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.DocumentEventData"))


DocumentEventData = _event_data()


def event_body(before: Document | None, after: Document | None) -> bytes:
    """A serialized DocumentEventData; the mask of changed fields is there for updates."""
    data = DocumentEventData(value=after, old_value=before)
    if before is not None and after is not None:
        data.update_mask.field_paths.extend(sorted(_changed(before.fields, after.fields)))
    body: bytes = data.SerializeToString()
    return body


def event_kind(before: Document | None, after: Document | None) -> str | None:
    """`created`, `updated` or `deleted`; None where nothing has changed, which is no event."""
    if before is None:
        return None if after is None else "created"
    if after is None:
        return "deleted"
    return "updated" if before.update_time != after.update_time else None


def event_headers(
    *, event_type: str, event_id: str, name: str, micros: int, auth_type: str, auth_id: str
) -> dict[str, str]:
    """The attributes in binary content mode. `name` is the document's full name."""
    root, _, path = name.partition("/documents/")
    _, project, _, database = root.split("/")
    when = datetime.fromtimestamp(micros / 1_000_000, UTC)
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "type": event_type,
        "source": f"//firestore.googleapis.com/{root}",
        "subject": f"documents/{path}",
        "time": when.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "dataschema": DATA_SCHEMA,
        "project": project,
        "database": database,
        "namespace": "(default)",
        "location": "nam5",
        "document": path,
    }
    if event_type.endswith(".withAuthContext"):
        attributes |= {"authtype": auth_type, "authid": auth_id}
    headers = {f"ce-{key}": quote(value, safe="/:()@.,;=+$&*!' ") for key, value in attributes.items()}
    return headers | {"Content-Type": "application/protobuf"}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The paths of the fields that differ, down into maps that both have."""
    for name in {*before, *after}:
        path = prefix + (
            name if name.isidentifier() else "`" + name.replace("\\", r"\\").replace("`", r"\`") + "`"
        )
        if name not in before or name not in after:
            yield path
        elif before[name] != after[name]:
            both_maps = {before[name].WhichOneof("value_type"), after[name].WhichOneof("value_type")} == {
                "map_value"
            }
            if both_maps:
                yield from _changed(before[name].map_value.fields, after[name].map_value.fields, f"{path}.")
            else:
                yield path
