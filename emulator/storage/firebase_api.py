"""`/v0/b/{bucket}/o`, as the Firebase SDKs of the web and of phones speak it. Security rules apply."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from emulator.caller import Caller
from emulator.storage.access import AccessRequest, Operation, StorageAccess
from emulator.storage.bodies import json_body, raw_blocks, two_parts
from emulator.storage.download import send
from emulator.storage.errors import StorageError, invalid, not_found
from emulator.storage.listing import ListQuery, list_objects
from emulator.storage.metadata import (
    check_bucket,
    firebase_disposition,
    new_object,
    to_firebase_json,
    with_metadata,
)
from emulator.storage.preconditions import Preconditions
from emulator.storage.resource import ObjectRecord
from emulator.storage.store import ObjectStore
from emulator.storage.uploads import Upload, Uploads, declared_size

CHUNK_GRANULARITY = 256 << 10
ANYTHING = Preconditions()


class FirebaseApi:
    """Objects as users see them."""

    def __init__(self, store: ObjectStore, uploads: Uploads, access: StorageAccess) -> None:
        self._store, self._uploads, self._access = store, uploads, access

    def routes(self) -> list[web.RouteDef]:
        objects, one = "/v0/b/{bucket}/o", "/v0/b/{bucket}/o/{name:.+}"
        return [
            web.get(objects, self._list),
            web.post(objects, self._upload),
            web.put(objects, self._upload),
            web.get(one, self._get),
            web.patch(one, self._patch),
            web.put(one, self._patch),
            web.delete(one, self._delete),
            web.get(
                "/{bucket:(?!(?:storage|upload|download|v0|emulator|internal)/)[a-z0-9][a-z0-9._-]+}/{name:.+}",
                self._get_by_plain_url,
            ),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        query, bucket = ListQuery.of(request.query), check_bucket(request.match_info["bucket"])
        await self._authorize(request, Operation.LIST, bucket, query.prefix.removesuffix("/"))
        page = list_objects(self._store.index, bucket, query)
        answer: dict[str, Any] = {
            "prefixes": page.prefixes,
            "items": [{"name": record.name, "bucket": bucket} for record in page.items],
        }
        return web.json_response(answer | ({"nextPageToken": page.next_token} if page.next_token else {}))

    async def _get(self, request: web.Request) -> web.StreamResponse:
        """The bytes or the metadata. Asking for the metadata gives the object a download token."""
        record = await self._readable(request)
        if request.query.get("alt") == "media":
            return await send(request, self._store, record, disposition=firebase_disposition(record))
        return web.json_response(to_firebase_json(self._with_token(record)))

    async def _get_by_plain_url(self, request: web.Request) -> web.StreamResponse:
        """`/{bucket}/{name}`, the address of public objects."""
        record = await self._readable(request)
        return await send(request, self._store, record, disposition=record.content_disposition)

    async def _patch(self, request: web.Request) -> web.Response:
        values = await json_body(request)
        bucket, name = request.match_info["bucket"], request.match_info["name"]
        before = self._store.find(bucket, name)
        after = with_metadata(before, values) if before else None
        await self._authorize(request, Operation.UPDATE, bucket, name, before, after)
        # The answer of the rules may have taken its time: what they saw must still be what is there.
        if before is None or after is None or self._store.find(bucket, name) != before:
            raise not_found(bucket, name)
        return web.json_response(to_firebase_json(self._store.save_metadata(after)))

    async def _delete(self, request: web.Request) -> web.Response:
        bucket, name = request.match_info["bucket"], request.match_info["name"]
        before = self._store.find(bucket, name)
        await self._authorize(request, Operation.DELETE, bucket, name, before)
        if before is None or self._store.find(bucket, name) != before:
            raise not_found(bucket, name)
        self._store.delete(before)
        return web.Response(status=204)

    async def _upload(self, request: web.Request) -> web.Response:
        if "upload_id" in request.query:
            return await self._continue(request, await self._uploads.find(request.query["upload_id"]))
        protocol = request.headers.get("X-Goog-Upload-Protocol", "raw")
        if protocol == "resumable":
            return await self._begin(request)
        if protocol == "multipart":
            values, content_type, blocks = await two_parts(request)
        else:
            values, content_type, blocks = {}, request.headers.get("Content-Type"), raw_blocks(request)
        return await self._upload_whole(request, self._declared(request, values, content_type), blocks)

    async def _upload_whole(
        self, request: web.Request, declared: ObjectRecord, blocks: AsyncIterable[bytes]
    ) -> web.Response:
        incoming = self._store.receive()
        try:
            await incoming.take(blocks)
            complete = _completed(declared, incoming.size, incoming.md5_hash, incoming.crc32c)
            conditions = await self._authorize_write(request, complete)
        except BaseException:
            incoming.discard()
            raise
        record = await self._store.commit(declared, incoming, conditions)
        return web.json_response(to_firebase_json(self._with_token(record)))

    async def _begin(self, request: web.Request) -> web.Response:
        content_type = request.headers.get("X-Goog-Upload-Header-Content-Type")
        declared = self._declared(request, await json_body(request), content_type)
        size = declared_size(request.headers, "X-Goog-Upload-Header-Content-Length")
        await self._authorize_write(request, replace(declared, size=size or 0))
        upload = self._uploads.begin(declared, size, ANYTHING)
        query = {"name": declared.name, "upload_id": upload.id, "upload_protocol": "resumable"}
        return _upload_status("active", 0, {
            "X-Goog-Upload-URL": str(request.url.with_query(query)),
            "X-Goog-Upload-Chunk-Granularity": str(CHUNK_GRANULARITY),
            "X-GUploader-UploadID": upload.id,
        })  # fmt: skip

    async def _continue(self, request: web.Request, upload: Upload) -> web.Response:
        commands = {part.strip() for part in request.headers.get("X-Goog-Upload-Command", "").split(",")}
        if not commands or not commands <= {"upload", "finalize", "query", "cancel"}:
            raise invalid("X-Goog-Upload-Command must be upload, finalize, both, query or cancel")
        if "cancel" in commands:
            self._uploads.cancel(upload)
            return _upload_status("cancelled", 0)
        if "query" in commands:
            done = upload.generation is not None
            return _upload_status("final" if done else "active", upload.incoming.size)
        if "upload" in commands and upload.generation is None:
            offset = declared_size(request.headers, "X-Goog-Upload-Offset") or 0
            await self._uploads.append(upload, offset, raw_blocks(request))
        if "finalize" not in commands:
            return _upload_status("active", upload.incoming.size)
        return await self._finish(request, upload)

    async def _finish(self, request: web.Request, upload: Upload) -> web.Response:
        incoming = upload.incoming
        if upload.generation is None:
            complete = _completed(upload.declared, incoming.size, incoming.md5_hash, incoming.crc32c)
            upload.conditions = await self._authorize_write(request, complete)
        record = self._with_token(await self._uploads.finish(upload))
        response = web.json_response(to_firebase_json(record))
        response.headers["X-Goog-Upload-Status"] = "final"
        return response

    def _declared(
        self, request: web.Request, values: dict[str, Any], content_type: str | None
    ) -> ObjectRecord:
        name = request.query.get("name") or values.get("name")
        declared = new_object(request.match_info["bucket"], name, values)
        fallback = content_type or "application/octet-stream"
        return declared if declared.content_type else replace(declared, content_type=fallback)

    async def _readable(self, request: web.Request) -> ObjectRecord:
        """The object that the path names, for whoever has one of its tokens or may read it by the rules."""
        bucket, name = request.match_info["bucket"], request.match_info["name"]
        record = self._store.find(bucket, name)
        if record is None or not _has_token(request, record):
            await self._authorize(request, Operation.GET, bucket, name, record)
        return self._store.get(bucket, name)

    def _with_token(self, record: ObjectRecord) -> ObjectRecord:
        return record if record.tokens else self._store.add_token(record)

    async def _authorize_write(self, request: web.Request, after: ObjectRecord) -> Preconditions:
        """Asks the rules; what they saw of the object before must still be so when it is committed."""
        before = self._store.find(after.bucket, after.name)
        operation = Operation.UPDATE if before else Operation.CREATE
        await self._authorize(request, operation, after.bucket, after.name, before, after)
        return Preconditions(generation=before.generation if before else 0)

    async def _authorize(
        self,
        request: web.Request,
        operation: Operation,
        bucket: str,
        name: str,
        before: ObjectRecord | None = None,
        after: ObjectRecord | None = None,
    ) -> None:
        """Raises StorageError: 401 for a token that can't be read, 403 when the rules refuse."""
        try:
            caller = Caller.from_headers({key.lower(): value for key, value in request.headers.items()})
        except ValueError as error:
            raise StorageError(401, "authError", f"Invalid credentials: {error}") from None
        if caller.owner:
            return
        question = AccessRequest(caller, operation, bucket, name, before, after, datetime.now(UTC))
        if not await self._access.allows(question):
            raise StorageError(
                403, "forbidden", f"Permission denied by the rules: {operation} {bucket}/{name}"
            )


def _completed(declared: ObjectRecord, size: int, md5_hash: str, crc32c: str) -> ObjectRecord:
    """What the rules are shown of an object whose bytes have come but aren't committed."""
    now = datetime.now(UTC)
    return replace(declared, size=size, md5_hash=md5_hash, crc32c=crc32c, time_created=now, updated=now)


def _has_token(request: web.Request, record: ObjectRecord) -> bool:
    given = request.query.get("token", "")
    return any(hmac.compare_digest(given.encode(), token.encode()) for token in record.tokens)


def _upload_status(status: str, received: int, extra: dict[str, str] | None = None) -> web.Response:
    headers = {"X-Goog-Upload-Status": status, "X-Goog-Upload-Size-Received": str(received)}
    return web.Response(headers=headers | (extra or {}))
