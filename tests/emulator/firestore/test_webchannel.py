"""The WebChannel protocol, spoken raw: what a browser does when requests are lost, repeated or replaced."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.emulator.conftest import ServerThread


class Session:
    """One client of the Listen channel."""

    def __init__(self, http: aiohttp.ClientSession, port: int, project: str) -> None:
        self._http = http
        self.url = f"http://127.0.0.1:{port}/google.firestore.v1.Firestore/Listen/channel"
        self.database = f"projects/{project}/databases/(default)"
        self.sid = ""
        self.last = 0

    def target(self, target_id: int, collection: str) -> str:
        query = {"from": [{"collectionId": collection}]}
        parent = f"{self.database}/documents"
        target = {"query": {"structuredQuery": query, "parent": parent}, "targetId": target_id}
        return json.dumps({"database": self.database, "addTarget": target})

    async def post(self, messages: list[str], offset: int = 0, **query: str) -> tuple[int, str]:
        form = {"count": str(len(messages)), "ofs": str(offset)}
        form |= {f"req{place}___data__": message for place, message in enumerate(messages)}
        form["headers"] = "Authorization:Bearer owner\r\nX-Goog-Api-Client:gl-js/ fire/12.19.0\r\n"
        query = {"VER": "8", "RID": "1", "AID": str(self.last), **query}
        async with self._http.post(self.url, params=query, data=form) as response:
            self.headers = response.headers
            return response.status, await response.text()

    async def open(self, messages: list[str]) -> None:
        status, text = await self.post(messages)
        assert status == 200
        (number, (kind, self.sid, *_)) = parse(text)[0][0]
        assert (number, kind) == (0, "c")

    async def poll(self, after: int | None = None) -> list[Any]:
        """One request of the back channel that ends after a batch: the payloads, numbers checked."""
        last = self.last if after is None else after
        query = {"VER": "8", "RID": "rpc", "SID": self.sid, "AID": str(last), "CI": "1", "TYPE": "xmlhttp"}
        async with self._http.get(self.url, params=query) as response:
            assert response.status == 200
            messages = [message for frame in parse(await response.text()) for message in frame]
        assert [number for number, _ in messages] == list(range(last + 1, last + 1 + len(messages)))
        self.last = max(self.last, messages[-1][0])
        return [payload[0] for _, payload in messages]


def parse(text: str) -> list[Any]:
    """The frames in a response: a length in characters, a line feed, and that much JSON."""
    frames = []
    while text:
        length, _, text = text.partition("\n")
        frames.append(json.loads(text[: int(length)]))
        text = text[int(length) :]
    return frames


@pytest.fixture
async def session(server: ServerThread, project: str) -> AsyncIterator[Session]:
    async with aiohttp.ClientSession() as http:
        yield Session(http, server.port, project)


def kinds(payloads: list[Any]) -> list[str]:
    return [
        payload["targetChange"].get("targetChangeType", "NO_CHANGE")
        if "targetChange" in payload
        else "document"
        for payload in payloads
        if isinstance(payload, dict)
    ]


async def test_a_target_sent_with_the_handshake_is_answered_on_the_back_channel(session: Session) -> None:
    await session.open([session.target(2, "things")])
    assert session.headers["X-HTTP-Session-Id"]
    assert kinds(await session.poll()) == ["ADD", "CURRENT", "NO_CHANGE"]


async def test_what_the_client_repeats_is_taken_once(session: Session) -> None:
    await session.open([session.target(2, "things")])
    await session.post([session.target(4, "others")], offset=1, SID=session.sid)
    await session.post([session.target(4, "others")], offset=1, SID=session.sid)
    assert kinds(await session.poll()).count("ADD") == 2


async def test_what_was_not_acknowledged_is_sent_again(session: Session, client: Any) -> None:
    await session.open([session.target(2, "things")])
    first = await session.poll()
    assert await session.poll(after=0) == first
    client.document("things/one").set({"text": "\U0001f525"})
    changes = await session.poll()
    assert kinds(changes) == ["document", "NO_CHANGE"]
    assert changes[0]["documentChange"]["document"]["fields"]["text"] == {"stringValue": "\U0001f525"}


async def test_a_message_that_is_no_request_is_answered_with_an_error(session: Session) -> None:
    await session.open(['{"addTarget": 5}'])
    assert (await session.poll())[0]["error"]["status"] == "INVALID_ARGUMENT"


async def test_an_unknown_session_is_told_so_that_the_client_opens_another(session: Session) -> None:
    status, text = await session.post([], SID="gone")
    assert (status, text.index("Unknown SID") > 0) == (400, True)


async def test_a_terminated_session_is_gone(session: Session) -> None:
    await session.open([session.target(2, "things")])
    assert (await session.post([], SID=session.sid, TYPE="terminate"))[0] == 200
    assert (await session.post([], SID=session.sid))[0] == 400


async def test_a_page_of_this_machine_may_read_the_session_header(session: Session) -> None:
    async with session._http.post(
        session.url, data={"count": "0"}, headers={"Origin": "http://localhost:5000"}
    ) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:5000"
        assert "X-HTTP-Session-Id" in response.headers["Access-Control-Expose-Headers"]
