"""Servers of the emulator in a thread of their own, and plain HTTP to speak to them."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

JS_TESTS = Path(__file__).parents[2] / "js"


class Server(Protocol):
    @property
    def port(self) -> int: ...

    async def start(self, host: str, port: int) -> None: ...

    async def stop(self) -> None: ...


@contextmanager
def running(server: Server) -> Iterator[str]:
    """Runs `server` on a free port; its address (`127.0.0.1:…`) for as long as the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start("127.0.0.1", 0), loop).result(10)
        yield f"127.0.0.1:{server.port}"
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        # In which transports that were closed end.
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def call(
    address: str,
    method: str,
    path: str,
    body: bytes | Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request as it stands, on a connection of its own. A mapping is sent as JSON."""
    connection = http.client.HTTPConnection(address, timeout=60)
    data = json.dumps(body).encode() if isinstance(body, Mapping) else body
    try:
        connection.request(method, path, data, dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Waits for what another process or thread does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it didn't happen within {seconds} s"
        time.sleep(0.005)


def run_node(script: str, environment: Mapping[str, str]) -> None:
    """Runs a script of tests/js, which fails the test with what it printed."""
    done = subprocess.run(
        ["node", JS_TESTS / script],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
