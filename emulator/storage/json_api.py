"""The JSON API, as Google's server libraries speak it. Security rules don't apply to it.

https://cloud.google.com/storage/docs/json_api/v1
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable
from dataclasses import replace
from typing import Any

from aiohttp import web

from emulator.storage.bodies import json_body, raw_blocks, two_parts
from emulator.storage.download import send
from emulator.storage.errors import invalid, not_found
from emulator.storage.listing import ListQuery, list_objects
from emulator.storage.metadata import check_bucket, new_object, to_json, with_metadata
from emulator.storage.preconditions import Preconditions
from emulator.storage.resource import ObjectRecord
from emulator.storage.store import ObjectStore
from emulator.storage.uploads import Upload, Uploads, declared_size

CONTENT_RANGE = re.compile(r"bytes (?:([0-9]{1,18})-[0-9]{1,18}|\*)/([0-9]{1,18}|\*)")
HASH = re.compile(r"(crc32c|md5)=([A-Za-z0-9+/=]+)")


class JsonApi:
    """Objects over the JSON API; buckets are in `buckets.py`."""

    def __init__(self, store: ObjectStore, uploads: Uploads) -> None:
        self._store, self._uploads = store, uploads

    def routes(self) -> list[web.RouteDef]:
        objects, one = "/storage/v1/b/{bucket}/o", "/storage/v1/b/{bucket}/o/{name}"
        copy = one + "/{verb:rewriteTo|copyTo}/b/{to_bucket}/o/{to_name}"
        return [
            web.get(objects, self._list),
            web.post(copy, self._copy),
            web.get(one, self._get),
            web.patch(one, self._patch),
            web.put(one, self._patch),
            web.delete(one, self._delete),
            web.get("/download" + one, self._download),
            web.post("/upload" + objects, self._upload),
            web.put("/upload" + objects, self._continue),
            web.delete("/upload" + objects, self._cancel),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        page = list_objects(
            self._store.index, check_bucket(request.match_info["bucket"]), ListQuery.of(request.query)
        )
        answer: dict[str, Any] = {"kind": "storage#objects"}
        if page.items:
            answer["items"] = [to_json(record, base_url(request)) for record in page.items]
        if page.prefixes:
            answer["prefixes"] = page.prefixes
        if page.next_token:
            answer["nextPageToken"] = page.next_token
        return web.json_response(answer)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("alt") == "media":
            return await self._download(request)
        record = self._current(request)
        Preconditions.of(request.query).check_read(record)
        return _resource(request, record)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        record = self._current(request)
        Preconditions.of(request.query).check_read(record)
        return await send(request, self._store, record, disposition=record.content_disposition)

    async def _patch(self, request: web.Request) -> web.Response:
        """PATCH changes what it names, PUT replaces all metadata."""
        values = await json_body(request)
        record = self._current(request)
        Preconditions.of(request.query).check_write(record)
        changed = with_metadata(record, values, whole=request.method == "PUT")
        return _resource(request, self._store.save_metadata(changed))

    async def _delete(self, request: web.Request) -> web.Response:
        record = self._current(request)
        Preconditions.of(request.query).check_write(record)
        self._store.delete(record)
        return web.Response(status=204)

    async def _copy(self, request: web.Request) -> web.Response:
        values = await json_body(request)
        source = self._current(request, generation="sourceGeneration")
        Preconditions.of(request.query, "ifSource").check_write(source)
        bucket, name = check_bucket(request.match_info["to_bucket"]), request.match_info["to_name"]
        # A copy is an object of its own: who may read the source by a token may not read the copy by it.
        declared = new_object(bucket, name, {})
        declared = replace(source, bucket=bucket, name=declared.name, md5_hash="", crc32c="", tokens=())
        if values:
            declared = with_metadata(declared, values)
        copied = await self._store.copy(source, declared, Preconditions.of(request.query))
        if request.match_info["verb"] == "copyTo":
            return _resource(request, copied)
        return web.json_response(
            {
                "kind": "storage#rewriteResponse",
                "totalBytesRewritten": str(copied.size),
                "objectSize": str(copied.size),
                "done": True,
                "resource": to_json(copied, base_url(request)),
            }
        )

    async def _upload(self, request: web.Request) -> web.Response:
        kind = request.query.get("uploadType")
        if kind == "resumable":
            return await self._begin(request)
        if kind == "multipart":
            values, content_type, blocks = await two_parts(request)
            return await self._upload_whole(request, values, content_type, blocks)
        if kind == "media":
            content_type = request.headers.get("Content-Type")
            return await self._upload_whole(request, {}, content_type, raw_blocks(request))
        raise invalid(f"uploadType is {kind!r:.40}; it must be media, multipart or resumable")

    async def _upload_whole(
        self,
        request: web.Request,
        values: dict[str, Any],
        content_type: str | None,
        blocks: AsyncIterable[bytes],
    ) -> web.Response:
        conditions = Preconditions.of(request.query)
        declared = self._declared(request, values, content_type)
        record = await self._store.receive_whole(declared, blocks, conditions)
        return _resource(request, record)

    async def _begin(self, request: web.Request) -> web.Response:
        declared = self._declared(
            request, await json_body(request), request.headers.get("X-Upload-Content-Type")
        )
        size = declared_size(request.headers, "X-Upload-Content-Length")
        upload = self._uploads.begin(declared, size, Preconditions.of(request.query))
        location = request.url.update_query(upload_id=upload.id)
        return web.Response(headers={"Location": str(location), "X-GUploader-UploadID": upload.id})

    async def _continue(self, request: web.Request) -> web.Response:
        """Bytes of a resumable upload, or the question how many have come."""
        upload = await self._uploads.find(request.query.get("upload_id", ""))
        if upload.generation is not None:
            return _resource(request, self._uploads.result(upload))
        header = request.headers.get("Content-Range")
        first, total = (0, None) if header is None else _content_range(header)
        if upload.size is None:
            upload.size = total
        if first is not None:
            await self._uploads.append(upload, first, raw_blocks(request))
            self._expect_hash(request, upload)
        if header is None or upload.incoming.size == total:
            return _resource(request, await self._uploads.finish(upload))
        received = upload.incoming.size
        return web.Response(status=308, headers={"Range": f"bytes=0-{received - 1}"} if received else {})

    async def _cancel(self, request: web.Request) -> web.Response:
        self._uploads.cancel(await self._uploads.find(request.query.get("upload_id", "")))
        return web.Response(status=499, reason="Client Closed Request")

    def _expect_hash(self, request: web.Request, upload: Upload) -> None:
        """The last request of an upload may tell the hash that the whole should have."""
        for kind, value in HASH.findall(request.headers.get("X-Goog-Hash", "")):
            field = "crc32c" if kind == "crc32c" else "md5_hash"
            upload.declared = replace(upload.declared, **{field: value})

    def _declared(
        self, request: web.Request, values: dict[str, Any], content_type: str | None
    ) -> ObjectRecord:
        name = request.query.get("name") or values.get("name")
        declared = new_object(request.match_info["bucket"], name, values)
        return declared if declared.content_type else replace(declared, content_type=content_type)

    def _current(self, request: web.Request, generation: str = "generation") -> ObjectRecord:
        """The object that the path names, if it is still the generation that the query names."""
        record = self._store.get(request.match_info["bucket"], request.match_info["name"])
        if request.query.get(generation, str(record.generation)) != str(record.generation):
            raise not_found(record.bucket, record.name)
        return record


def _content_range(header: str) -> tuple[int | None, int | None]:
    """Where the bytes begin, None where none come, and the total size, None while it isn't known."""
    match = CONTENT_RANGE.fullmatch(header)
    if match is None:
        raise invalid(f"Content-Range is {header!r:.60}; it must be 'bytes 0-99/100' or 'bytes */100'")
    first, total = match.groups()
    return (None if first is None else int(first)), (None if total == "*" else int(total))


def base_url(request: web.Request) -> str:
    """Where the caller reached this server."""
    return f"{request.scheme}://{request.host}"


def _resource(request: web.Request, record: ObjectRecord) -> web.Response:
    return web.json_response(to_json(record, base_url(request)), headers={"ETag": f'"{record.etag}"'})
