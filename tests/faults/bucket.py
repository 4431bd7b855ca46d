"""Cloud Storage's JSON API over the local Firebase's own store of objects, in this process.

Google's client speaks HTTP through `requests`; this adapter takes the place of its connection.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import grpc
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from emulator.storage.errors import StorageError, invalid
from emulator.storage.listing import ListQuery, list_objects
from emulator.storage.metadata import new_object, to_json, with_metadata
from emulator.storage.preconditions import Preconditions
from emulator.storage.resource import ObjectRecord
from emulator.storage.store import ObjectStore
from tests.faults.event_loop import VirtualLoop
from tests.faults.network import Network, Reply

BASE = "http://storage.invalid"


class Witness(Protocol):
    """Who must know of every object that comes or goes."""

    def stored(self, record: ObjectRecord, data: bytes, who: str) -> None:
        """An object has new bytes."""

    def deleted(self, record: ObjectRecord, who: str) -> None:
        """An object has gone."""


class BucketServer:
    """What answers the requests of all clients."""

    def __init__(self, store: ObjectStore, witness: Witness) -> None:
        self._store = store
        self._witness = witness

    async def answer(self, request: requests.PreparedRequest, who: str) -> tuple[int, bytes]:
        """The status and body of a response."""
        try:
            return await self._answer(request, who)
        except StorageError as error:
            shown = {"error": {"code": error.status, "message": error.message}}
            return error.status, json.dumps(shown).encode()

    async def _answer(self, request: requests.PreparedRequest, who: str) -> tuple[int, bytes]:
        address = urlsplit(str(request.url))
        query = dict(parse_qsl(address.query))
        prefix, _, path = address.path.partition("storage/v1/b/")
        bucket, _, name = path.partition("/o")
        name = unquote(name.lstrip("/"))
        conditions = Preconditions.of(query)
        if prefix == "/upload/":
            return await self._upload(request, bucket, conditions, who)
        if not name:
            page = list_objects(self._store.index, bucket, ListQuery.of(query))
            return 200, json.dumps({"items": [to_json(record, BASE) for record in page.items]}).encode()
        record = self._store.get(bucket, name)
        if request.method == "GET":
            conditions.check_read(record)
            if query.get("alt") == "media":
                with self._store.open(record) as file:
                    return 200, file.read()
            return _shown(record)
        conditions.check_write(record)
        if request.method == "DELETE":
            self._store.delete(record)
            self._witness.deleted(record, who)
            return 204, b""
        if request.method == "PATCH":
            values = json.loads(_bytes(request))
            return _shown(self._store.save_metadata(with_metadata(record, values)))
        raise invalid(f"{request.method} {request.url}")

    async def _upload(
        self, request: requests.PreparedRequest, bucket: str, conditions: Preconditions, who: str
    ) -> tuple[int, bytes]:
        values, data = _two_parts(request)
        declared = new_object(bucket, values.get("name"), values)

        async def blocks() -> AsyncIterator[bytes]:
            yield data

        record = await self._store.receive_whole(declared, blocks(), conditions)
        self._witness.stored(record, data, who)
        return _shown(record)


class Adapter(BaseAdapter):
    """The connection of one process's client."""

    def __init__(self, network: Network, loop: VirtualLoop, server: BucketServer, product: str) -> None:
        super().__init__()
        self._network = network
        self._loop = loop
        self._server = server
        self._product = product

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        def serve(reply: Reply) -> None:
            def done(task: asyncio.Task[Any]) -> None:
                reply(task.result())

            self._loop.start(self._server.answer(request, self._product), done)

        timeout = kwargs.get("timeout")
        seconds = timeout[1] if isinstance(timeout, tuple) else timeout
        found = self._network.call(_label(request), serve, seconds, _failed)
        if isinstance(found, Exception):
            raise found
        return _response(request, *found)

    def close(self) -> None:
        """Nothing is open."""


def _label(request: requests.PreparedRequest) -> str:
    address = urlsplit(str(request.url))
    if address.path.startswith("/upload/"):
        name = str(_two_parts(request)[0].get("name"))
    else:
        name = unquote(address.path.partition("/o/")[2]) or dict(parse_qsl(address.query)).get("prefix", "")
    return f"storage {request.method} {name.partition('/')[0]}"


def _failed(code: grpc.StatusCode, text: str) -> Any:
    """As HTTP has it: no connection, no answer, or a server that is too busy."""
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return requests.exceptions.ReadTimeout(text)
    if code is grpc.StatusCode.ABORTED:
        return 503, b'{"error": {"code": 503, "message": "backendError"}}'
    return requests.exceptions.ConnectionError(text)


def _response(request: requests.PreparedRequest, status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.request = request
    response.url = str(request.url)
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Length"] = str(len(body))
    response.raw = HTTPResponse(io.BytesIO(body), status=status, preload_content=False)
    return response


def _shown(record: ObjectRecord) -> tuple[int, bytes]:
    return 200, json.dumps(to_json(record, BASE)).encode()


def _bytes(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    if isinstance(body, str):
        return body.encode()
    assert isinstance(body, bytes), type(body)
    return body


def _two_parts(request: requests.PreparedRequest) -> tuple[dict[str, Any], bytes]:
    """A multipart/related body: the metadata, and the bytes."""
    content_type = request.headers["Content-Type"]
    kind = content_type.decode() if isinstance(content_type, bytes) else content_type
    boundary = b"--" + kind.split("boundary=")[1].strip('"').strip("'").encode()
    _, first, second, _ = _bytes(request).split(boundary)
    values: dict[str, Any] = json.loads(first.split(b"\r\n\r\n", 1)[1])
    return values, second.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
