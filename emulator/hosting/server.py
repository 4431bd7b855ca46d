"""Hosting on its port: the built page, and the web configuration under `/__/firebase/`."""

from __future__ import annotations

import asyncio
import gzip
import json
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiohttp import web
from yarl import URL

from emulator import cors
from emulator.config import FunctionRoute, HostingConfig
from emulator.hosting.site import Found, Moved, Site
from emulator.serving import HttpService

COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/wasm")
SMALLEST, LARGEST = 1 << 10, 8 << 20
"""Files of fewer bytes gain nothing from compression; larger ones aren't held in memory for it."""

REVALIDATE = "public, max-age=0, must-revalidate"

WebConfig = Callable[[str], Mapping[str, Any]]
"""The page's Firebase configuration, for the host name under which the browser reached us."""

CallFunction = Callable[[web.Request, FunctionRoute, str], Awaitable[web.StreamResponse]]
"""Answers a request by a function, which sees the path given (escaped, with its query)."""


class HostingServer(HttpService):
    """Serves the `hosting` section of firebase.json. Raises ConfigError for a pattern that can't be read.

    `call_function` answers for the functions that rewrites name; None where there are none.
    """

    def __init__(
        self,
        config: HostingConfig | None,
        *,
        web_config: WebConfig,
        call_function: CallFunction | None = None,
    ) -> None:
        super().__init__()
        self._site = Site(config) if config else None
        self._web_config = web_config
        self._call_function = call_function

    def _open(self, host: str) -> web.Application:
        app = web.Application()
        cors.install(app, host=host, public=lambda request: not request.path.startswith("/__/"))
        app.router.add_get("/__/firebase/init.json", self._init_json)
        app.router.add_get("/__/firebase/init.js", self._init_js)
        app.router.add_get("/{path:.*}", self._page)
        app.router.add_route("*", "/{path:.*}", self._other_method)
        return app

    async def _init_json(self, request: web.Request) -> web.Response:
        return web.json_response(self._config_for(request), headers={"Cache-Control": "no-cache"})

    async def _init_js(self, request: web.Request) -> web.Response:
        text = INIT_JS.replace("CONFIG", json.dumps(self._config_for(request), indent=2))
        headers = {"Cache-Control": "no-cache"}
        return web.Response(text=text, content_type="text/javascript", headers=headers)

    def _config_for(self, request: web.Request) -> dict[str, Any]:
        return dict(self._web_config(request.url.host or "127.0.0.1"))

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if self._site is None:
            return _message(404, "firebase.json has no `hosting` section, so there is no page here.")
        route = self._site.rewrites_to_function(request.path) if not self._site.is_built else None
        if not self._site.is_built and route is None:
            return _message(503, not_built(self._site.root))
        path = request.path
        if ".." in path.split("/") or "\0" in path or "\\" in path:
            return _message(403, "The path leaves the page's folder.")
        found = route or self._site.answer(path)
        if found is None:
            return _message(404, f"There is nothing at {path}.")
        if isinstance(found, FunctionRoute):
            return await self._function(request, found)
        headers = {"Cache-Control": REVALIDATE} | self._site.headers(path)
        if isinstance(found, Moved):
            target = URL(found.location)
            if request.query_string and not target.query_string:
                target = target.with_query(request.query_string)
            return web.Response(status=found.status, headers=headers | {"Location": str(target)})
        return await _send(request, found, headers)

    async def _other_method(self, request: web.Request) -> web.StreamResponse:
        """Files are only read; whatever else is asked of a path is for the function that stands behind it."""
        route = self._site.rewrites_to_function(request.path) if self._site else None
        if route is None:
            return _message(
                405, f"{request.method} isn't allowed for {request.path}: no function is behind it."
            )
        return await self._function(request, route)

    async def _function(self, request: web.Request, route: FunctionRoute) -> web.StreamResponse:
        if self._call_function is None:
            return _message(
                404, f"firebase.json leads here to the function {route.function}, but there are no functions."
            )
        return await self._call_function(request, route, request.raw_path)


async def _send(request: web.Request, found: Found, headers: dict[str, str]) -> web.StreamResponse:
    """The file, compressed where that helps and the browser can read it."""
    content_type = mimetypes.guess_type(found.file.name)[0] or "application/octet-stream"
    status = found.file.stat()
    if not content_type.startswith(COMPRESSIBLE):
        headers.setdefault("Content-Type", content_type)
        return web.FileResponse(found.file, status=found.status, headers=headers)
    headers.setdefault("Content-Type", f"{content_type}; charset=utf-8")
    headers["Vary"] = "Accept-Encoding"
    squeezed = "gzip" in request.headers.get("Accept-Encoding", "") and SMALLEST <= status.st_size <= LARGEST
    if not squeezed:
        return web.FileResponse(
            found.file, status=found.status, headers=headers | {"Vary": "Accept-Encoding"}
        )
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}-gzip"'
    headers |= {"ETag": etag, "Vary": "Accept-Encoding", "Content-Encoding": "gzip"}
    if etag in request.headers.get("If-None-Match", "") and found.status == 200:
        return web.Response(status=304, headers=headers)
    body = await asyncio.to_thread(_compressed, found.file, status.st_mtime_ns, status.st_size)
    return web.Response(status=found.status, headers=headers, body=body)


@lru_cache(maxsize=128)
def _compressed(file: Path, modified_ns: int, size: int) -> bytes:
    """The file's bytes in gzip; its time and size are there so that a new build is read anew."""
    return gzip.compress(file.read_bytes(), compresslevel=6, mtime=0)


def not_built(public: Path) -> str:
    """Which command builds the page, told by the package.json that stands closest above it."""
    package = next((folder for folder in public.parents if (folder / "package.json").is_file()), None)
    where = f" --prefix {package}" if package else ""
    return (
        f"The page isn't built: there is no {public / 'index.html'}. "
        f"Build it, then reload: npm{where} install && npm{where} run build"
    )


def _message(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n", headers={"Cache-Control": "no-store"})


INIT_JS = """\
if (typeof firebase === "undefined") {
  throw new Error("hosting/init-error: load a Firebase SDK before /__/firebase/init.js");
}
{
  const config = CONFIG;
  firebase.initializeApp(config);
  const { firestore, auth, storage } = config.emulators ?? {};
  if (firestore && firebase.firestore) firebase.firestore().useEmulator(firestore.host, firestore.port);
  if (auth && firebase.auth) firebase.auth().useEmulator(`http://${auth.host}:${auth.port}`);
  if (storage && firebase.storage) firebase.storage().useEmulator(storage.host, storage.port);
}
"""
