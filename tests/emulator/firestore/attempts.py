"""How real clients make transactions: with locks, by verifying what they read, or only reading."""

from __future__ import annotations

from typing import Any, Protocol

import aiohttp
from google.api_core import exceptions
from google.cloud.firestore_v1.base_query import FieldFilter

from emulator.firestore.messages import Timestamp
from tests.emulator.firestore.histories import Ask, Cell, Found, Read

REFUSALS = (exceptions.Aborted, exceptions.FailedPrecondition, exceptions.AlreadyExists, exceptions.NotFound)


class Refused(Exception):
    """The server has aborted the transaction."""


class Transaction(Protocol):
    """One way of making transactions."""

    async def begin(self) -> None: ...

    async def read(self, ask: Ask) -> Read: ...

    async def commit(self, name: str, writes: dict[str, Cell | None]) -> int | None:
        """Writes the cells and a mark of the transaction; the time of the commit. Raises Refused."""
        ...

    async def roll_back(self) -> None: ...


def micros(time: Any) -> int:
    return int(time.timestamp_pb().ToMicroseconds())


def fields(cell: Cell) -> dict[str, Any]:
    return {"writer": cell.writer, "kind": cell.kind}


class Pessimistic:
    """A transaction of the Python client. One that was refused may be tried again, and keeps its age."""

    def __init__(self, client: Any, retried: bytes | None = None, *, read_only: bool = False) -> None:
        self._client = client
        self._retried = retried
        self.transaction = client.transaction(read_only=read_only)

    async def begin(self) -> None:
        await self.transaction._begin(retry_id=self._retried)
        self.id = self.transaction.id

    async def read(self, ask: Ask) -> Read:
        if ask.key is not None:
            snapshot = await self._client.document(f"cells/{ask.key}").get(transaction=self.transaction)
            found: Found = ((ask.key, snapshot.get("writer")),) if snapshot.exists else ()
            return Read(ask, found, micros(snapshot.read_time))
        query = self._client.collection("cells")
        if ask.kind is not None:
            query = query.where(filter=FieldFilter("kind", "==", ask.kind))
        if ask.limit is not None:
            query = query.order_by("kind").limit(ask.limit)
        request = {
            "parent": f"{self._client._database_string}/documents",
            "structured_query": query._to_protobuf(),
            "transaction": self.id,
        }
        responses = [one async for one in await self._client._firestore_api.run_query(request=request)]
        documents = [one.document for one in responses if one.document.name]
        names = [(one.name.rpartition("/")[2], one.fields["writer"].string_value) for one in documents]
        return Read(ask, tuple(names), micros(responses[0].read_time))

    async def commit(self, name: str, writes: dict[str, Cell | None]) -> int | None:
        if writes:
            self.transaction.create(self._client.document(f"marks/{name}"), {"n": 1})
        for key, cell in writes.items():
            reference = self._client.document(f"cells/{key}")
            if cell is None:
                self.transaction.delete(reference)
            else:
                self.transaction.set(reference, fields(cell))
        try:
            results = await self.transaction._commit()
        except REFUSALS as error:
            raise Refused(str(error)) from error
        return micros(results[0].update_time) if writes else None

    async def roll_back(self) -> None:
        await self.transaction._rollback()


class Optimistic:
    """As the JavaScript SDK does: reads without locks, then a commit that verifies what was read."""

    def __init__(self, http: aiohttp.ClientSession, base: str, root: str) -> None:
        self._http, self._base, self._root = http, base, root
        self._versions: dict[str, dict[str, Any]] = {}

    async def begin(self) -> None:
        return None

    async def read(self, ask: Ask) -> Read:
        assert ask.key is not None
        name = f"{self._root}/cells/{ask.key}"
        (answer,) = await self._post("batchGet", {"documents": [name]})
        time = _micros_of(answer["readTime"])
        version = {"exists": False} if "missing" in answer else {"updateTime": answer["found"]["updateTime"]}
        if self._versions.setdefault(name, version) != version:
            raise Refused("the document has changed between two reads")
        if "missing" in answer:
            return Read(ask, (), time)
        writer = answer["found"]["fields"]["writer"]["stringValue"]
        return Read(ask, ((ask.key, writer),), time)

    async def commit(self, name: str, writes: dict[str, Cell | None]) -> int | None:
        if not writes:
            return None
        mark = {"update": {"name": f"{self._root}/marks/{name}"}, "currentDocument": {"exists": False}}
        sent: list[dict[str, Any]] = [mark]
        for key, cell in writes.items():
            document = f"{self._root}/cells/{key}"
            write = {"delete": document} if cell is None else {"update": _document(document, cell)}
            version = self._versions.pop(document, None)
            sent.append(write | ({"currentDocument": version} if version else {}))
        sent += [{"verify": name, "currentDocument": version} for name, version in self._versions.items()]
        return _micros_of((await self._post("commit", {"writes": sent}))["commitTime"])

    async def roll_back(self) -> None:
        return None

    async def _post(self, method: str, body: Any) -> Any:
        headers = {"Authorization": "Bearer owner"}
        async with self._http.post(
            f"{self._base}/v1/{self._root}:{method}", json=body, headers=headers
        ) as reply:
            answer = await reply.json()
        if reply.status in (400, 404, 409):
            assert answer["error"]["status"] in (
                "ABORTED",
                "FAILED_PRECONDITION",
                "ALREADY_EXISTS",
                "NOT_FOUND",
            )
            raise Refused(answer["error"]["message"])
        assert reply.status == 200
        return answer


def _document(name: str, cell: Cell) -> dict[str, Any]:
    return {
        "name": name,
        "fields": {"writer": {"stringValue": cell.writer}, "kind": {"integerValue": str(cell.kind)}},
    }


def _micros_of(text: str) -> int:
    """RFC 3339 to microseconds."""
    time = Timestamp()
    time.FromJsonString(text)
    return int(time.ToMicroseconds())
