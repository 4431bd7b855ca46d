"""A Storage on a free port, and Google's client for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from emulator.storage.server import StorageServer
from tests.emulator.suite.running import running


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with running(StorageServer(tmp_path)) as address:
        yield address


@pytest.fixture
def bucket(address: str) -> Iterator[storage.Bucket]:
    with google_client(address) as client:
        yield client.bucket("pictures")


def google_client(address: str) -> storage.Client:
    return storage.Client(
        project="demo-brushfire",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": f"http://{address}"},
    )
