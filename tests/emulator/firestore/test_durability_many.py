"""A server killed ten times amid a thousand commits, with 64 of them in flight each time."""

from __future__ import annotations

import asyncio
import itertools
import random
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.emulator.firestore.process import ServerProcess

WRITERS = 64
KILLS = 10
ROUND = 1_000  # commits that a round would make if it were let
PARTS = ("left", "middle", "right")


def micros(time: Any) -> int:
    return int(time.timestamp_pb().ToMicroseconds())


class Ledger:
    """What was acknowledged, over all rounds."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, int] = {}  # a commit's id → its time in microseconds
        self.begun: set[str] = set()
        self.stored = 0  # commits that were found, in the rounds so far
        self.latest = 0  # the latest time that the server has ever told

    def acknowledge(self, identity: str, times: set[int]) -> None:
        (time,) = times  # one commit has one time
        self.acknowledged[identity] = time


class Round:
    """Commits of a left, a middle and a right document, and of the writer's own head, until the kill."""

    def __init__(self, client: Any, ledger: Ledger, number: int) -> None:
        self._client, self._ledger, self._number = client, ledger, number
        self._floor = ledger.latest
        self._done = 0

    async def play(self, server: ServerProcess, kill_after: int) -> None:
        """Returns once the server is dead and every writer has noticed."""
        self._kill_after, self._reached = kill_after, asyncio.Event()
        writers = [asyncio.create_task(self._write(writer)) for writer in range(WRITERS)]
        await self._reached.wait()
        server.kill()
        await asyncio.gather(*writers)

    async def _write(self, writer: int) -> None:
        for count in itertools.count():
            identity = f"r{self._number}w{writer}n{count}"
            batch = self._client.batch()
            for part in PARTS:
                batch.create(self._client.document(f"{part}/{identity}"), {"round": self._number})
            batch.set(self._client.document(f"heads/w{writer}"), {"commit": identity})
            self._ledger.begun.add(identity)
            try:
                results = await batch.commit(retry=None, timeout=10)
            except exceptions.ServerError:
                return
            times = {micros(result.update_time) for result in results}
            assert min(times) > self._floor
            self._ledger.acknowledge(identity, times)
            self._done += 1
            if self._done >= self._kill_after:
                self._reached.set()


async def check(client: Any, ledger: Ledger, number: int) -> None:
    """Nothing of a round that was acknowledged is lost or half there, and every time is as it was told."""
    mine = f"r{number}w"
    stored = {}
    for part in PARTS:
        of_round = client.collection(part).where(filter=FieldFilter("round", "==", number))
        stored[part] = {one.id: micros(one.update_time) async for one in of_round.stream()}
    left = stored["left"]
    assert stored["middle"] == stored["right"] == left
    acknowledged = {name: time for name, time in ledger.acknowledged.items() if name.startswith(mine)}
    assert acknowledged.items() <= left.items()
    assert left.keys() <= ledger.begun
    async for head in client.collection("heads").stream():
        if (last := head.get("commit")).startswith(mine):
            of_writer = [name for name in left if name.startswith(f"{mine}{head.id[1:]}n")]
            assert last == max(of_writer, key=left.__getitem__)
            assert micros(head.update_time) == left[last]
    ledger.latest = max(ledger.latest, *left.values())
    ledger.stored += len(left)


def connect() -> Any:
    return firestore.AsyncClient(project="demo", credentials=AnonymousCredentials())


async def close(client: Any) -> None:
    closing = client.close()
    if closing is not None:
        await closing


@pytest.mark.slow
async def test_ten_kills_lose_nothing_that_was_acknowledged_and_tear_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, moments = Ledger(), random.Random(7)
    server = await asyncio.to_thread(ServerProcess, tmp_path)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{server.port}")
    client = connect()
    for number in range(KILLS):
        await Round(client, ledger, number).play(server, moments.randrange(1, ROUND))
        await close(client)
        server = await asyncio.to_thread(ServerProcess, tmp_path, server.port)
        client = connect()
        await check(client, ledger, number)
    for part in PARTS:  # nor has a later kill undone what an earlier round had left
        assert (await client.collection(part).count().get())[0][0].value == ledger.stored
    await close(client)
    await asyncio.to_thread(server.stop)
    assert len(set(ledger.acknowledged.values())) == len(ledger.acknowledged) > KILLS * WRITERS
