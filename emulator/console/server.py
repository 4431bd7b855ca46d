"""The console on its port: static files, and a stream of events for each view.

It shows everything, past all rules, so nobody but its own page may ask: a request under a foreign Host or
from a foreign Origin is refused, and no other origin is let in by CORS.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from emulator import cors
from emulator.console import views
from emulator.firestore.errors import FirestoreError
from emulator.firestore.server import FirestoreServer
from emulator.meter import Meter
from emulator.rules.live import LiveRules
from emulator.serving import HttpService
from emulator.storage.errors import StorageError
from emulator.storage.server import StorageServer

STATIC = Path(__file__).with_name("static")
LOOK_EVERY_S = 1.0
BLOCK = 1 << 18
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/avif")
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
Messages = AsyncGenerator[tuple[str, Any], None]
"""Names of events with their data. `still` says only that we are here, and finds out who is not."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the console looks into. `rules` by service; `functions` tells what functions there are."""

    project: str
    firestore: FirestoreServer
    storage: StorageServer
    meter: Meter
    rules: dict[str, LiveRules]
    functions: Callable[[], dict[str, Any]]


class ConsoleServer(HttpService):
    """Serves the console of one suite, whose other services have started before it."""

    def __init__(self, shown: Shown) -> None:
        super().__init__()
        self._shown = shown
        self._root = f"projects/{shown.project}/databases/(default)/documents"
        self._streams: set[asyncio.Task[Any]] = set()

    def _open(self, host: str) -> web.Application:
        app = web.Application(middlewares=[_guard(host)])
        app.on_response_prepare.append(_add_security_headers)
        app.on_shutdown.append(self._end_streams)
        app.router.add_get("/", _page)
        app.router.add_get("/api/project", self._project)
        app.router.add_get("/api/documents", self._documents)
        app.router.add_get("/api/objects", self._objects)
        app.router.add_get("/api/object", self._object)
        app.router.add_get("/api/operations", self._operations)
        app.router.add_get("/api/denials", self._denials)
        app.router.add_get("/api/functions", self._functions)
        app.router.add_static("/static", STATIC)
        return app

    async def _project(self, request: web.Request) -> web.Response:
        return web.json_response({"project": self._shown.project})

    async def _documents(self, request: web.Request) -> web.StreamResponse:
        """Of a path of ids: the collections at hand, and the documents of the one that is chosen."""
        segments = [segment for segment in request.query.get("path", "").split("/") if segment]
        chosen = segments[: len(segments) - 1 + len(segments) % 2]
        return await self._stream(request, self._watch_documents(segments, "/".join(chosen)))

    async def _watch_documents(self, segments: list[str], collection: str) -> Messages:
        firestore = self._shown.firestore.firestore
        parents = ["/".join(segments[:end]) for end in range(0, len(segments) + 1, 2)]
        changed, told = asyncio.Event(), None
        feed = views.CollectionFeed(firestore, self._root, collection, changed.set) if collection else None
        try:
            if feed:
                missing = views.missing_documents(firestore, f"{self._root}/{collection}")
                yield "missing", [name.rpartition("/")[2] for name in missing]
            while True:
                changed.clear()
                if feed and (taken := feed.take()):
                    yield "documents", taken
                found = {
                    parent: views.collections_below(firestore, f"{self._root}/{parent}".rstrip("/"))
                    for parent in parents
                }
                if found != told:
                    yield "collections", found
                    told = found
                if not await _is_set_soon(changed):
                    yield "still", None
        finally:
            if feed:
                feed.close()

    async def _objects(self, request: web.Request) -> web.StreamResponse:
        store, query = self._shown.storage.store, request.query
        bucket, prefix = query.get("bucket", ""), query.get("prefix", "")
        return await self._stream(request, _look(lambda: views.objects(store, bucket, prefix)))

    async def _object(self, request: web.Request) -> web.StreamResponse:
        """The bytes of one object: a picture to be shown, anything else only to be saved."""
        store = self._shown.storage.store
        try:
            record = store.get(request.query.get("bucket", ""), request.query.get("name", ""))
        except StorageError as error:
            return web.Response(status=error.status, text=f"{error.message}\n")
        shown = record.content_type in PICTURES
        filename = quote(record.name.rpartition("/")[2], safe="")
        response = web.StreamResponse(
            headers={
                "Content-Type": record.content_type
                if shown and record.content_type
                else "application/octet-stream",
                "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{filename}",
                "Content-Length": str(record.size),
            }
        )
        await response.prepare(request)
        with store.open(record) as file:
            while block := await asyncio.to_thread(file.read, BLOCK):
                await response.write(block)
        return response

    async def _operations(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, _look(self._shown.meter.to_json))

    async def _denials(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, _look(lambda: views.denials(self._shown.rules)))

    async def _functions(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, _look(self._shown.functions))

    async def _stream(self, request: web.Request, messages: Messages) -> web.StreamResponse:
        """Server-sent events, until the page goes or the server stops."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        task = asyncio.current_task()
        assert task is not None
        self._streams.add(task)
        try:
            await response.prepare(request)
            await response.write(b"retry: 1000\n\n")
            async for name, data in messages:
                await response.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())
        except FirestoreError as error:
            await response.write(f"event: problem\ndata: {json.dumps(error.message)}\n\n".encode())
        except (ConnectionResetError, asyncio.CancelledError):
            pass
        finally:
            self._streams.discard(task)
            await messages.aclose()
        return response

    async def _end_streams(self, app: web.Application) -> None:
        for task in list(self._streams):
            task.cancel()


async def _look(view: Callable[[], Any]) -> Messages:
    """A view that nothing tells of changes: it is looked at again and again, and sent when it is another."""
    told = None
    while True:
        found = view()
        yield ("still", None) if found == told else ("view", found)
        told = found
        await asyncio.sleep(LOOK_EVERY_S)


async def _is_set_soon(changed: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(LOOK_EVERY_S):
            return await changed.wait()
    except TimeoutError:
        return False


async def _page(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(STATIC / "index.html")


async def _add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)


def _guard(host: str) -> Any:
    guarded = cors.is_local_host(host)

    @web.middleware
    async def check(request: web.Request, handler: cors.Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if guarded and not cors.is_local_host(request.host):
            return web.Response(
                status=403, text="The Host is foreign: only this machine's own are accepted.\n"
            )
        if origin is not None and origin != f"http://{request.host}":
            return web.Response(
                status=403, text="The Origin is foreign: only the console's own is accepted.\n"
            )
        return await handler(request)

    return check
