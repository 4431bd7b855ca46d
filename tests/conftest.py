"""What all tests share: a local Firebase, or the one that the environment names."""

import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from brushfire.local_firebase import LocalFirebase
from brushfire.running import Addresses

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def firebase(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """A local Firebase on free ports for the whole run.

    Where FIRESTORE_EMULATOR_HOST is set, the suite it names (the official one, say) is used instead.
    """
    if os.environ.get("FIRESTORE_EMULATOR_HOST"):
        yield Addresses(
            project=os.environ.get("GOOGLE_CLOUD_PROJECT", "demo-brushfire"),
            firestore=os.environ["FIRESTORE_EMULATOR_HOST"],
            auth=os.environ.get("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099"),
            storage=os.environ.get("STORAGE_EMULATOR_HOST", "127.0.0.1:9199").removeprefix("http://"),
            hosting="127.0.0.1:5000",
            ui="127.0.0.1:4000",
        )
        return
    local = LocalFirebase.start(ROOT / "firebase.json", tmp_path_factory.mktemp("firebase"), port=0)
    yield local.addresses
    local.stop()


@pytest.fixture
def empty_firestore(firebase: Addresses) -> Addresses:
    """The Firebase of the whole run, with nothing in its database of what other tests left there."""
    path = f"emulator/v1/projects/{firebase.project}/databases/(default)/documents"
    urllib.request.urlopen(
        urllib.request.Request(f"http://{firebase.firestore}/{path}", method="DELETE")
    ).close()
    return firebase
