"""A server of files that answers, breaks off, lies and says no."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

CONTENT = bytes(range(256)) * 1000
HASH = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """What the server has and how it misbehaves. `asked` are the requests: path, range and token."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    etag: str = '"one"'
    headers: dict[str, str] = field(default_factory=dict)
    # Bytes after which each answer in turn breaks off; statuses that come first.
    breaks: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    ranges: bool = True
    redirect_to: str | None = None
    asked: list["Request"] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted, headers = request.headers.get("range"), request.headers
        self.asked.append(
            Request(request.path, wanted, headers.get("if-range"), headers.get("authorization"))
        )
        if self.redirect_to:
            return self._plain(
                request, 302, {"location": f"{self.redirect_to}{request.path}", **self.headers}
            )
        if self.statuses:
            return self._plain(request, self.statuses.pop(0), {})
        content = self.files.get(request.path)
        if content is None:
            return self._plain(request, 404, {})
        start = 0
        if wanted and self.ranges and headers.get("if-range") in (None, self.etag):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return self._plain(request, 416, {"content-range": f"bytes */{len(content)}"})
        request.send_response(206 if start else 200)
        if start:
            request.send_header("content-range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        for name, value in {"etag": self.etag, **self.headers}.items():
            request.send_header(name, value)
        request.send_header("content-length", str(len(content) - start))
        request.end_headers()
        rest = content[start:]
        request.wfile.write(rest[: self.breaks.pop(0)] if self.breaks else rest)
        return None

    def _plain(self, request: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("content-length", "0")
        request.end_headers()


class Request(NamedTuple):
    path: str
    range: str | None
    if_range: str | None
    authorization: str | None


@pytest.fixture
def start_server() -> Iterator[Callable[[], Server]]:
    """Starts servers, and stops them at the end."""
    running: list[ThreadingHTTPServer] = []

    def start() -> Server:
        state = Server(files={"/file": CONTENT})

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.close_connection = True
                state.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        running.append(http)
        state.address = f"http://127.0.0.1:{http.server_port}"
        return state

    yield start
    for http in running:
        http.shutdown()
        http.server_close()


@pytest.fixture
def server(start_server: Callable[[], Server]) -> Server:
    return start_server()


def only(folder: Path, *names: str) -> bool:
    return sorted(path.name for path in folder.iterdir()) == sorted(names)
