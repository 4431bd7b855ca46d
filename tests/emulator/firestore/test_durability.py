"""What was acknowledged survives SIGKILL, and listeners survive a restart."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from tests.emulator.firestore.process import ServerProcess
from tests.emulator.firestore.test_listening import Watcher

pytestmark = pytest.mark.slow
WRITERS = 8


def connect(port: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{port}")
    return firestore.Client(project="demo", credentials=AnonymousCredentials())


class Writer(threading.Thread):
    """Writes pairs of documents, each in one batch, until the server is gone."""

    def __init__(self, client: Any, number: int) -> None:
        super().__init__()
        self._client = client
        self._number = number
        self.acknowledged = 0
        self.started_well = threading.Event()

    def run(self) -> None:
        while True:
            batch = self._client.batch()
            for half in ("left", "right"):
                batch.set(self._client.document(f"{half}/w{self._number}n{self.acknowledged}"), {"n": 1})
            try:
                batch.commit(retry=None, timeout=2)
            except (exceptions.GoogleAPICallError, exceptions.RetryError):
                return
            self.acknowledged += 1
            if self.acknowledged == 40:
                self.started_well.set()


def test_nothing_acknowledged_is_lost_and_no_batch_is_torn_when_the_server_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = ServerProcess(tmp_path)
    clients = [connect(victim.port, monkeypatch) for _ in range(WRITERS)]
    writers = [Writer(client, number) for number, client in enumerate(clients)]
    for writer in writers:
        writer.start()
    for writer in writers:
        assert writer.started_well.wait(20)
    victim.kill()
    for writer in writers:
        writer.join(20)
    for client in clients:
        client.close()

    survivor = ServerProcess(tmp_path)
    client = connect(survivor.port, monkeypatch)
    left, right = (
        {snapshot.id for snapshot in client.collection(half).stream()} for half in ("left", "right")
    )
    client.close()
    survivor.stop()
    expected = {f"w{number}n{n}" for number, writer in enumerate(writers) for n in range(writer.acknowledged)}
    assert expected - left == set()
    assert left == right
    assert len(left - expected) <= WRITERS


def test_a_live_listener_goes_on_after_the_server_was_killed_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = ServerProcess(tmp_path)
    client = connect(victim.port, monkeypatch)
    client.document("things/before").set({"n": 1})
    live = Watcher(client.collection("things"))
    live.until(["before"])
    victim.kill()
    survivor = ServerProcess(tmp_path, victim.port)
    client.document("things/later").set({"n": 2})
    live.until(["before", "later"])
    live.stop()
    client.close()
    survivor.stop()


def test_a_live_listener_goes_on_after_the_server_was_stopped_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ServerProcess(tmp_path)
    client = connect(first.port, monkeypatch)
    live = Watcher(client.collection("things"))
    live.until([])
    first.stop()
    second = ServerProcess(tmp_path, first.port)
    client.document("things/later").set({"n": 2})
    live.until(["later"])
    live.stop()
    client.close()
    second.stop()
