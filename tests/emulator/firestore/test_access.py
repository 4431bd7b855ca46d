"""What the server asks of the rules, and what becomes of their answers."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from emulator.caller import Caller
from emulator.firestore import messages as m
from emulator.firestore.access import Documents, WriteKind
from emulator.firestore.errors import PermissionDenied
from emulator.firestore.messages import Document, StructuredQuery
from tests.emulator.conftest import ServerThread


class Recorder:
    """Writes down every question; says no to what is under `secret`, or where a document says so."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def get(self, caller: Caller, name: str, document: Document | None, documents: Documents) -> None:
        self.asked.append(
            ("get", caller.uid, short(name), None if document is None else document.fields["n"].integer_value)
        )
        if "secret/" in name or (document is not None and document.fields["hidden"].boolean_value):
            raise PermissionDenied("Missing or insufficient permissions.")

    def list(self, caller: Caller, parent: str, query: StructuredQuery, documents: Documents) -> None:
        self.asked.append(("list", caller.uid, query.from_[0].collection_id))
        documents.before(f"{parent}/users/ann")
        if query.from_[0].collection_id == "secret":
            raise PermissionDenied("Missing or insufficient permissions.")

    def write(
        self,
        caller: Caller,
        name: str,
        kind: WriteKind,
        before: Document | None,
        after: Document | None,
        documents: Documents,
    ) -> None:
        sibling = name.rpartition("/")[0] + "/sibling"
        seen = (documents.before(sibling) is not None, documents.after(sibling) is not None)
        self.asked.append(("write", kind.value, short(name), before is not None, after is not None, seen))
        if "secret/" in name:
            raise PermissionDenied("Missing or insufficient permissions.")


def short(name: str) -> str:
    return name.partition("/documents/")[2]


def token(**claims: Any) -> str:
    def part(content: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


@pytest.fixture(scope="module")
def access() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, access: Recorder) -> Iterator[ServerThread]:
    running = ServerThread(tmp_path_factory.mktemp("guarded"), access=access)
    running.start()
    yield running
    running.stop()


class User:
    """A signed-in user's REST calls."""

    def __init__(self, http: aiohttp.ClientSession, port: int, project: str) -> None:
        self.root = f"projects/{project}/databases/(default)/documents"
        self.headers = {"Authorization": f"Bearer {token(sub='ann', email='a@example.com')}"}
        self._http, self._base = http, f"http://127.0.0.1:{port}/v1/{self.root}"

    async def call(self, verb: str, body: Any) -> tuple[int, Any]:
        async with self._http.post(f"{self._base}:{verb}", json=body, headers=self.headers) as response:
            return response.status, await response.json()

    async def commit(self, *writes: Any) -> int:
        return (await self.call("commit", {"writes": list(writes)}))[0]

    def put(self, path: str, n: int = 1, **more: Any) -> Any:
        fields = {"n": {"integerValue": str(n)}, **more}
        return {"update": {"name": f"{self.root}/{path}", "fields": fields}}


@pytest.fixture
async def user(guarded: ServerThread, access: Recorder, project: str) -> AsyncIterator[User]:
    async with aiohttp.ClientSession() as http:
        yield User(http, guarded.port, project)
    access.asked.clear()


async def test_each_write_is_asked_for_with_what_was_and_what_will_be(user: User, access: Recorder) -> None:
    assert await user.commit(user.put("things/a"), user.put("things/sibling")) == 200
    assert access.asked == [
        ("write", "create", "things/a", False, True, (False, True)),
        ("write", "create", "things/sibling", False, True, (False, True)),
    ]
    access.asked.clear()
    assert await user.commit(user.put("things/a", 2), {"delete": f"{user.root}/things/sibling"}) == 200
    assert access.asked == [
        ("write", "update", "things/a", True, True, (True, False)),
        ("write", "delete", "things/sibling", True, False, (True, False)),
    ]


async def test_one_denied_write_denies_the_commit(user: User) -> None:
    assert await user.commit(user.put("things/a"), user.put("secret/a")) == 403
    _, answer = await user.call("batchGet", {"documents": [f"{user.root}/things/a"]})
    assert "missing" in answer[0]


async def test_a_denied_write_does_not_tell_whether_the_document_exists(user: User) -> None:
    write = {**user.put("secret/none"), "currentDocument": {"exists": True}}
    assert await user.commit(write) == 403


async def test_reads_are_asked_for_with_the_user_and_the_document(user: User, access: Recorder) -> None:
    await user.commit(user.put("things/a", 7))
    access.asked.clear()
    status, _ = await user.call("batchGet", {"documents": [f"{user.root}/things/a", f"{user.root}/things/b"]})
    assert (status, access.asked) == (200, [("get", "ann", "things/a", 7), ("get", "ann", "things/b", None)])
    assert (await user.call("batchGet", {"documents": [f"{user.root}/secret/a"]}))[0] == 403


@pytest.mark.parametrize("verb", ["runQuery", "runAggregationQuery"])
async def test_queries_are_asked_for(user: User, verb: str) -> None:
    def body(collection: str) -> Any:
        query = {"from": [{"collectionId": collection}]}
        if verb == "runQuery":
            return {"structuredQuery": query}
        return {"structuredAggregationQuery": {"structuredQuery": query, "aggregations": [{"count": {}}]}}

    assert (await user.call(verb, body("things")))[0] == 200
    assert (await user.call(verb, body("secret")))[0] == 403


async def test_what_the_rules_look_up_is_billed_for_a_query_and_for_a_listener(
    user: User, guarded: ServerThread
) -> None:
    rules = {"collection": "users", "method": "Rules"}
    before = guarded.meter.total(**rules).reads
    query = m.StructuredQuery()
    query.from_.add(collection_id="things")
    target = m.Target(target_id=1, query={"parent": user.root, "structured_query": query})

    async def listen() -> None:
        session = guarded._server.firestore.listen(Caller(uid="ann"), lambda outgoing: None)
        session.handle(m.ListenRequest(add_target=target))
        session.close()

    guarded.call(listen())
    assert guarded.meter.total(**rules).reads == before + 1
    await user.call("runQuery", {"structuredQuery": {"from": [{"collectionId": "things"}]}})
    assert guarded.meter.total(**rules).reads == before + 2


async def test_the_owner_is_not_asked_for(user: User, access: Recorder) -> None:
    user.headers = {"Authorization": "Bearer owner"}
    assert await user.commit(user.put("secret/a")) == 200
    assert access.asked == []


async def test_nobody_has_no_uid(user: User, access: Recorder) -> None:
    user.headers = {}
    await user.call("batchGet", {"documents": [f"{user.root}/things/a"]})
    assert access.asked == [("get", None, "things/a", None)]


def test_a_callers_claims_come_from_its_token() -> None:
    caller = Caller.from_headers({"authorization": f"Bearer {token(sub='ann', admin=True)}"})
    assert (caller.owner, caller.uid, caller.claims["admin"]) == (False, "ann", True)
    with pytest.raises(ValueError, match="three parts"):
        Caller.from_headers({"authorization": "Bearer nonsense"})
