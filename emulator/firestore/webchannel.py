"""The Listen and Write streams over WebChannel, the HTTP protocol of the JavaScript SDK.

Each session has a forward channel (POST requests) and a back channel: one long GET that streams, or that ends
after each batch when the client suspects a buffering proxy.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from urllib.parse import parse_qsl

from aiohttp import web

from emulator.caller import Caller
from emulator.firestore.channel import NOOP, STOP, Channel, frame, number
from emulator.firestore.errors import FirestoreError, InvalidArgument, Unauthenticated
from emulator.firestore.peers import ListenPeer, WritePeer
from emulator.firestore.rest import error_response
from emulator.firestore.service import Firestore

KEEP_ALIVE = 20.0  # seconds between signs of life; clients give up after 1.5 times this
# The client takes a connection for buffered when no byte of the back channel has come within twice the
# handshake's time. On loopback that is over before a busy browser has opened the back channel.
HANDSHAKE_TIME = 0.04
IDLE_LIMIT = 120.0  # seconds until a session is dropped whose client doesn't read: a closed page says nothing
POLLING_GAP = 0.2  # seconds within which a client that polls has asked again
STOP_LIMIT = 1.0
MAX_RESPONSE_BYTES = 4 << 20  # of one back channel request, which browsers keep in memory
MAX_RESPONSE_TIME = 240.0
_HEADERS = {"Cache-Control": "no-cache, no-store", "X-Content-Type-Options": "nosniff"}
_PROTOCOL_VERSION = 8
_SERVER_VERSION = 14


class WebChannel:
    """Every session of the server."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore
        self._channels: dict[str, Channel] = {}
        self._stopping = False
        self._stopped = asyncio.Event()
        self._reaper: asyncio.Task[None] | None = None

    def add_routes(self, app: web.Application) -> None:
        path = r"/google.firestore.v1.Firestore/{stream:Listen|Write}/channel"
        app.router.add_post(path, self._post)
        app.router.add_get(path, self._get, allow_head=False)
        app.on_startup.append(self._start)
        app.on_response_prepare.append(_expose_session_header)

    async def stop(self) -> None:
        """Answers what has come, then tells the clients to close their streams: they come back by themselves.

        A client that doesn't get the answer to a write would write it again.
        """
        self._stopping = True
        if self._reaper:
            self._reaper.cancel()
        deadline = time.monotonic() + STOP_LIMIT
        channels = list(self._channels.values())
        if finishing := [asyncio.ensure_future(channel.peer.finish()) for channel in channels]:
            await asyncio.wait(finishing, timeout=STOP_LIMIT / 2)
        for channel in channels:
            channel.send(STOP)
        while any(map(_will_read, channels)) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        for channel in list(self._channels.values()):
            self._close(channel)
        self._stopped.set()

    async def _start(self, app: web.Application) -> None:
        self._reaper = asyncio.create_task(self._reap())

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(IDLE_LIMIT / 8)
            for channel in list(self._channels.values()):
                if channel.idle() > IDLE_LIMIT:
                    self._close(channel)

    def _close(self, channel: Channel) -> None:
        self._channels.pop(channel.sid, None)
        channel.close()

    async def _post(self, request: web.Request) -> web.StreamResponse:
        if self._stopping:
            if request.query.get("SID") in self._channels:  # a refusal would make it forget what it waits for
                await self._stopped.wait()
            return web.Response(status=503, headers={**_HEADERS, "Connection": "close"})
        if "SID" not in request.query:
            return await self._handshake(request)
        channel = self._channels.get(request.query["SID"])
        if channel is None:
            return _unknown_session()
        if request.query.get("TYPE") == "terminate":
            self._close(channel)
            return web.Response(headers=_HEADERS)
        channel.touch()
        try:
            channel.acknowledge(number(request.query, "AID", -1))
            channel.receive(await _form(request))
        except FirestoreError as error:
            return error_response(error)
        return _answer(channel.state())

    async def _handshake(self, request: web.Request) -> web.StreamResponse:
        try:
            form = await _form(request)
        except FirestoreError as error:
            return error_response(error)
        lines = form.get("headers", request.query.get("$httpHeaders", "")).split("\r\n")
        headers = {
            key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)
        }
        channel = Channel()
        peer = ListenPeer if request.match_info["stream"] == "Listen" else WritePeer
        try:
            caller = Caller.from_headers(headers)
        except ValueError as error:
            return error_response(Unauthenticated(str(error)))
        channel.peer = peer(self._firestore, caller, channel)
        self._channels[channel.sid] = channel
        try:
            channel.receive(form)
        except FirestoreError as error:
            self._close(channel)
            return error_response(error)
        await asyncio.sleep(HANDSHAKE_TIME)
        handshake = ["c", channel.sid, "", _PROTOCOL_VERSION, _SERVER_VERSION, int(KEEP_ALIVE * 1_000)]
        response = _answer([[0, handshake]])
        response.headers["X-HTTP-Session-Id"] = secrets.token_urlsafe(12)
        return response

    async def _get(self, request: web.Request) -> web.StreamResponse:
        channel = self._channels.get(request.query.get("SID", ""))
        if channel is None:
            return _unknown_session()
        if request.query.get("TYPE") == "terminate":
            self._close(channel)
            return web.Response(headers=_HEADERS)
        try:
            patience = number(request.query, "TO", 0) / 1_000
            channel.acknowledge(sent := number(request.query, "AID", -1))
        except FirestoreError as error:
            return error_response(error)
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/plain; charset=utf-8"})
        response.enable_chunked_encoding()
        if channel.reader:  # a newer request replaces the one before
            channel.reader.set()
            channel.wake()
        replaced = channel.reader = asyncio.Event()
        try:
            await response.prepare(request)
            await _stream(channel, request, response, replaced, sent, patience)
        except ConnectionResetError:
            pass  # the client has gone; what it didn't get stays queued
        finally:
            channel.touch()
            if channel.reader is replaced:
                channel.reader = None
        return response


def _will_read(channel: Channel) -> bool:
    """Whether the client has yet to be told to stop, and reads or has done so a moment ago."""
    return not channel.told_to_stop and channel.idle() < POLLING_GAP


async def _stream(
    channel: Channel,
    request: web.Request,
    response: web.StreamResponse,
    replaced: asyncio.Event,
    sent: int,
    patience: float,
) -> None:
    """Sends what is queued after `sent` and what comes, until the request has had enough or is replaced."""
    polling = request.query.get("CI") == "1"
    if not polling or not 0 < patience < KEEP_ALIVE:
        patience = KEEP_ALIVE
    ends, size = time.monotonic() + MAX_RESPONSE_TIME, 0
    if not polling:
        channel.send(NOOP)  # a byte at once tells the client that nothing buffers
    while not replaced.is_set():
        if batch := channel.after(sent):
            sent = batch[-1][0]
            data = frame(batch)
            await response.write(data)
            size += len(data)
            channel.told_to_stop = batch[-1][1] is STOP
            if polling or size > MAX_RESPONSE_BYTES or channel.told_to_stop:
                return
        elif channel.closed or time.monotonic() > ends:
            return
        elif not await channel.wait(patience):
            channel.send(NOOP)


async def _expose_session_header(request: web.Request, response: web.StreamResponse) -> None:
    if "Access-Control-Allow-Origin" in response.headers:
        exposed = response.headers.get("Access-Control-Expose-Headers", "")
        response.headers["Access-Control-Expose-Headers"] = f"{exposed}, X-HTTP-Session-Id".lstrip(", ")


async def _form(request: web.Request) -> dict[str, str]:
    """Raises InvalidArgument."""
    try:
        return dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"The form is not UTF-8: {error}") from error


def _answer(content: object) -> web.Response:
    return web.Response(body=frame(content), content_type="text/plain", charset="utf-8", headers=_HEADERS)


def _unknown_session() -> web.Response:
    """The client looks for `Unknown SID`, though not at the very start, and then opens a new session."""
    return web.Response(status=400, text="<HTML><TITLE>Unknown SID</TITLE></HTML>", headers=_HEADERS)
