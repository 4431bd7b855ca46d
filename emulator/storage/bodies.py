"""How object metadata and bytes arrive in a request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from emulator import json_text
from emulator.storage.errors import invalid

BLOCK = 256 << 10
LARGEST_METADATA = 1 << 20


async def json_body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; nothing counts as an empty one. Raises StorageError (400)."""
    return _parsed(await request.read())


async def raw_blocks(request: web.Request) -> AsyncIterator[bytes]:
    """The request's body as it comes. A broken connection raises from within aiohttp."""
    async for block in request.content.iter_any():
        yield block


async def two_parts(request: web.Request) -> tuple[dict[str, Any], str | None, AsyncIterator[bytes]]:
    """A `multipart/related` body: the metadata, the second part's content type, and its bytes as they come.

    Raises StorageError (400).
    """
    if not request.content_type.startswith("multipart/"):
        raise invalid(f"Content-Type is {request.content_type!r:.80}; it must be multipart/related")
    try:
        reader = await request.multipart()
    except ValueError as error:
        raise invalid(f"Malformed multipart body: {error}") from None
    values = _parsed(await _read_metadata(await _next_part(reader)))
    media = await _next_part(reader)
    return values, media.headers.get("Content-Type"), _part_blocks(media)


async def _next_part(reader: MultipartReader) -> BodyPartReader:
    try:
        part = await reader.next()
    except (ValueError, HttpProcessingError) as error:
        raise invalid(f"Malformed multipart body: {error}") from None
    if not isinstance(part, BodyPartReader):
        raise invalid("Malformed multipart body: it must have two parts, metadata and media")
    return part


async def _read_metadata(part: BodyPartReader) -> bytes:
    data = bytearray()
    async for block in _part_blocks(part):
        data += block
        if len(data) > LARGEST_METADATA:
            raise invalid(f"The metadata part is larger than {LARGEST_METADATA} bytes")
    return bytes(data)


async def _part_blocks(part: BodyPartReader) -> AsyncIterator[bytes]:
    try:
        while block := await part.read_chunk(BLOCK):
            yield block
    except ValueError as error:
        raise invalid(f"Malformed multipart body: {error}") from None


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        values = json_text.parse(data)
    except ValueError as error:
        raise invalid(f"The metadata isn't JSON: {error}") from None
    if not isinstance(values, dict):
        raise invalid("The metadata isn't a JSON object")
    return values
