"""As whom the functions' process reaches Firebase."""

from collections.abc import Iterator

import firebase_admin
import pytest
from firebase_admin.credentials import ApplicationDefault
from google.auth.credentials import AnonymousCredentials

from functions.connection import start


@pytest.fixture(autouse=True)
def no_app_is_left() -> Iterator[None]:
    yield
    firebase_admin.delete_app(firebase_admin.get_app())


def test_beside_emulators_nobodys_credentials_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")
    start()
    assert isinstance(firebase_admin.get_app().credential.get_credential(), AnonymousCredentials)


def test_deployed_they_are_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    start()
    assert isinstance(firebase_admin.get_app().credential, ApplicationDefault)
