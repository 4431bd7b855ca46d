"""A Firestore server in a thread of the test process, and clients of its own project for each test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.firestore.access import Access
from emulator.firestore.index_definitions import IndexDefinitions
from emulator.firestore.server import FirestoreServer
from emulator.meter import Meter

T = TypeVar("T")


class ServerThread:
    """A server with an event loop and a thread of its own. `stop` and `start` again keep port and data."""

    def __init__(
        self, data_dir: Path, access: Access | None = None, indexes: IndexDefinitions | None = None
    ) -> None:
        self.meter = Meter()
        self.port = 0
        self._data_dir = data_dir
        self._access = access
        self._indexes = indexes

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = FirestoreServer(
            self._data_dir, meter=self.meter, access=self._access, indexes=self._indexes
        )
        self.call(self._server.start("127.0.0.1", self.port))
        self.port = self._server.port

    def stop(self) -> None:
        self.call(self._server.stop())
        self.call(asyncio.sleep(0.01))  # in which transports that were closed end
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerThread]:
    running = ServerThread(tmp_path_factory.mktemp("firestore"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def project() -> str:
    """A project that no other test uses: its documents are this test's own."""
    return f"test-{uuid4().hex[:12]}"


ClientFactory = Callable[[], Any]


@pytest.fixture
def new_client(
    server: ServerThread, project: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ClientFactory]:
    """Makes further clients of the test's project."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{server.port}")
    made: list[Any] = []

    def make() -> Any:
        made.append(firestore.Client(project=project, credentials=AnonymousCredentials()))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(new_client: ClientFactory) -> Any:
    """An unmodified google-cloud-firestore client."""
    return new_client()


@pytest.fixture
async def async_client(
    server: ServerThread, project: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Any]:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{server.port}")
    made = firestore.AsyncClient(project=project, credentials=AnonymousCredentials())
    yield made
    closing = made.close()
    if closing is not None:
        await closing
