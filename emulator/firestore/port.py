"""One TCP port for two protocols: the first bytes of a connection tell gRPC (HTTP/2) from HTTP/1.1."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

PREFACE = b"PRI * HTTP/2.0\r\n"
Address = str | int  # a Unix path, or a port of loopback


class SplitPort:
    """Gives HTTP/1.1 connections to `http`, a protocol factory, and gRPC's to the server at an address."""

    def __init__(self, http: Callable[[], asyncio.BaseProtocol], grpc_address: Address) -> None:
        self._http = http
        self._grpc_address = grpc_address
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.BaseTransport] = set()

    async def start(self, host: str, port: int) -> int:
        """Listens; returns the port, which is a free one where 0 was asked for. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Sniffer(self), host, port)
        return int(self._server.sockets[0].getsockname()[1])

    def stop_accepting(self) -> None:
        if self._server:
            self._server.close()

    def close(self) -> None:
        """Drops the connections that are still open."""
        for transport in list(self._open):
            transport.close()

    def opened(self, transport: asyncio.BaseTransport) -> None:
        self._open.add(transport)

    def closed(self, transport: asyncio.BaseTransport) -> None:
        self._open.discard(transport)

    def serve_http(self, transport: asyncio.Transport, received: bytes) -> None:
        protocol = self._http()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        assert isinstance(protocol, asyncio.Protocol)
        protocol.data_received(received)

    async def splice_to_grpc(self, client: _Pipe) -> None:
        """Joins a connection with a new one to the gRPC server."""
        loop = asyncio.get_running_loop()
        try:
            if isinstance(self._grpc_address, str):
                inner = await _connected(self._grpc_address)
                _, server = await loop.create_unix_connection(_Pipe, sock=inner)
            else:
                _, server = await loop.create_connection(_Pipe, "127.0.0.1", self._grpc_address)
        except OSError:
            client.close()
            return
        client.join(server)


async def _connected(path: str) -> socket.socket:
    """uvloop's own connections to Unix sockets don't know the abstract namespace. Raises OSError."""
    connection = socket.socket(socket.AF_UNIX)
    connection.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


class _Sniffer(asyncio.Protocol):
    """Reads the first bytes of a connection, then gives it away."""

    def __init__(self, port: SplitPort) -> None:
        self._port = port
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)
        self._transport = transport
        self._port.opened(transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        start = self._received[: len(PREFACE)]
        if not PREFACE.startswith(start):
            self._port.closed(self._transport)  # aiohttp looks after its own
            self._port.serve_http(self._transport, self._received)
        elif start == PREFACE:
            pipe = _Pipe(lambda: self._port.closed(self._transport))
            pipe.connection_made(self._transport)
            self._transport.set_protocol(pipe)
            pipe.data_received(self._received)
            self._joining = asyncio.ensure_future(self._port.splice_to_grpc(pipe))

    def connection_lost(self, error: Exception | None) -> None:
        self._port.closed(self._transport)


class _Pipe(asyncio.Protocol):
    """One end of a spliced pair: what it receives, its peer sends."""

    def __init__(self, on_lost: Callable[[], None] = lambda: None) -> None:
        self._on_lost = on_lost
        self._peer: _Pipe | None = None
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []
        self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)
        self._transport = transport

    def join(self, peer: _Pipe) -> None:
        if self._lost:
            peer.close()
            return
        self._peer, peer._peer = peer, self
        # The server speaks first: its settings may be there before the two ends know each other.
        for one, other in ((self, peer), (peer, self)):
            for data in one._waiting:
                other.send(data)
            one._waiting.clear()

    def send(self, data: bytes) -> None:
        if self._transport:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        if self._peer:
            self._peer.send(data)
        else:
            self._waiting.append(data)

    def pause_writing(self) -> None:
        if self._peer and self._peer._transport:
            self._peer._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._peer and self._peer._transport:
            self._peer._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        self._on_lost()
        if self._peer:
            self._peer.close()
