"""What the console's server tells, and to whom."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from time import perf_counter

import pytest

from emulator.config import Service
from emulator.console.server import LOOK_EVERY_S
from emulator.firestore.server import FirestoreServer
from emulator.meter import Bill
from tests.emulator.console.conftest import Local

PNG = b"\x89PNG\r\n\x1a\n and so on"


async def upload(local: Local, name: str, body: bytes, content_type: str) -> None:
    url = local.url(Service.STORAGE, f"/upload/storage/v1/b/pictures/o?uploadType=media&name={name}")
    async with local.http.post(url, data=body, headers={"Content-Type": content_type}) as answer:
        assert answer.status == 200


async def test_documents_are_told_as_they_come_change_and_go_and_cost_nothing(local: Local) -> None:
    await local.write("queue/1", prompt="a fox")
    await local.write("queue/1/live/now", step="3")
    before = local.suite.meter.total()
    async with aclosing(local.events("/api/documents?path=queue/1")) as events:
        assert await anext(events) == ("missing", [])
        name, told = await anext(events)
        assert (name, told["removed"]) == ("documents", [])
        (document,) = told["changed"]
        assert document["name"].endswith("/queue/1")
        assert document["fields"] == {"prompt": {"stringValue": "a fox"}}
        assert await anext(events) == ("collections", {"": ["queue"], "queue/1": ["live"]})
        assert local.suite.meter.total() == before

        await local.write("queue/2", prompt="an owl")
        _, told = await anext(events)
        assert [document["fields"]["prompt"]["stringValue"] for document in told["changed"]] == ["an owl"]
        await local.firestore("DELETE", "queue/2", headers={"Authorization": "Bearer owner"})
        _, told = await anext(events)
        assert [name.rpartition("/")[2] for name in told["removed"]] == ["2"]
    assert local.suite.meter.total() == Bill(before.reads, before.writes + 1, before.deletes + 1)


async def test_a_name_without_a_document_is_told_where_something_is_below_it(local: Local) -> None:
    await local.write("users/alice/private/settings", theme="dark")
    async with aclosing(local.events("/api/documents?path=users")) as events:
        assert await anext(events) == ("missing", ["alice"])


async def test_a_path_that_cannot_be_is_told(local: Local) -> None:
    async with aclosing(local.events("/api/documents?path=queue/__reserved__/live")) as events:
        found = [event async for event in events]
    assert found[-1][0] == "problem"
    assert "__reserved__" in found[-1][1]


async def test_a_page_that_goes_leaves_no_listener(local: Local) -> None:
    server = local.suite._servers[Service.FIRESTORE]
    assert isinstance(server, FirestoreServer)
    async with aclosing(local.events("/api/documents?path=queue")) as events:
        await anext(events)
        assert server.firestore.watch.listeners == 1
    async with asyncio.timeout(10 * LOOK_EVERY_S):
        while server.firestore.watch.listeners:
            await asyncio.sleep(0.02)


async def test_a_denial_is_shown_with_the_line_that_denied(local: Local) -> None:
    assert await local.firestore("GET", "queue/1") == 403
    async with aclosing(local.events("/api/denials")) as events:
        name, told = await anext(events)
        assert name == "view"
        assert told["guarded"] == ["firestore", "storage"]
        (denial,) = told["denials"]
        assert (denial["method"], denial["path"], denial["uid"]) == ("get", "/queue/1", None)
        assert (denial["line"], denial["rule"]) == (5, "allow read: if request.auth != null;")
        url = local.url(Service.STORAGE, "/v0/b/pictures/o?name=x")
        async with local.http.post(url, data=b"x") as answer:
            assert answer.status == 403
        _, told = await anext(events)
        assert [denial["service"] for denial in told["denials"]] == ["storage", "firestore"]


async def test_operations_are_told_when_they_grow(local: Local) -> None:
    async with aclosing(local.events("/api/operations")) as events:
        assert (await anext(events))[1]["total"] == {"reads": 0, "writes": 0, "deletes": 0}
        await local.write("queue/1", prompt="a fox")
        _, told = await anext(events)
        assert told["total"]["writes"] == 1
        assert told["rows"][0]["collection"] == "queue"


async def test_objects_are_listed_by_folder(local: Local) -> None:
    await upload(local, "renders%2F1.png", PNG, "image/png")
    await upload(local, "readme.txt", b"read me", "text/plain")
    async with aclosing(local.events("/api/objects?bucket=pictures")) as events:
        _, told = await anext(events)
    assert (told["buckets"], told["prefixes"]) == (["pictures"], ["renders/"])
    assert [(found["name"], found["size"]) for found in told["objects"]] == [("readme.txt", 7)]


@pytest.mark.parametrize(
    ("content_type", "sent_type", "disposition"),
    [
        ("image/png", "image/png", "inline"),
        ("text/html", "application/octet-stream", "attachment"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
    ],
)
async def test_an_object_that_could_run_is_only_ever_saved(
    local: Local, content_type: str, sent_type: str, disposition: str
) -> None:
    await upload(local, "x%2Ffile", PNG, content_type)
    async with local.http.get(
        local.url(Service.CONSOLE, "/api/object?bucket=pictures&name=x/file")
    ) as answer:
        assert await answer.read() == PNG
        assert answer.headers["Content-Type"] == sent_type
        assert answer.headers["Content-Disposition"] == f"{disposition}; filename*=UTF-8''file"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with local.http.get(local.url(Service.CONSOLE, "/api/object?bucket=pictures&name=no")) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("path", ["/", "/static/console.js", "/api/project", "/api/documents", "/api/object"])
async def test_strangers_are_turned_away_everywhere(local: Local, path: str) -> None:
    url = local.url(Service.CONSOLE, path)
    for headers in (
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:5173"},  # another page of this machine isn't the console either
    ):
        async with local.http.get(url, headers=headers) as answer:
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers


async def test_the_page_may_load_only_its_own(local: Local) -> None:
    async with local.http.get(local.url(Service.CONSOLE, "/")) as answer:
        policy = answer.headers["Content-Security-Policy"]
        page = await answer.text()
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "://" not in page


async def test_a_stop_waits_for_no_open_page(local: Local) -> None:
    async with aclosing(local.events("/api/documents?path=queue")) as events:
        await anext(events)
        begun = perf_counter()
        await local.suite.stop()
        assert perf_counter() - begun < 0.9
