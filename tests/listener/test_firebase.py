"""The connection goes where the settings say, whatever else the environment holds."""

import json
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from contract.errors import SetupError, Unreachable
from listener.edge import server_errors
from listener.firebase import Firebase, connect
from listener.settings import Settings


def metered(settings: Settings) -> dict[str, dict[str, int]]:
    """Billed operations by the product that asked for them."""
    with urllib.request.urlopen(f"http://{settings.firestore_host}/emulator/v1/meter") as answer:
        clients: dict[str, dict[str, int]] = json.load(answer)["clients"]
    return clients


def test_the_meter_knows_who_asked(settings: Settings, client: Firebase) -> None:
    before = metered(settings).get("brushfire-probe", {"reads": 0, "writes": 0})
    probe = connect(settings, "brushfire-probe/1.0")
    probe.db.document("queue/x").set({"a": 1})
    probe.db.document("queue/x").get()
    probe.close()
    after = metered(settings)["brushfire-probe"]
    assert after["writes"] - before["writes"] == 1
    assert after["reads"] - before["reads"] == 1


def test_the_environment_of_the_process_is_not_asked_again(
    settings: Settings, client: Firebase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    other = connect(settings)
    other.db.document("queue/x").set({"a": 1})
    other.bucket.blob("x").upload_from_string("x")
    other.close()


def test_a_real_project_is_asked_through_its_own_address(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "key.json"
    file.write_text("{}")
    with pytest.raises(SetupError, match=r"key\.json.*service account"):
        connect(replace(settings, firestore_host=None, storage_host=None, credentials=file))


def test_a_refusal_is_told_as_a_matter_of_setup(settings: Settings, client: Firebase) -> None:
    from google.api_core.exceptions import PermissionDenied, ServiceUnavailable

    with pytest.raises(SetupError, match="credentials"), server_errors():
        raise PermissionDenied("no")
    with pytest.raises(Unreachable, match="ServiceUnavailable"), server_errors():
        raise ServiceUnavailable("later")
