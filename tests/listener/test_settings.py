"""The environment becomes settings, or an error that names the variable, its value and what is accepted."""

import json
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from contract.errors import SetupError
from listener.settings import Settings
from renderers import RENDERERS

LOCAL = {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:8080", "STORAGE_EMULATOR_HOST": "127.0.0.1:9199"}


def test_the_local_firebase_needs_two_addresses_and_nothing_else() -> None:
    settings = Settings.from_environment(LOCAL)
    assert settings.project == "demo-brushfire"
    assert settings.bucket == "demo-brushfire.appspot.com"
    assert (settings.firestore_host, settings.storage_host) == ("127.0.0.1:8080", "127.0.0.1:9199")
    assert settings.credentials is None
    assert settings.device == "auto"
    assert settings.renderers == tuple(sorted(RENDERERS))
    assert (settings.lease_seconds, settings.poll_seconds) == (30.0, 60.0)
    assert settings.log == "text"


@pytest.mark.parametrize("host", ["http://127.0.0.1:9199", "127.0.0.1:9199/", "http://127.0.0.1:9199/"])
def test_storages_address_may_be_written_as_a_url(host: str) -> None:
    assert Settings.from_environment(LOCAL | {"STORAGE_EMULATOR_HOST": host}).storage_host == "127.0.0.1:9199"


def test_a_real_project_needs_a_service_account(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps({"project_id": "studio-7"}))
    settings = Settings.from_environment({"GOOGLE_APPLICATION_CREDENTIALS": str(file)})
    assert (settings.project, settings.bucket) == ("studio-7", "studio-7.firebasestorage.app")
    assert settings.firestore_host is None
    assert settings.credentials == file


def test_what_is_named_wins_over_what_is_derived(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text("{}")
    named = {"GOOGLE_CLOUD_PROJECT": "studio-8", "BRUSHFIRE_BUCKET": "pictures"}
    settings = Settings.from_environment({"GOOGLE_APPLICATION_CREDENTIALS": str(file)} | named)
    assert (settings.project, settings.bucket) == ("studio-8", "pictures")


def test_emulators_win_over_credentials(tmp_path: Path) -> None:
    settings = Settings.from_environment(LOCAL | {"GOOGLE_APPLICATION_CREDENTIALS": "/not/there"})
    assert settings.credentials is None


def test_with_no_firebase_chosen_both_ways_are_told() -> None:
    with pytest.raises(SetupError, match=r"FIRESTORE_EMULATOR_HOST.*GOOGLE_APPLICATION_CREDENTIALS"):
        Settings.from_environment({})


def test_half_an_emulator_is_none() -> None:
    with pytest.raises(SetupError, match="STORAGE_EMULATOR_HOST is missing"):
        Settings.from_environment({"FIRESTORE_EMULATOR_HOST": "127.0.0.1:8080"})


@pytest.mark.parametrize(
    ("variable", "value", "accepted"),
    [
        ("FIRESTORE_EMULATOR_HOST", "localhost", "host:port"),
        ("FIREBASE_AUTH_EMULATOR_HOST", "https://a:1", "host:port"),
        ("BRUSHFIRE_DEVICE", "gpu", "auto, cpu, cuda, cuda:N or mps"),
        ("BRUSHFIRE_WORKER", "a/b", "letters"),
        ("BRUSHFIRE_RENDERERS", "pixeldraw,oil", "some of clipdraw"),
        ("BRUSHFIRE_LEASE_SECONDS", "soon", "from 1 to 3600"),
        ("BRUSHFIRE_LEASE_SECONDS", "0", "from 1 to 3600"),
        ("BRUSHFIRE_POLL_SECONDS", "nan", "from 0.1 to 3600"),
        ("BRUSHFIRE_MODELS", "/not/there", "folder that exists"),
        ("BRUSHFIRE_LOG", "xml", "text or json"),
        ("BRUSHFIRE_BATCH", "0", "from 1 to 64"),
        ("BRUSHFIRE_BATCH", "1.5", "a whole number"),
        ("BRUSHFIRE_BREAKER", "-1", "from 0 to 1000"),
        ("BRUSHFIRE_CHECKPOINT_SECONDS", "often", "from 0 to 3600"),
        ("BRUSHFIRE_METRICS_PORT", "65536", "from 0 to 65535"),
        ("BRUSHFIRE_SPOT", "yes", "0 or 1"),
    ],
)
def test_a_wrong_variable_is_named_with_its_value_and_what_is_accepted(
    variable: str, value: str, accepted: str
) -> None:
    with pytest.raises(SetupError) as error:
        Settings.from_environment(LOCAL | {variable: value})
    assert variable in str(error.value)
    assert repr(value.split(",")[-1]) in str(error.value)
    assert accepted in str(error.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", "not json"])
def test_a_credentials_file_without_a_project_is_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "key.json"
    file.write_text(content)
    with pytest.raises(SetupError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        Settings.from_environment({"GOOGLE_APPLICATION_CREDENTIALS": str(file)})


def test_nothing_is_measured_or_asked_of_the_machine_unless_it_is_wanted() -> None:
    settings = Settings.from_environment(LOCAL)
    assert (settings.metrics_port, settings.otlp, settings.spot) == (None, False, False)
    said = {
        "BRUSHFIRE_METRICS_PORT": "9100",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318",
        "BRUSHFIRE_SPOT": "1",
    }
    settings = Settings.from_environment(LOCAL | said)
    assert (settings.metrics_host, settings.metrics_port) == ("127.0.0.1", 9100)
    assert (settings.otlp, settings.spot) == (True, True)


def test_what_outlives_a_process_lies_in_the_users_state_folder() -> None:
    assert Settings.from_environment(LOCAL | {"XDG_STATE_HOME": "/s"}).state == Path("/s/brushfire")
    assert Settings.from_environment(LOCAL | {"BRUSHFIRE_STATE": "/t"}).state == Path("/t")


def test_two_listeners_have_two_names() -> None:
    first, second = Settings.from_environment(LOCAL), Settings.from_environment(LOCAL)
    assert first.worker != second.worker


def test_settings_do_not_change() -> None:
    settings: Any = Settings.from_environment(LOCAL)
    with pytest.raises(FrozenInstanceError):
        settings.device = "cpu"
