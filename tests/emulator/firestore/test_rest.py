"""REST as the JavaScript SDK and plain HTTP clients use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.emulator.conftest import ServerThread


class Http:
    """Speaks JSON with the server, as its owner."""

    def __init__(self, session: aiohttp.ClientSession, port: int, project: str) -> None:
        self._session = session
        self.base = f"http://127.0.0.1:{port}"
        self.root = f"projects/{project}/databases/(default)/documents"

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        headers = {"Authorization": "Bearer owner", **{k.replace("_", "-"): v for k, v in headers.items()}}
        async with self._session.request(
            method, f"{self.base}{path}", json=body, headers=headers
        ) as response:
            return response.status, await response.json()


@pytest.fixture
async def http(server: ServerThread, project: str) -> AsyncIterator[Http]:
    async with aiohttp.ClientSession() as session:
        yield Http(session, server.port, project)


async def test_documents_are_resources(http: Http) -> None:
    collection = f"/v1/{http.root}/things"
    body = {"fields": {"n": {"integerValue": "1"}}}
    status, created = await http("POST", f"{collection}?documentId=one", body)
    assert (status, created["name"]) == (200, f"{http.root}/things/one")
    assert (await http("POST", f"{collection}?documentId=one", body))[0] == 409
    status, updated = await http(
        "PATCH", f"{collection}/one?updateMask.fieldPaths=m", {"fields": {"m": {"doubleValue": 2}}}
    )
    assert updated["fields"] == {"n": {"integerValue": "1"}, "m": {"doubleValue": 2.0}}
    status, listed = await http("GET", collection)
    assert [document["name"] for document in listed["documents"]] == [created["name"]]
    assert (await http("GET", f"{collection}/one?mask.fieldPaths=n"))[1]["fields"] == body["fields"]
    assert (await http("DELETE", f"{collection}/one"))[0] == 200
    status, missing = await http("GET", f"{collection}/one")
    assert (status, missing["error"]["status"]) == (404, "NOT_FOUND")


async def test_the_methods_of_the_javascript_sdk(http: Http) -> None:
    name = f"{http.root}/things/one"
    write = {"update": {"name": name, "fields": {"n": {"integerValue": "5"}}}}
    status, committed = await http("POST", f"/v1/{http.root}:commit", {"writes": [write]})
    assert (status, len(committed["writeResults"])) == (200, 1)
    _, found = await http(
        "POST", f"/v1/{http.root}:batchGet", {"documents": [name, f"{http.root}/things/no"]}
    )
    assert (found[0]["found"]["name"], found[1]["missing"]) == (name, f"{http.root}/things/no")
    query = {"from": [{"collectionId": "things"}]}
    _, results = await http("POST", f"/v1/{http.root}:runQuery", {"structuredQuery": query})
    assert results[0]["document"]["name"] == name
    count = {"structuredQuery": query, "aggregations": [{"alias": "a", "count": {}}]}
    _, counted = await http(
        "POST", f"/v1/{http.root}:runAggregationQuery", {"structuredAggregationQuery": count}
    )
    assert counted[0]["result"]["aggregateFields"] == {"a": {"integerValue": "1"}}


async def test_a_verify_write_checks_its_precondition_and_writes_nothing(http: Http) -> None:
    verify = {"verify": f"{http.root}/things/absent", "currentDocument": {"exists": False}}
    assert (await http("POST", f"/v1/{http.root}:commit", {"writes": [verify]}))[0] == 200
    verify["currentDocument"] = {"updateTime": "2020-01-01T00:00:00Z"}
    status, refused = await http("POST", f"/v1/{http.root}:commit", {"writes": [verify]})
    assert (status, refused["error"]["status"]) == (400, "FAILED_PRECONDITION")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (":commit", {"writes": [{"update": {"name": "things/one"}}]}, "INVALID_ARGUMENT"),
        (":commit", {"writes": "none"}, "INVALID_ARGUMENT"),
        (":partitionQuery", {}, "UNIMPLEMENTED"),
        (":runAggregationQuery", {}, "INVALID_ARGUMENT"),
        (":batchGet", {"documents": [], "readTime": "2026-01-01T00:00:00Z"}, "UNIMPLEMENTED"),
    ],
)
async def test_what_is_wrong_is_told(http: Http, path: str, body: Any, status: str) -> None:
    code, answer = await http("POST", f"/v1/{http.root}{path}", body)
    assert (code >= 400, answer["error"]["status"]) == (True, status)


async def test_a_malformed_token_is_unauthenticated(http: Http) -> None:
    status, answer = await http("GET", f"/v1/{http.root}/things/one", Authorization="Bearer nonsense")
    assert (status, answer["error"]["status"]) == (401, "UNAUTHENTICATED")


async def test_clearing_deletes_every_document_of_the_project_alone(
    http: Http, client: Any, server: ServerThread
) -> None:
    batch = client.batch()
    for number in range(20):
        batch.set(client.document(f"things/{number}/deep/{number}"), {"n": number})
    batch.commit()
    other = Http(http._session, server.port, "untouched")
    await other("POST", f"/v1/{other.root}/things?documentId=one", {"fields": {}})
    assert (await http("DELETE", f"/emulator/v1/{http.root}"))[0] == 200
    assert list(client.collections()) == []
    assert (await other("GET", f"/v1/{other.root}/things/one"))[0] == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
@pytest.mark.parametrize("path", ["/emulator/v1/meter", "/emulator/v1/projects/p/databases/d/documents"])
async def test_administration_refuses_other_sites(http: Http, path: str, headers: dict[str, str]) -> None:
    assert (await http("DELETE", path, **headers))[0] == 403
