"""The endpoints beside Firestore's own: a database to a file and back over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from tests.emulator.conftest import ServerThread


@pytest.fixture
async def http(server: ServerThread) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
        yield session


@pytest.fixture
def database(project: str) -> str:
    return f"/emulator/v1/projects/{project}/databases/(default)"


def contents(client: Any) -> dict[str, Any]:
    return {snapshot.id: snapshot.to_dict() for snapshot in client.collection("things").stream()}


def untimed(line: bytes) -> Any:
    """A line of an export without the time of its document's last change."""
    return json.loads(line) | {"updateTime": None}


def parts_of(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


async def test_a_database_comes_back_from_its_download(
    http: aiohttp.ClientSession, database: str, client: Any, new_client: Any, project: str
) -> None:
    things = {f"t{n:03}": {"n": n, "text": "naïve \U0001f525\n", "deep": {"list": [n]}} for n in range(250)}
    for name, thing in things.items():
        client.document(f"things/{name}").set(thing)
    async with http.get(f"{database}/export") as response:
        assert response.status == 200
        assert f'attachment; filename="{project}.firestore.jsonl"' in response.headers["Content-Disposition"]
        export = await response.read()
    header, *lines = export.splitlines()
    assert json.loads(header) == {"format": "firestore-export", "version": 1, "documents": len(lines)}
    assert all(f"/{project}/" in json.loads(line)["name"] for line in lines)
    async with http.delete(f"{database}/documents") as response:
        assert response.status == 200
    assert contents(client) == {}

    async def upload() -> AsyncIterator[bytes]:
        for part in parts_of(export, 1_000):
            yield part

    async with http.post(f"{database}/import", data=upload()) as response:
        assert await response.json() == {"documents": 250}
    assert contents(client) == things
    async with http.get(f"{database}/export") as response:
        assert list(map(untimed, (await response.read()).splitlines())) == list(
            map(untimed, export.splitlines())
        )


async def test_a_damaged_line_is_named_and_nothing_changes(
    http: aiohttp.ClientSession, database: str, client: Any
) -> None:
    for name in "abc":
        client.document(f"things/{name}").set({"text": "exported"})
    async with http.get(f"{database}/export") as response:
        lines = (await response.read()).splitlines(keepends=True)
    client.document("things/a").set({"text": "changed since"})
    lines[3] = lines[3][:-20] + b"\n"
    async with http.post(f"{database}/import", data=b"".join(lines)) as response:
        assert response.status == 400
        error = (await response.json())["error"]
    assert error["status"] == "INVALID_ARGUMENT"
    assert error["message"].startswith("Nothing was imported: line 4: ")
    assert contents(client)["a"] == {"text": "changed since"}


async def test_another_database_s_documents_are_refused(
    http: aiohttp.ClientSession, database: str, client: Any
) -> None:
    client.document("things/a").set({})
    async with http.get(f"{database}/export") as response:
        export = await response.read()
    async with http.post("/emulator/v1/projects/other/databases/(default)/import", data=export) as response:
        assert response.status == 400
        message = (await response.json())["error"]["message"]
    assert "line 2: " in message
    assert "isn't below projects/other/databases/(default)/documents" in message


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Host": "elsewhere.example"}])
async def test_strangers_may_neither_export_nor_import(
    http: aiohttp.ClientSession, database: str, client: Any, headers: dict[str, str]
) -> None:
    client.document("things/a").set({})
    async with http.get(f"{database}/export", headers=headers) as response:
        assert response.status == 403
    async with http.post(f"{database}/import", headers=headers, data=b"") as response:
        assert response.status == 403
        assert "isn't accepted" in await response.text()
