"""An Auth on a free port, and firebase-admin for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import firebase_admin
import pytest

from emulator.auth import AuthServer
from tests.emulator.suite.running import running

PROJECT = "demo-auth"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with running(AuthServer(tmp_path, project=PROJECT)) as address:
        yield address


@pytest.fixture
def admin(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[firebase_admin.App]:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", address)
    app = firebase_admin.initialize_app(options={"projectId": PROJECT}, name=address)
    yield app
    firebase_admin.delete_app(app)
