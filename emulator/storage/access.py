"""Who may do what to an object: the door that security rules stand in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from emulator.caller import Caller
from emulator.storage.resource import ObjectRecord


class Operation(StrEnum):
    """What a request wants; the names are those of the rules language."""

    GET = "get"
    LIST = "list"
    CREATE = "create"
    """An object that doesn't exist is uploaded."""
    UPDATE = "update"
    """The bytes of one that exists are replaced, or its metadata is changed."""
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """One question to the rules.

    `name` is the object's path without a leading slash; for a list it is the prefix without the
    trailing slash, and `""` for the whole bucket. `before` is `resource` in the rules, `after` is
    `request.resource`, `time` is `request.time` in UTC. At the start of a resumable upload `after`
    bears the size that the client declared and empty hashes; when the bytes are complete the
    question is put again with what they really are.
    """

    caller: Caller
    operation: Operation
    bucket: str
    name: str
    before: ObjectRecord | None
    after: ObjectRecord | None
    time: datetime


class StorageAccess(Protocol):
    """Decides about requests of users. Requests of the server's own clients never get here."""

    async def allows(self, request: AccessRequest) -> bool:
        """True to let the request through; False is answered as `storage/unauthorized`."""
        ...


class AllowAll:
    """Lets everything through: a project without `storage.rules`."""

    async def allows(self, request: AccessRequest) -> bool:
        return True
