"""Signing in from a notebook: the key is used, and seen nowhere."""

import json
import stat
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from brushfire.colab import checked_key, sign_in
from contract.errors import SetupError

KEY = {
    "type": "service_account",
    "project_id": "studio-1",
    "client_email": "desk@studio-1.iam.gserviceaccount.com",
    "private_key": "-----BEGIN PRIVATE KEY-----\nvery-secret\n-----END PRIVATE KEY-----",
}


class NotFound(Exception):
    """As google.colab.userdata raises it."""


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Colab's own modules, with what a test puts into the secrets and into the browser's choice of a file."""
    has: dict[str, Any] = {"secrets": {}, "upload": {}, "cleared": 0}
    userdata, files, display = (ModuleType(name) for name in ("userdata", "files", "display"))

    def get(name: str) -> str:
        if name not in has["secrets"]:
            raise NotFound(name)
        return str(has["secrets"][name])

    def upload() -> dict[str, bytes]:
        for name, content in has["upload"].items():
            Path(name).write_bytes(content)  # as Colab does, in the current folder
        return dict(has["upload"])

    def clear_output() -> None:
        has["cleared"] += 1

    userdata.__dict__.update(get=get, SecretNotFoundError=NotFound, NotebookAccessError=PermissionError)
    files.__dict__.update(upload=upload)
    display.__dict__.update(clear_output=clear_output)
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "google.colab.userdata", userdata)
    monkeypatch.setitem(sys.modules, "google.colab.files", files)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.chdir(tmp_path)
    return has


def test_a_secret_becomes_a_file_that_only_this_user_reads(
    colab: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    colab["secrets"]["BRUSHFIRE_KEY"] = json.dumps(KEY)
    environment: dict[str, str] = {}
    said = sign_in(environment=environment)
    assert said == "project studio-1, as desk@studio-1.iam.gserviceaccount.com"
    file = Path(environment["GOOGLE_APPLICATION_CREDENTIALS"])
    assert json.loads(file.read_text()) == KEY
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "secret" not in said + capsys.readouterr().out


def test_an_upload_is_moved_away_and_what_colab_said_of_it_is_cleared(
    colab: dict[str, Any], tmp_path: Path
) -> None:
    colab["upload"]["key.json"] = json.dumps(KEY).encode()
    environment: dict[str, str] = {}
    sign_in(environment=environment)
    assert list(tmp_path.glob("*.json")) == []
    assert colab["cleared"] == 1
    assert Path(environment["GOOGLE_APPLICATION_CREDENTIALS"]).is_file()


def test_what_the_environment_chose_stays(colab: dict[str, Any], tmp_path: Path) -> None:
    assert sign_in(environment={"FIRESTORE_EMULATOR_HOST": "h:1"}) == "the local Firebase at h:1"
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(KEY))
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}
    assert "studio-1" in sign_in(environment=environment)
    assert environment["GOOGLE_APPLICATION_CREDENTIALS"] == str(file)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no json very-secret", "no JSON"),
        ("[]", "service_account"),
        (json.dumps(KEY | {"type": "authorized_user"}), "service_account"),
        (json.dumps(KEY | {"client_email": ""}), "client_email"),
        (json.dumps({k: v for k, v in KEY.items() if k != "project_id"}), "project_id"),
    ],
)
def test_a_wrong_key_is_refused_by_the_name_of_its_field_and_not_shown(content: str, words: str) -> None:
    with pytest.raises(SetupError) as refused:
        checked_key(content)
    assert words in str(refused.value)
    assert "very-secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None or refused.value.__suppress_context__, (
        "a traceback of the parser would show the content"
    )


def test_outside_of_colab_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.colab.userdata", None)
    with pytest.raises(SetupError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        sign_in(environment={})
