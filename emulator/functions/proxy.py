"""Passes an HTTP request on to a function's process, and its answer back, as they come."""

from __future__ import annotations

from contextlib import suppress

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from emulator.functions.errors import FunctionTimeout, FunctionUnavailable
from emulator.functions.manifest import FunctionSpec
from emulator.functions.workers import Workers

_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


async def pass_on(
    request: web.Request, workers: Workers, spec: FunctionSpec, path: str
) -> web.StreamResponse:
    """Calls the function with the request, at `path` (as sent: escaped, with its query).

    Answers 504 for a function that takes too long, 502 for one whose process can't be had. An answer that
    has begun breaks off instead.
    """
    response: web.StreamResponse | None = None
    try:
        async with (
            workers.session(spec) as session,
            session.request(
                request.method,
                URL(f"http://function{path}", encoded=True),
                headers=_request_headers(request),
                data=request.content if request.body_exists else None,
                allow_redirects=False,
            ) as answer,
        ):
            response = web.StreamResponse(
                status=answer.status, reason=answer.reason, headers=_without_hops(answer.headers)
            )
            await _stream(request, response, answer)
    except (FunctionTimeout, FunctionUnavailable) as error:
        if response is not None and response.prepared:
            if request.transport is not None:
                request.transport.abort()
            return response
        return web.Response(status=504 if isinstance(error, FunctionTimeout) else 502, text=f"{error}\n")
    return response


async def _stream(request: web.Request, response: web.StreamResponse, answer: aiohttp.ClientResponse) -> None:
    await response.prepare(request)
    with suppress(ConnectionResetError):  # whoever asked has gone
        async for block in answer.content.iter_any():
            await response.write(block)
        await response.write_eof()


def _request_headers(request: web.Request) -> CIMultiDict[str]:
    headers = _without_hops(request.headers)
    headers.setdefault("X-Forwarded-Host", request.host)
    headers.setdefault("X-Forwarded-Proto", request.scheme)
    headers.setdefault("X-Forwarded-For", request.remote or "127.0.0.1")
    return headers


def _without_hops(headers: CIMultiDict[str] | aiohttp.typedefs.LooseHeaders) -> CIMultiDict[str]:
    """Only what is meant for the other end."""
    kept = CIMultiDict(headers)
    named = {name.strip().lower() for name in kept.get("Connection", "").split(",")}
    for name in _HOP_BY_HOP | named:
        kept.popall(name, None)
    return kept
