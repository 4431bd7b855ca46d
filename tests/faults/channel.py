"""A gRPC channel that ends in the local Firebase's own Firestore, in this process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import grpc

from emulator.caller import Caller
from emulator.firestore import messages as m
from emulator.firestore.errors import FirestoreError
from emulator.firestore.service import Firestore
from tests.faults.event_loop import VirtualLoop
from tests.faults.labels import label_of
from tests.faults.network import Failed, Network, Reply
from tests.faults.plan import StreamFate, StreamFault
from tests.faults.virtual import Scheduler, Task

_CODES = {code.value[0]: code for code in grpc.StatusCode}
Bytes = Callable[[Any], bytes]
Message = Callable[[bytes], Any]


class Channel(grpc.Channel):  # type: ignore[misc]  # the library ships no types
    """What a client is given in the place of a connection. `product` is who it is to the server."""

    def __init__(self, network: Network, loop: VirtualLoop, firestore: Firestore, product: str) -> None:
        self._network = network
        self._loop = loop
        self._firestore = firestore
        self._caller = Caller(owner=True, client=product)

    def unary_unary(
        self, method: str, serialize: Bytes, deserialize: Message, _registered: bool = False
    ) -> Any:
        return _Unary(self._ask, method, serialize, deserialize)

    def unary_stream(
        self, method: str, serialize: Bytes, deserialize: Message, _registered: bool = False
    ) -> Any:
        def each(found: Any) -> Any:
            return iter([deserialize(one) for one in found])

        return _Unary(self._ask, method, serialize, each)

    def stream_stream(
        self, method: str, serialize: Bytes, deserialize: Message, _registered: bool = False
    ) -> Any:
        def start(requests: Iterator[Any], **kwargs: Any) -> Stream:
            return Stream(self._network, self._firestore, self._caller, requests, serialize, deserialize)

        return start

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def subscribe(self, *args: Any, **kwargs: Any) -> None:
        """Nobody needs to know how the connection is."""

    def unsubscribe(self, *args: Any, **kwargs: Any) -> None:
        """As `subscribe`."""

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.close()

    def _ask(self, method: str, sent: bytes, timeout: float | None) -> Any:
        name = method.rpartition("/")[2]
        served = self._firestore.methods[name]
        request = served.request.FromString(sent)

        def serve(reply: Reply) -> None:
            def done(task: asyncio.Task[Any]) -> None:
                error = task.exception()
                if isinstance(error, FirestoreError):
                    reply(Failed(_CODES[error.code], error.message))
                elif error is not None:
                    raise error
                else:
                    reply(task.result())

            self._loop.start(_collected(served, request, self._caller), done)

        return self._network.call(label_of(name, request), serve, timeout, Failed)


async def _collected(served: Any, request: Any, caller: Caller) -> Any:
    if served.streams:
        return [response.SerializeToString() async for response in served.call(request, caller)]
    return (await served.call(request, caller)).SerializeToString()


class _Unary:
    """One method of a channel, called like a function."""

    def __init__(self, ask: Any, method: str, serialize: Bytes, deserialize: Message) -> None:
        self._ask, self._method, self._serialize, self._deserialize = ask, method, serialize, deserialize

    def __call__(self, request: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        found = self._ask(self._method, self._serialize(request), timeout)
        if isinstance(found, Failed):
            raise found
        return self._deserialize(found)

    def with_call(self, request: Any, timeout: float | None = None, **kwargs: Any) -> tuple[Any, Any]:
        return self(request, timeout), Failed(grpc.StatusCode.OK, "")


class Stream:
    """A Listen stream: iterating over it waits for what the server sends."""

    def __init__(
        self,
        network: Network,
        firestore: Firestore,
        caller: Caller,
        requests: Iterator[Any],
        serialize: Bytes,
        deserialize: Message,
    ) -> None:
        scheduler = network.scheduler
        scheduler.check()
        self._scheduler: Scheduler = scheduler
        self._process = scheduler.process
        self._deserialize = deserialize
        self._fate: StreamFate = network.plan.stream(self._process, scheduler.now)
        self._arrived: deque[bytes] = deque()
        self._last_due = 0.0
        self._broken_at = scheduler.now + self._fate.after
        self._end: Failed | None = None
        self._callbacks: list[Callable[[Any], None]] = []
        self._waiting: list[Callable[[Any], None]] = []
        self._session = firestore.listen(caller, lambda outgoing: self._sent(outgoing.binary))
        self._process.on_death.append(self._session.close)
        self._reader: Task = scheduler.spawn(
            self._process, "requests", lambda: self._send(requests, serialize)
        )
        if self._fate.fault in (StreamFault.BROKEN, StreamFault.ENDED):
            scheduler.call_at(self._broken_at, self._break)

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Any:
        while not self._arrived:
            if self._end is not None:
                raise self._end
            self._waiting.append(self._scheduler.waker())
            self._scheduler.park()
        return self._deserialize(self._arrived.popleft())

    def is_active(self) -> bool:
        return self._end is None

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        self._callbacks.append(callback)

    def cancel(self) -> None:
        self._finish(Failed(grpc.StatusCode.CANCELLED, "Locally cancelled by application!"))

    def code(self) -> Any:
        return None if self._end is None else self._end.code()

    def _break(self) -> None:
        ended = self._fate.fault is StreamFault.ENDED
        code = grpc.StatusCode.PERMISSION_DENIED if ended else grpc.StatusCode.UNAVAILABLE
        self._finish(Failed(code, f"the plan: stream {self._fate.fault}"))

    def _finish(self, end: Failed) -> None:
        if self._end is not None:
            return
        self._end = end
        self._session.close()
        self._wake()
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            # gRPC calls them from a thread of its own.
            self._scheduler.spawn(self._process, "stream over", partial(callback, end))

    def _send(self, requests: Iterator[Any], serialize: Bytes) -> None:
        for request in requests:
            message = m.ListenRequest.FromString(serialize(request))
            self._scheduler.call_later(self._way(), self._handle, message)

    def _handle(self, message: Any) -> None:
        if self._end is None and not self._process.dead:
            try:
                self._session.handle(message)
            except FirestoreError as error:
                self._finish(Failed(_CODES[error.code], error.message))

    def _sent(self, data: bytes) -> None:
        broken = self._scheduler.now >= self._broken_at
        if broken and self._fate.fault is StreamFault.SILENT:
            return
        delay = self._fate.delay if broken and self._fate.fault is StreamFault.LATE else self._way()
        self._last_due = max(self._last_due, self._scheduler.now + delay)  # in order, as on any connection
        self._scheduler.call_at(self._last_due, self._arrive, data)
        if broken and self._fate.fault is StreamFault.DOUBLED:
            self._scheduler.call_at(self._last_due, self._arrive, data)

    def _arrive(self, data: bytes) -> None:
        if self._end is None:
            self._arrived.append(data)
            self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            wake(True)

    def _way(self) -> float:
        return self._scheduler.chance.expovariate(200)
