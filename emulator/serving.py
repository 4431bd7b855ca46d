"""What every service on an HTTP port has in common: start, stop, and which port it got."""

from __future__ import annotations

import errno
import logging
from abc import ABC, abstractmethod

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


class HttpService(ABC):
    """A service with an HTTP port of its own. `port` is the one bound to, once started; `grace` seconds are
    left to the requests under way at a stop."""

    grace = 1.0

    def __init__(self) -> None:
        self.port = 0
        self._runner: web.AppRunner | None = None

    @abstractmethod
    def _open(self, host: str) -> web.Application:
        """Opens what the service keeps; the application to serve on `host`."""

    async def start(self, host: str, port: int) -> None:
        """Binds and listens; port 0 takes a free one. Raises OSError when it can't."""
        try:
            self._runner = web.AppRunner(self._open(host), access_log=None, shutdown_timeout=self.grace)
            await self._runner.setup()
            await web.TCPSite(self._runner, host, port).start()
        except BaseException:
            await self.stop()
            raise
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Ends the requests under way. A subclass then closes what `_open` has opened, as far as it came."""
        if self._runner:
            await self._runner.cleanup()
