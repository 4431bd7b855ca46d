"""An empty database and bucket on the local Firebase, which runs no functions here; and who is written to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from brushfire.running import Addresses
from functions.connection import Connection
from functions.settings import Settings, Smtp
from functions.telling import Telling
from listener.clock import ServerClock
from listener.edge import Edge
from listener.firebase import Firebase, connect
from listener.settings import Settings as ListenerSettings
from listener.storage import FileStore
from tests.functions.receivers import Receivers
from tests.functions.running import WEBHOOK_SECRET


@pytest.fixture(scope="module")
def firebase_client(firebase: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firebase]:
    """Google's clients, for the whole module."""
    state: Path = tmp_path_factory.mktemp("state")
    connected = connect(
        ListenerSettings.from_environment(firebase.environment() | {"BRUSHFIRE_STATE": str(state)})
    )
    yield connected
    connected.close()


@pytest.fixture
def connection(empty_firestore: Addresses, firebase_client: Firebase) -> Connection:
    """Connected, to an empty database and an empty bucket."""
    for blob in firebase_client.bucket.list_blobs():
        blob.delete()
    host = empty_firestore.storage
    return Connection(Edge(firebase_client.db, ServerClock()), FileStore(firebase_client.bucket, host))


@pytest.fixture
def db(connection: Connection) -> Any:
    """The database itself."""
    return connection.edge.db


@pytest.fixture(scope="module")
def servers() -> Iterator[Receivers]:
    """The module's mail server and HTTP server."""
    receivers = Receivers().start()
    yield receivers
    receivers.stop()


@pytest.fixture
def receivers(servers: Receivers) -> Receivers:
    """Both, with nothing received and nothing to go wrong."""
    servers.clear()
    return servers


@pytest.fixture
def settings(receivers: Receivers) -> Settings:
    """Mail by SMTP, webhooks on this machine."""
    return Settings(
        site="https://brushfire.example",
        provider=Smtp("127.0.0.1", receivers.smtp_port, "none", None, None),
        sender="Brushfire <pictures@brushfire.example>",
        mails_a_day=50,
        webhook_secret=WEBHOOK_SECRET,
        local_webhooks=True,
    )


@pytest.fixture
def telling(connection: Connection, settings: Settings) -> Telling:
    """What tells owners."""
    return Telling(connection, settings)


@pytest.fixture
def without_webhooks(settings: Settings) -> Settings:
    """No secret, no webhooks."""
    return replace(settings, webhook_secret=None)
