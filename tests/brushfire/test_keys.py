"""`brushfire keys`: keys are shown once, kept as hashes, listed and taken back."""

import json
from typing import Any
from uuid import uuid4

import pytest

from brushfire import cli
from brushfire.running import Addresses
from contract.api_key import hash_of
from listener.firebase import connect
from listener.settings import Settings


@pytest.fixture
def uid(firebase: Addresses, monkeypatch: pytest.MonkeyPatch) -> str:
    """A user of the local Firebase, which the environment chooses."""
    for name, value in firebase.environment().items():
        monkeypatch.setenv(name, value)
    return f"u{uuid4().hex[:8]}"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert cli.main(["keys", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_only_the_hash_of_a_key_is_stored(
    uid: str, firebase: Addresses, capsys: pytest.CaptureFixture[str]
) -> None:
    made = said(capsys, "create", "--uid", uid, "--name", "laptop")
    connected = connect(Settings.from_environment(firebase.environment()))
    kept = connected.db.document(f"api_keys/{hash_of(made['key'])}").get().to_dict()
    connected.close()
    assert made["key"] not in str(kept)
    assert kept.pop("created_at")
    assert kept == {"uid": uid, "name": "laptop", "begins": made["key"][:8], "revoked": False}


def test_a_key_is_listed_and_taken_back_by_its_id(uid: str, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (said(capsys, "create", "--uid", uid, "--name", name) for name in ("one", "two"))
    assert cli.main(["keys", "revoke", first["id"]]) == 0
    capsys.readouterr()
    listed = {key["name"]: key for key in said(capsys, "list", "--uid", uid)}
    assert {name: key["revoked"] for name, key in listed.items()} == {"one": True, "two": False}
    assert listed["two"]["id"] == second["id"]


def test_the_key_alone_is_written_to_standard_output(uid: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["keys", "create", "--uid", uid]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("bf_")
    assert len(out.strip()) == 46
    assert "brushfire keys revoke" in err


@pytest.mark.parametrize("words", [["create", "--uid", "a/b"], ["revoke", "f00df00df00d"], ["revoke", ""]])
def test_what_is_no_user_or_no_key_is_told(
    uid: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["keys", *words]) == 2
    assert "but must be" in capsys.readouterr().err
