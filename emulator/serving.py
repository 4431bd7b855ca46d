"""One HTTP application on one port: start, stop, and which port it got."""

from __future__ import annotations

import errno
import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from emulator.config import Address, Service


class PortTaken(OSError):
    """Another process listens where a service should."""

    def __init__(self, service: Service, address: Address) -> None:
        super().__init__(
            errno.EADDRINUSE,
            f"{service} can't listen on {address}: the port is in use. Stop what holds it, or give "
            f"emulators.{service}.port in firebase.json (or --port) another number; 0 takes a free one",
        )
        self.service, self.address = service, address


class MalformedRequests(logging.Filter):
    """Makes one line of what aiohttp takes for its own failure: a request that is no HTTP."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.levelno, record.levelname = logging.INFO, "INFO"
            record.msg, record.args, record.exc_info = "malformed request refused: %s", (error.message,), None
        return True


class HttpServer:
    """Serves `app` until stopped. Requests under way get `grace` seconds to end."""

    def __init__(self, app: web.Application, *, grace: float = 1.0) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=grace)
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Binds and listens; afterwards `port` is the real one. Raises OSError when it can't bind."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()
