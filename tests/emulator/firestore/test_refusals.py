"""What no client would send is refused before it can do harm, and the server goes on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.emulator.conftest import ServerThread
from tests.emulator.firestore.test_rest import Http
from tests.emulator.firestore.test_webchannel import Session, kinds


@pytest.fixture
async def http(server: ServerThread, project: str) -> AsyncIterator[Http]:
    async with aiohttp.ClientSession() as session:
        yield Http(session, server.port, project)


@pytest.fixture
async def session(server: ServerThread, project: str) -> AsyncIterator[Session]:
    async with aiohttp.ClientSession() as http:
        yield Session(http, server.port, project)


@pytest.mark.parametrize(
    "value",
    [
        {"geoPointValue": {"latitude": 91}},
        {"geoPointValue": {"longitude": "NaN"}},
        {"timestampValue": "2026-13-01T00:00:00Z"},
        {"stringValue": "\ud800"},
        {"arrayValue": {"values": [{"geoPointValue": {"longitude": 181}}]}},
    ],
)
async def test_a_value_out_of_its_range_is_not_stored(http: Http, value: dict[str, Any]) -> None:
    write = {"update": {"name": f"{http.root}/things/one", "fields": {"v": value}}}
    status, refused = await http("POST", f"/v1/{http.root}:commit", {"writes": [write]})
    assert (status, refused["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert (await http("GET", f"/v1/{http.root}/things/one"))[0] == 404


def test_a_timestamp_that_json_cannot_tell_is_not_stored(client: Any) -> None:
    name = f"{client._database_string}/documents/things/one"
    for time in ({"seconds": 1 << 60}, {"nanos": -1}, {"nanos": 1_000_000_000}):
        write = {"update": {"name": name, "fields": {"at": {"timestamp_value": time}}}}
        with pytest.raises(Exception, match="Property at holds a timestamp_value out of its range"):
            client._firestore_api.commit(request={"database": client._database_string, "writes": [write]})


@pytest.mark.parametrize("size", ["x", "9" * 20, ""])
async def test_a_page_size_that_is_no_number_is_refused(http: Http, size: str) -> None:
    status, refused = await http("GET", f"/v1/{http.root}/things?pageSize={size}")
    assert (status, refused["error"]["message"].partition(" is")[0]) == (400, "pageSize")


async def test_a_listener_of_an_impossible_projection_is_refused_before_any_commit(
    session: Session, client: Any
) -> None:
    query = {"from": [{"collectionId": "things"}], "select": {"fields": [{"fieldPath": "a..b"}]}}
    target = {"query": {"structuredQuery": query, "parent": f"{session.database}/documents"}, "targetId": 2}
    await session.open([json.dumps({"addTarget": target})])
    added, removed = await session.poll()
    assert kinds([added, removed]) == ["ADD", "REMOVE"]
    assert "a..b" in removed["targetChange"]["cause"]["message"]
    client.document("things/one").set({"n": 1})


async def test_a_target_that_names_a_document_twice_comes_and_goes(session: Session) -> None:
    names = [f"{session.database}/documents/things/one"] * 2
    await session.open([json.dumps({"addTarget": {"documents": {"documents": names}, "targetId": 2}})])
    assert kinds(await session.poll()).count("ADD") == 1
    assert (await session.post([json.dumps({"removeTarget": 2})], offset=1, SID=session.sid))[0] == 200
    assert kinds(await session.poll()) == ["REMOVE"]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"count": "999999999999", "ofs": "0"}, 200),
        ({"count": "1e9"}, 400),
        ({"count": "1", "ofs": "x"}, 400),
    ],
)
async def test_a_count_beyond_measure_is_answered_at_once(
    session: Session, form: dict[str, str], status: int
) -> None:
    await session.open([])
    async with session._http.post(session.url, params={"SID": session.sid}, data=form) as response:
        assert response.status == status
