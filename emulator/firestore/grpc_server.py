"""The service over gRPC."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from emulator.caller import Caller
from emulator.firestore.errors import FirestoreError, Internal, InvalidArgument, Unauthenticated
from emulator.firestore.listen import ListenSession
from emulator.firestore.messages import ListenRequest, WriteRequest
from emulator.firestore.service import Firestore, Method
from emulator.firestore.snapshots import Outgoing

SERVICE = "google.firestore.v1.Firestore"
GRACE = 0.2  # seconds that a stop leaves to the calls under way
UNSUPPORTED = ("PartitionQuery", "ExecutePipeline")
_STATUS = {code.value[0]: code for code in grpc.StatusCode}
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_metadata_size", 1 << 20),
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.http2.bdp_probe", 0),  # no network lies between whose capacity had to be found out by pings
]


class GrpcServer:
    """Listens on an address of its own; the split port hands connections over to it."""

    def __init__(self, firestore: Firestore) -> None:
        self._server = grpc.aio.server(options=_OPTIONS)
        self._stopping = asyncio.Event()
        handlers = {name: _handler(method) for name, method in firestore.methods.items()}
        handlers |= {name: _unsupported(name) for name in UNSUPPORTED}
        handlers["Listen"] = grpc.stream_stream_rpc_method_handler(
            _listen(firestore), None, lambda outgoing: outgoing.binary
        )
        handlers["Write"] = grpc.stream_stream_rpc_method_handler(
            _write(firestore, self._stopping), None, _serialize
        )
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))

    async def start(self) -> str | int:
        """Returns where it listens: a path of the abstract Unix namespace, or a port of loopback."""
        if sys.platform == "linux":
            name = f"firestore-{secrets.token_hex(8)}"
            self._server.add_insecure_port(f"unix-abstract:{name}")
            address: str | int = f"\0{name}"
        else:
            address = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return address

    async def stop(self) -> None:
        """Ends every call: the clients see UNAVAILABLE, and come back.

        Writes under way are answered first. A client that doesn't get the answer would write again.
        """
        self._stopping.set()
        await self._server.stop(GRACE)


def _serialize(message: Any) -> bytes:
    encoded: bytes = message.SerializeToString()
    return encoded


def _caller(context: grpc.aio.ServicerContext) -> Caller:
    return _caller_of(tuple(context.invocation_metadata()))


@lru_cache(maxsize=1_024)  # a client sends the same metadata with every call
def _caller_of(metadata: tuple[tuple[str, str | bytes], ...]) -> Caller:
    headers: dict[str, str] = {}
    for key, value in metadata:
        if isinstance(value, str):  # a product may add its token to the library's as a header of its own
            headers[key] = f"{headers[key]} {value}" if key in headers else value
    try:
        return Caller.from_headers(headers)
    except ValueError as error:
        raise Unauthenticated(str(error)) from error


def _parse(kind: Any, data: bytes) -> Any:
    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise InvalidArgument(str(error)) from error


async def _tell(context: grpc.aio.ServicerContext, error: FirestoreError | sqlite3.Error) -> None:
    """Ends the call with the error's status."""
    if isinstance(error, sqlite3.Error):
        error = Internal(f"the database can't be read: {error}")
    await context.abort(_STATUS[error.code], error.message)


def _handler(method: Method) -> grpc.RpcMethodHandler:
    if not method.streams:

        async def unary(request: bytes, context: grpc.aio.ServicerContext) -> Any:
            try:
                return await method.call(_parse(method.request, request), _caller(context))
            except (FirestoreError, sqlite3.Error) as error:
                await _tell(context, error)

        return grpc.unary_unary_rpc_method_handler(unary, None, _serialize)

    async def streaming(request: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        try:
            async for response in method.call(_parse(method.request, request), _caller(context)):
                yield response
        except (FirestoreError, sqlite3.Error) as error:
            await _tell(context, error)

    return grpc.unary_stream_rpc_method_handler(streaming, None, _serialize)


def _unsupported(name: str) -> grpc.RpcMethodHandler:
    async def refuse(request: bytes, context: grpc.aio.ServicerContext) -> None:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{name} is not supported.")

    return grpc.unary_unary_rpc_method_handler(refuse)


Listen = Callable[[AsyncIterator[bytes], grpc.aio.ServicerContext], AsyncIterator[Outgoing]]


def _listen(firestore: Firestore) -> Listen:
    async def listen(
        requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Outgoing]:
        responses: asyncio.Queue[Outgoing | Exception | None] = asyncio.Queue()
        try:
            session = firestore.listen(_caller(context), responses.put_nowait)
        except FirestoreError as error:
            await _tell(context, error)
            return
        reader = asyncio.create_task(_read_requests(requests, session, responses.put_nowait))
        try:
            while (response := await responses.get()) is not None:
                if isinstance(response, Exception):
                    raise response
                yield response
        except (FirestoreError, sqlite3.Error) as error:
            await _tell(context, error)
        finally:
            reader.cancel()
            session.close()

    return listen


async def _read_requests(
    requests: AsyncIterator[bytes],
    session: ListenSession,
    put: Callable[[Exception | None], None],
) -> None:
    """Feeds requests to a session until the client closes its side (None) or one can't be handled."""
    try:
        async for data in requests:
            request = _parse(ListenRequest, data)
            await session.prepare(request)
            session.handle(request)
    except Exception as error:
        put(error)  # whatever it is: a stream whose reader is gone would hang
    else:
        put(None)


def _write(firestore: Firestore, stopping: asyncio.Event) -> Callable[..., AsyncIterator[Any]]:
    async def write(requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        try:
            session = firestore.write_stream(_caller(context))
            async for request in requests:
                if stopping.is_set():
                    await asyncio.Event().wait()  # for the end: what is refused here must not be written
                yield await session.handle(_parse(WriteRequest, request))
        except (FirestoreError, sqlite3.Error) as error:
            await _tell(context, error)

    return write
