"""The endpoints that only an emulator has: the meter, and a database emptied, exported or imported whole."""

from __future__ import annotations

import asyncio
import re
from itertools import islice

from aiohttp import web

from emulator.firestore.errors import FirestoreError, InvalidArgument
from emulator.firestore.exports import ExportReader, ExportUnusable, export_lines
from emulator.firestore.names import check_parent
from emulator.firestore.rest import error_response
from emulator.firestore.service import Firestore

LINES_AT_ONCE = 100
_DATABASE = r"/emulator/v1/{database:projects/[^/]+/databases/[^/]+}"


class Administration:
    """The HTTP routes below /emulator/v1/."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore
        self._meter = firestore.meter

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/emulator/v1/meter", self._read_meter)
        app.router.add_delete("/emulator/v1/meter", self._reset_meter)
        app.router.add_delete(f"{_DATABASE}/documents", self._clear)
        app.router.add_get(f"{_DATABASE}/export", self._export, allow_head=False)
        app.router.add_post(f"{_DATABASE}/import", self._import)

    async def _read_meter(self, request: web.Request) -> web.Response:
        return web.json_response(self._meter.to_json())

    async def _reset_meter(self, request: web.Request) -> web.Response:
        self._meter.reset()
        return web.json_response({})

    async def _clear(self, request: web.Request) -> web.Response:
        try:
            await self._firestore.clear(_root(request))
        except FirestoreError as error:
            return error_response(error)
        return web.json_response({})

    async def _export(self, request: web.Request) -> web.StreamResponse:
        """The documents as they are at this moment, made into text while they are sent."""
        try:
            root = _root(request)
        except FirestoreError as error:
            return error_response(error)
        lines = export_lines(self._firestore.stored(root))
        name = re.sub(r"[^\w.-]", "_", root.split("/")[1], flags=re.ASCII)
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/x-ndjson",
                "Content-Disposition": f'attachment; filename="{name}.firestore.jsonl"',
                "Cache-Control": "no-store",
            }
        )
        await response.prepare(request)
        while some := list(islice(lines, LINES_AT_ONCE)):
            await response.write("".join(some).encode())
            await asyncio.sleep(0)  # the others' turn
        return response

    async def _import(self, request: web.Request) -> web.Response:
        """Reads all of an export before anything changes."""
        try:
            reader = ExportReader(_root(request))
            async for part in request.content.iter_any():
                reader.feed(part)
            count = await self._firestore.restore(reader.finish())
        except ExportUnusable as error:
            return error_response(InvalidArgument(f"Nothing was imported: {error}"))
        except FirestoreError as error:
            return error_response(error)
        return web.json_response({"documents": count})


def _root(request: web.Request) -> str:
    """Raises InvalidArgument."""
    return check_parent(f"{request.match_info['database']}/documents")
