"""An object's bytes on their way out: whole or a range (RFC 9110), unless the caller has them already."""

from __future__ import annotations

import asyncio
import re
from email.utils import format_datetime, parsedate_to_datetime

from aiohttp import web

from emulator.storage.resource import ObjectRecord
from emulator.storage.store import ObjectStore

BLOCK = 256 << 10
# Metadata may hold them, a header may not.
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
ONE_RANGE = re.compile(r"bytes=([0-9]{0,40})-([0-9]{0,40})")


async def send(
    request: web.Request, store: ObjectStore, record: ObjectRecord, *, disposition: str | None
) -> web.StreamResponse:
    """Answers a GET or HEAD for the bytes of `record`: 200, 206, 304 or 416."""
    headers = _headers(record, disposition)
    if _is_known(request, record):
        return web.Response(status=304, headers=headers)
    span = _wanted(request, record)
    if span is not None and not span:
        return web.Response(
            status=416,
            headers={"Content-Range": f"bytes */{record.size}"},
            text=f"Range is {request.headers['Range']!r:.60}; the object has {record.size} bytes\n",
        )
    if span is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{record.size}"
    response = web.StreamResponse(status=206 if span else 200, headers=headers)
    span = span or range(record.size)
    response.content_length = len(span)
    # Opened before anything is awaited: a deletion that comes now finds the file in use.
    with store.open(record) as source:
        await response.prepare(request)
        source.seek(span.start)
        left = len(span) if request.method != "HEAD" else 0
        while left and (block := await asyncio.to_thread(source.read, min(BLOCK, left))):
            left -= len(block)
            await response.write(block)
    await response.write_eof()
    return response


def parse_range(header: str, size: int) -> range | None:
    """The bytes that a Range header asks for: empty where it can't be had, None where it asks for all.

    Several ranges at once count as none, as RFC 9110 (14.2) lets a server choose.
    """
    match = ONE_RANGE.fullmatch(header.strip())
    if match is None or header.strip() == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def _wanted(request: web.Request, record: ObjectRecord) -> range | None:
    condition = request.headers.get("If-Range")
    if condition is not None and condition not in (_etag(record), _last_modified(record)):
        return None
    return parse_range(request.headers.get("Range", ""), record.size)


def _is_known(request: web.Request, record: ObjectRecord) -> bool:
    """Whether the caller's copy is as good as ours, by its ETag or else by its date."""
    etags = request.headers.get("If-None-Match")
    if etags is not None:
        listed = {etag.strip().removeprefix("W/") for etag in etags.split(",")}
        return "*" in listed or _etag(record) in listed
    try:
        since = parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and record.updated.replace(microsecond=0) <= since


def _headers(record: ObjectRecord, disposition: str | None) -> dict[str, str]:
    optional = {
        "Content-Disposition": disposition,
        "Content-Encoding": record.content_encoding,
        "Content-Language": record.content_language,
    }
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": record.cache_control or "private, max-age=0",
        "Content-Type": record.content_type or "application/octet-stream",
        "ETag": _etag(record),
        "Last-Modified": _last_modified(record),
        # What strangers uploaded is never taken for something else than it says.
        "X-Content-Type-Options": "nosniff",
        "X-Goog-Generation": str(record.generation),
        "X-Goog-Hash": f"crc32c={record.crc32c},md5={record.md5_hash}",
        "X-Goog-Metageneration": str(record.metageneration),
        "X-Goog-Storage-Class": "STANDARD",
        "X-Goog-Stored-Content-Encoding": record.content_encoding or "identity",
        "X-Goog-Stored-Content-Length": str(record.size),
    } | {name: value for name, value in optional.items() if value}
    return {name: CONTROL.sub("", value) for name, value in headers.items()}


def _etag(record: ObjectRecord) -> str:
    return f'"{record.etag}"'


def _last_modified(record: ObjectRecord) -> str:
    return format_datetime(record.updated, usegmt=True)
