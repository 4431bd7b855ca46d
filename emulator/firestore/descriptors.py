"""Writes firestore.binpb, the descriptors of google.firestore.v1: `python -m emulator.firestore.descriptors`.

They are those that google-cloud-firestore ships, with one field more: `Write.verify` (5), which the
JavaScript SDK sends in transactions and the public definition leaves out. Read from a file they load in a few
milliseconds; the library that they come from takes longer to import than the rest of the server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, empty_pb2

FILE = Path(__file__).with_name("firestore.binpb")
_STRING, _OPTIONAL, _OPERATION, _VERIFY = 9, 1, 0, 5


def current() -> bytes:
    """The descriptors of the installed library, as a serialised FileDescriptorSet in order of dependence."""
    from google.cloud.firestore_v1.types import firestore

    files = descriptor_pb2.FileDescriptorSet()
    seen: set[str] = set()

    def add(file: Any) -> None:
        if file.name not in seen:
            seen.add(file.name)
            for dependency in sorted(file.dependencies, key=lambda dependency: dependency.name):
                add(dependency)
            file.CopyToProto(files.file.add())
            _add_verify(files.file[-1])
            files.file[-1].dependency.sort()
            _sort(files.file[-1].message_type)

    add(empty_pb2.DESCRIPTOR)
    add(firestore.ListenRequest.pb().DESCRIPTOR.file)
    serialised: bytes = files.SerializeToString(deterministic=True)
    return serialised


def _add_verify(definition: Any) -> None:
    for message in definition.message_type:
        known = {field.number for field in message.field}
        if (definition.package, message.name) == ("google.firestore.v1", "Write") and _VERIFY not in known:
            field = message.field.add(name="verify", json_name="verify", number=_VERIFY)
            field.type, field.label, field.oneof_index = _STRING, _OPTIONAL, _OPERATION


def _sort(messages: Any) -> None:
    """Brings message types into an order; the library makes them in a different one each time."""
    messages.sort(key=lambda message: message.name)
    for message in messages:
        _sort(message.nested_type)
        message.enum_type.sort(key=lambda enum: enum.name)


if __name__ == "__main__":
    FILE.write_bytes(current())
