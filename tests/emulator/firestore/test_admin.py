"""firebase-admin, which brings the Python client with credentials of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import firebase_admin
import pytest
from firebase_admin import credentials, firestore
from google.auth.credentials import AnonymousCredentials

from tests.emulator.conftest import ServerThread


class NoCredential(credentials.Base):  # type: ignore[misc]
    """What firebase-admin asks for even where an emulator is set."""

    def get_credential(self) -> Any:
        return AnonymousCredentials()


@pytest.fixture
def admin(server: ServerThread, project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{server.port}")
    app = firebase_admin.initialize_app(NoCredential(), {"projectId": project}, name=project)
    yield firestore.client(app)
    firebase_admin.delete_app(app)


def test_firebase_admin_writes_and_reads(admin: Any, client: Any) -> None:
    admin.document("things/one").set({"n": 1, "at": firestore.SERVER_TIMESTAMP})
    assert client.document("things/one").get().get("n") == 1
    assert [snapshot.id for snapshot in admin.collection("things").stream()] == ["one"]
