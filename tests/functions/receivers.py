"""Who is written to: a mail server, and an HTTP server that stands for Mailgun, SendGrid and webhooks.

Both are real servers on this machine. What goes wrong is asked for beforehand, one fault a message.
"""

import asyncio
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

PATIENCE_SECONDS = 60.0


@dataclass
class Request:
    """An HTTP request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    form: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Delivered:
    """A mail as the server got it, with its envelope."""

    sender: str
    to: list[str]
    message: EmailMessage

    def part(self, kind: str) -> Any:
        """The content of its first part of a type."""
        return next(p for p in self.message.walk() if p.get_content_type() == kind).get_content()


class Receivers:
    """Both servers, in a thread of their own."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        """With `tls` the mail server asks for STARTTLS, and for the user `ann` with `secret word`."""
        self._tls = tls
        self.mails: list[Delivered] = []
        self.requests: list[Request] = []
        # What the next messages meet: "close", "hang", a status; or an answer of the mail server's.
        self.faults: deque[object] = deque()
        self.smtp_faults: deque[str] = deque()
        self.smtp_port, self.http_port = 0, 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner

    def start(self) -> "Receivers":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(30)
        return self

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """Of the HTTP server."""
        return f"http://127.0.0.1:{self.http_port}"

    def clear(self) -> None:
        """Forget what came, and what was to go wrong."""
        for kept in (self.mails, self.requests, self.faults, self.smtp_faults):
            kept.clear()

    async def _start(self) -> None:
        self._smtp = await self._loop.create_server(
            lambda: SMTP(
                _Handler(self),
                loop=self._loop,
                hostname="localhost",
                tls_context=self._tls,
                require_starttls=self._tls is not None,
                auth_required=self._tls is not None,
                authenticator=_authenticate,
            ),
            "127.0.0.1",
            0,
        )
        self.smtp_port = self._smtp.sockets[0].getsockname()[1]
        app = web.Application(client_max_size=16 << 20)
        app.router.add_post("/{path:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.http_port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        self._smtp.close()
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        taken = Request(request.path, dict(request.headers), b"")
        if request.content_type == "multipart/form-data":
            for name, value in (await request.post()).items():
                content = value.file.read() if isinstance(value, web.FileField) else str(value).encode()
                taken.form[name] = content
        else:
            taken.body = await request.read()
        self.requests.append(taken)
        fault = self.faults.popleft() if self.faults else 200
        if fault == "close":
            cast(asyncio.Transport, request.transport).abort()
            return web.Response(status=500)
        if fault == "hang":
            await asyncio.sleep(60)
        if fault == "redirect":
            return web.Response(status=302, headers={"Location": self.url + "/elsewhere"})
        return web.Response(status=cast(int, fault), text='{"message": "as asked"}')


class _Handler:
    """What aiosmtpd asks: https://aiosmtpd.aio-libs.org/en/latest/handlers.html"""

    def __init__(self, receivers: Receivers) -> None:
        self._receivers = receivers

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        faults = self._receivers.smtp_faults
        if faults and not faults[0].startswith("data"):
            return faults.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        faults = self._receivers.smtp_faults
        fault = faults.popleft() if faults else ""
        if fault.startswith("data 4"):
            return fault.removeprefix("data ")
        message = message_from_bytes(envelope.content, policy=default)
        self._receivers.mails.append(Delivered(envelope.mail_from, envelope.rcpt_tos, message))
        if fault == "data close":
            server.transport.abort()
        return "250 taken"


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ann", b"secret word")
    return AuthResult(success=known, handled=False)


def until(condition: Callable[[], object], what: str = "it") -> None:
    """Wait for what another process or thread does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"{what} didn't happen within {PATIENCE_SECONDS} s"
        time.sleep(0.05)
