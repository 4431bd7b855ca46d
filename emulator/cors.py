"""What a browser must be told, and who is turned away.

A server on loopback is within reach of every page that the machine's browser shows. Two checks keep
strangers out: a request whose Host isn't ours comes from a rebound DNS name, and one whose Origin isn't ours
from another site's page. Both are refused, save for what the service itself calls public.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

EXPOSED_HEADERS = ", ".join(
    [
        "Accept-Ranges",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Length",
        "Content-Range",
        "Content-Type",
        "Date",
        "ETag",
        "Location",
        "Range",
        "X-Goog-Generation",
        "X-Goog-Hash",
        "X-Goog-Metageneration",
        "X-Goog-Stored-Content-Length",
        "X-Goog-Upload-Chunk-Granularity",
        "X-Goog-Upload-Size-Received",
        "X-Goog-Upload-Status",
        "X-Goog-Upload-URL",
        "X-GUploader-UploadID",
    ]
)


def is_local_host(netloc: str) -> bool:
    """True for `localhost`, `*.localhost`, `127.0.0.1` and `[::1]`, with or without a port."""
    try:
        name = urlsplit(f"//{netloc}").hostname
    except ValueError:
        return False
    return name in ("localhost", "127.0.0.1", "::1") or (name or "").endswith(".localhost")


def is_local_origin(origin: str) -> bool:
    """True for an http or https origin on this machine; `null`, which any page can take on, is foreign."""
    scheme, _, netloc = origin.partition("://")
    return scheme in ("http", "https") and is_local_host(netloc)


def install(app: web.Application, *, host: str, public: Callable[[web.Request], bool]) -> None:
    """Gives `app` its CORS answers and its checks of Host and Origin.

    `host` is what the server is bound to: a binding beyond loopback is the owner's word that others may
    come, and lifts the checks. `public` tells requests that a foreign page may make.
    """
    guarded = is_local_host(f"[{host}]" if ":" in host else host)

    def welcome(request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        return not guarded or origin is None or is_local_origin(origin) or public(request)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if guarded and not is_local_host(request.host):
            return _refusal("Host", request.host)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return web.Response(status=204)
        if not welcome(request):
            return _refusal("Origin", request.headers["Origin"])
        return await handler(request)

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.add("Vary", "Origin")
        if "Origin" in request.headers and welcome(request):
            response.headers.update(_cors_headers(request))

    app.middlewares.append(check)
    app.on_response_prepare.append(add_headers)


def _refusal(header: str, value: str) -> web.Response:
    accepted = "localhost, *.localhost, 127.0.0.1 and [::1]"
    return web.json_response(
        {"error": {"code": 403, "message": f"{header} {value!r:.200} isn't accepted, only {accepted}"}},
        status=403,
    )


def _cors_headers(request: web.Request) -> dict[str, str]:
    headers = {
        "Access-Control-Allow-Origin": request.headers["Origin"],
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
    }
    if request.method == "OPTIONS":
        wanted = request.headers.get("Access-Control-Request-Headers")
        headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        headers["Access-Control-Max-Age"] = "7200"
        if wanted:
            headers["Access-Control-Allow-Headers"] = wanted
        if "Access-Control-Request-Private-Network" in request.headers:
            headers["Access-Control-Allow-Private-Network"] = "true"
    return headers
