"""How commands find the local Firebase that runs."""

import json
import socket
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from brushfire import running
from brushfire.running import Addresses


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "brushfire" / "running"


@pytest.fixture
def listening() -> Iterator[Addresses]:
    """Addresses of which Firestore's really answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        others = (f"127.0.0.1:{port}" for port in range(1, 5))
        yield Addresses("demo-test", address, *others)


def test_what_was_announced_is_found_until_it_ends(listening: Addresses) -> None:
    with running.announced(listening):
        assert running.find() == listening
    assert running.find() is None


def test_one_that_was_killed_is_forgotten(listening: Addresses, state: Path) -> None:
    state.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        gone = f"127.0.0.1:{closed.getsockname()[1]}"
    beyond_any_process = 2**22 + 1
    file = state / f"{beyond_any_process}.json"
    file.write_text(json.dumps(asdict(listening) | {"firestore": gone}))
    assert running.find() is None
    assert not file.exists()


def test_the_environment_wins_over_the_one_that_runs(listening: Addresses) -> None:
    with running.announced(listening):
        assert running.environment({})["FIRESTORE_EMULATOR_HOST"] == listening.firestore
        chosen = {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:9"}
        assert running.environment(chosen) == chosen
        real = {"GOOGLE_APPLICATION_CREDENTIALS": "key.json"}
        assert running.environment(real) == real
