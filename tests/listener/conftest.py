"""A queue of its own for each test, on the local Firebase, with Google's own clients."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from brushfire.running import Addresses
from contract.events import Event
from contract.task import NewTask
from listener.firebase import Firebase, connect
from listener.settings import Settings
from listener.task_queue import TaskQueue
from renderers import RENDERERS, Entry
from tests.listener.fakes import Squares
from tests.listener.running import Running

Submit = Callable[..., str]


@pytest.fixture
def settings(firebase: Addresses, tmp_path: Path) -> Settings:
    """One worker's settings, with a lease and pauses that a test can wait for."""
    chosen = {"BRUSHFIRE_DEVICE": "cpu", "BRUSHFIRE_WORKER": "worker-a", "BRUSHFIRE_RETRY_SECONDS": "0.5"}
    chosen["BRUSHFIRE_STATE"] = str(tmp_path / "state")
    return Settings.from_environment(firebase.environment() | chosen)


@pytest.fixture
def client(settings: Settings, empty_firestore: Addresses) -> Iterator[Firebase]:
    """Connected, to an empty database and an empty bucket."""
    connected = connect(settings)
    for blob in connected.bucket.list_blobs():
        blob.delete()
    yield connected
    connected.close()


@pytest.fixture
def db(client: Firebase) -> Any:
    """The database itself, to look at documents and to write strange ones."""
    return client.db


@pytest.fixture
def events() -> list[Event]:
    """What the queues of a test told of."""
    return []


@pytest.fixture
def queue(client: Firebase, events: list[Event]) -> TaskQueue:
    """The queue as worker-a sees it."""
    return TaskQueue(client.db, "worker-a", retry_seconds=0.5, tell=events.append)


@pytest.fixture
def rival(settings: Settings, client: Firebase, events: list[Event]) -> Iterator[TaskQueue]:
    """The queue as worker-b sees it, over a connection of its own."""
    connected = connect(replace(settings, worker="worker-b"))
    yield TaskQueue(connected.db, "worker-b", tell=events.append)
    connected.close()


@pytest.fixture
def submit(queue: TaskQueue) -> Submit:
    """Put a task in the queue that lacks nothing but what is said."""

    def put(id: str | None = None, **fields: Any) -> str:
        return queue.submit(NewTask(**{**TASK, **fields}), id)

    return put


TASK: dict[str, Any] = {
    "uid": "ann",
    "prompt": "a red circle",
    "renderer": "pixeldraw",
    "params": {"iterations": 3},
}


@pytest.fixture
def squares(monkeypatch: pytest.MonkeyPatch) -> type[Squares]:
    """A renderer that needs no weights takes pixeldraw's place."""
    monkeypatch.setitem(RENDERERS, "pixeldraw", Entry("tests.listener.fakes:Squares", ""))
    monkeypatch.setattr(Squares, "begun", threading.Event())
    monkeypatch.setattr(Squares, "fault", None)
    monkeypatch.setattr(Squares, "renders", [])
    # A test may set it: what is set here is put back.
    monkeypatch.setattr(Squares, "PAUSE", 0.0)
    return Squares


@pytest.fixture
def listener(settings: Settings, client: Firebase, squares: type[Squares]) -> Iterator[Running]:
    """One that runs, with that renderer."""
    with Running(settings) as running:
        yield running
