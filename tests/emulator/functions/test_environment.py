"""What a function finds in its environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator.config import Address, Service
from emulator.functions.environment import environment
from emulator.functions.manifest import FunctionSpec, HttpTrigger

ADDRESSES = {service: Address("127.0.0.1", 7000 + i) for i, service in enumerate(Service)}


def test_a_function_finds_the_emulators_and_itself(tmp_path: Path) -> None:
    spec = FunctionSpec("my_api", HttpTrigger(), ("europe-west1",))
    found = environment("mine", tmp_path, ADDRESSES, spec)
    expected = {
        "FIRESTORE_EMULATOR_HOST": "127.0.0.1:7000",
        "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:7001",
        "FIREBASE_STORAGE_EMULATOR_HOST": "127.0.0.1:7002",
        "STORAGE_EMULATOR_HOST": "http://127.0.0.1:7002",
        "GCLOUD_PROJECT": "mine",
        "GOOGLE_CLOUD_PROJECT": "mine",
        "FUNCTIONS_EMULATOR": "true",
        "FUNCTION_TARGET": "my_api",
        "FUNCTION_REGION": "europe-west1",
        "K_SERVICE": "my-api",
    }
    assert expected.items() <= found.items()
    assert json.loads(found["FIREBASE_CONFIG"]) == {"projectId": "mine", "storageBucket": "mine.appspot.com"}


def test_the_credentials_of_whoever_started_the_emulator_are_withheld(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/home/me/key.json")
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/home/me/.config/gcloud")
    found = environment("mine", tmp_path, ADDRESSES)
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in found
    assert found["CLOUDSDK_CONFIG"] == "/dev/null"


def test_env_files_are_read_the_special_ones_last(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# names\nA=1\nexport B = two words # why\nC='a # b'\n\nK_SERVICE=mine\n")
    (tmp_path / ".env.mine").write_text('A="2"\n')
    (tmp_path / ".env.other").write_text("A=3\n")
    found = environment("mine", tmp_path, ADDRESSES, FunctionSpec("api", HttpTrigger()))
    assert (found["A"], found["B"], found["C"]) == ("2", "two words", "a # b")
    assert found["K_SERVICE"] == "api"


def test_a_line_that_sets_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nnonsense\n")
    with pytest.raises(ValueError, match=r"\.env, line 2: 'nonsense' isn't of the form NAME=value"):
        environment("mine", tmp_path, ADDRESSES)
