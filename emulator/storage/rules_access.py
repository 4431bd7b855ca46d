"""Storage's door, kept by a file of security rules."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

from aiohttp import web

from emulator.rules.endpoints import STORAGE_RULES, RulesEndpoints
from emulator.rules.live import LiveRules
from emulator.rules.lookups import MAX_STORAGE_LOOKUPS, Documents
from emulator.rules.ruleset import NO_DOCUMENTS, Auth, Request
from emulator.rules.syntax import Method
from emulator.rules.values import Path, Timestamp
from emulator.storage.access import AccessRequest
from emulator.storage.resource import ObjectRecord


class RulesAccess:
    """`documents` is where `firestore.get()` and `firestore.exists()` look; without it all are missing."""

    def __init__(self, rules: LiveRules, documents: Documents = NO_DOCUMENTS) -> None:
        self.rules = rules
        self._documents = documents

    @classmethod
    def load(cls, file: FilePath, documents: Documents = NO_DOCUMENTS) -> RulesAccess:
        """Raises `RulesSyntaxError` if it isn't rules of Storage, `OSError` if it can't be read."""
        return cls(LiveRules.load("firebase.storage", file), documents)

    def routes(self) -> list[web.RouteDef]:
        """Addresses at which rules are replaced and denials are read."""
        return RulesEndpoints(self.rules, STORAGE_RULES).routes()

    async def allows(self, request: AccessRequest) -> bool:
        decision = self.rules.ruleset.decide(
            _question(request), self._documents, max_lookups=MAX_STORAGE_LOOKUPS
        )
        if not decision.allowed:
            self.rules.record(
                decision,
                time=request.time,
                uid=request.caller.uid,
                method=_method(request).value,
                path=f"/{request.bucket}/{request.name}",
            )
        return decision.allowed


def _question(request: AccessRequest) -> Request:
    caller = request.caller
    names = [name for name in request.name.split("/") if name]
    return Request(
        method=_method(request),
        path=Path(("b", request.bucket, "o", *names)),
        auth=Auth(caller.uid, dict(caller.claims)) if caller.uid is not None else None,
        time=Timestamp.of(request.time),
        resource=_stored(request.before),
        incoming=_incoming(request.after),
    )


def _method(request: AccessRequest) -> Method:
    """Bytes written over an object that exists are an `update` to the rules, and so is new metadata."""
    if request.operation == "create" and request.before is not None:
        return Method.UPDATE
    return Method(request.operation.value)


def _incoming(record: ObjectRecord | None) -> dict[str, Any] | None:
    """`request.resource`: what the client sets, and what follows from the bytes."""
    if record is None:
        return None
    told = {
        "name": record.name,
        "bucket": record.bucket,
        "size": record.size,
        "md5Hash": record.md5_hash,
        "crc32c": record.crc32c,
        "metadata": dict(record.metadata),
        "contentType": record.content_type,
        "contentEncoding": record.content_encoding,
        "contentDisposition": record.content_disposition,
        "contentLanguage": record.content_language,
        "cacheControl": record.cache_control,
    }
    return {name: value for name, value in told.items() if value is not None}


def _stored(record: ObjectRecord | None) -> dict[str, Any] | None:
    """`resource`: the same, and what Storage adds."""
    incoming = _incoming(record)
    if record is None or incoming is None:
        return None
    return incoming | {
        "generation": record.generation,
        "metageneration": record.metageneration,
        "etag": record.etag,
        "timeCreated": Timestamp.of(record.time_created),
        "updated": Timestamp.of(record.updated),
    }
