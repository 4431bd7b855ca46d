"""The messages of one snapshot, made once for all of the listeners that get them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import cached_property

from google.protobuf import json_format

from emulator.firestore.clock import to_timestamp
from emulator.firestore.commits import Change
from emulator.firestore.documents import Documents
from emulator.firestore.fields import project
from emulator.firestore.messages import Document, ListenResponse, TargetChange

_TOKEN = struct.Struct(">Q")
Shown = tuple[str, ...] | None


class Outgoing:
    """A response with its two encodings, each made when first needed and shared from then on."""

    def __init__(self, message: ListenResponse) -> None:
        self.message = message

    @cached_property
    def binary(self) -> bytes:
        encoded: bytes = self.message.SerializeToString()
        return encoded

    @cached_property
    def json(self) -> dict[str, object]:
        encoded: dict[str, object] = json_format.MessageToDict(self.message)
        return encoded


def target_change(
    kind: str, target_ids: Iterable[int] = (), now: int | None = None, cause: tuple[int, str] | None = None
) -> Outgoing:
    """A TargetChange of the kind "ADD", "NO_CHANGE", …; with `now` (microseconds) and its resume token."""
    change = TargetChange(
        target_change_type=TargetChange.TargetChangeType.Value(kind), target_ids=list(target_ids)
    )
    if now is not None:
        change.read_time.CopyFrom(to_timestamp(now))
        change.resume_token = _TOKEN.pack(now)
    if cause is not None:
        change.cause.code, change.cause.message = cause
    return Outgoing(ListenResponse(target_change=change))


def token_time(token: bytes) -> int:
    """The time in a resume token; 0, before everything, for a token that isn't ours."""
    if len(token) != _TOKEN.size:
        return 0
    (time,) = _TOKEN.unpack(token)
    return int(time)


def document_change(document: Document, added: Iterable[int], removed: Iterable[int] = ()) -> Outgoing:
    response = ListenResponse()
    response.document_change.document.CopyFrom(document)
    response.document_change.target_ids.extend(added)
    response.document_change.removed_target_ids.extend(removed)
    return Outgoing(response)


def document_delete(name: str, removed: Iterable[int], now: int) -> Outgoing:
    response = ListenResponse()
    response.document_delete.document = name
    response.document_delete.removed_target_ids.extend(removed)
    response.document_delete.read_time.CopyFrom(to_timestamp(now))
    return Outgoing(response)


def document_remove(name: str, removed: Iterable[int], now: int) -> Outgoing:
    response = ListenResponse()
    response.document_remove.document = name
    response.document_remove.removed_target_ids.extend(removed)
    response.document_remove.read_time.CopyFrom(to_timestamp(now))
    return Outgoing(response)


class Snapshot:
    """The state after some changes, and the messages that tell of it."""

    def __init__(self, documents: Documents, changes: Sequence[Change], now: int) -> None:
        self.now = now
        self._documents = documents
        self._after = {change.name: change.after for change in changes}
        self._changed = frozenset(self._after)
        self._messages: dict[object, Outgoing] = {}

    @cached_property
    def done(self) -> Outgoing:
        """What ends the snapshot: only this makes clients show it."""
        return target_change("NO_CHANGE", (), self.now)

    def document(self, name: str) -> Document | None:
        if name not in self._after:
            self._after[name] = self._documents.get(name)
        return self._after[name]

    def has_changed(self, name: str) -> bool:
        """Whether the document itself has changed, rather than its place in some result."""
        return name in self._changed

    def message(self, name: str, shown: Shown, added: tuple[int, ...], removed: tuple[int, ...]) -> Outgoing:
        """Tells that a document has joined or changed in some targets and left others."""
        key = (name, shown, added, removed)
        if key not in self._messages:
            self._messages[key] = self._make(name, shown, added, removed)
        return self._messages[key]

    def _make(self, name: str, shown: Shown, added: tuple[int, ...], removed: tuple[int, ...]) -> Outgoing:
        document = self.document(name)
        if document is None:
            return document_delete(name, removed, self.now)
        if added or self.has_changed(name):
            return document_change(document if shown is None else project(document, shown), added, removed)
        return document_remove(name, removed, self.now)
