"""`brushfire init`: what it writes, that it writes it once, and that no secret is among it."""

import json
import subprocess
from pathlib import Path

import pytest

from brushfire import cli, envfile
from contract.errors import SetupError
from emulator.config import load_config
from functions.settings import Settings as FunctionsSettings
from functions.settings import Smtp
from listener.settings import Settings


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "brushfire"
    (folder / "functions").mkdir(parents=True)
    (folder / "firebase.json").write_text("{}")
    return folder


def init(folder: Path, *words: str) -> int:
    return cli.main(["init", "--folder", str(folder), *words])


def test_it_writes_what_the_listener_the_functions_and_firebase_read(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "keys of mine" / "studio.json"
    words = ["--project", "studio-1", "--region", "europe-west1", "--email", "me@example.org"]
    assert init(checkout, *words, "--mail", "smtp", "--mail-host", "mail.example.org", "--key", str(key)) == 0
    assert load_config(checkout / "firebase.json").project == "studio-1"
    shell = subprocess.run(
        ["bash", "-c", f"set -a; . '{checkout}/.env'; env"], capture_output=True, text=True, check=True
    )
    read = dict(line.split("=", 1) for line in shell.stdout.splitlines() if "=" in line)
    assert read["GOOGLE_APPLICATION_CREDENTIALS"] == str(key)
    key.parent.mkdir()
    key.write_text('{"project_id": "another"}')
    wanted = ("GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS", "BRUSHFIRE_BUCKET")
    listener = Settings.from_environment({name: read[name] for name in wanted})
    assert (listener.project, listener.bucket) == ("studio-1", "studio-1.firebasestorage.app")
    functions = FunctionsSettings.from_environment(
        {**envfile.read(checkout / "functions" / ".env"), "SMTP_PASSWORD": "from Secret Manager"}
    )
    assert isinstance(functions.provider, Smtp)
    assert (functions.site, functions.sender) == ("https://studio-1.web.app", "me@example.org")
    said = capsys.readouterr().out
    assert "wrote  .firebaserc" in said
    for command in (
        "firebase-tools@15 login",
        "--location europe-west1",
        "secrets:set SMTP_PASSWORD",
        "operator me@example.org",
        "doctor",
    ):
        assert command in said


def test_a_second_run_changes_nothing_and_keeps_what_people_added(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / ".env").write_text("# mine\nBRUSHFIRE_WORKER=desk\nBRUSHFIRE_BUCKET=old\n")
    (checkout / ".firebaserc").write_text('{"projects": {"test": "studio-test"}, "targets": {}}')
    assert init(checkout, "--project", "studio-1", "--bucket", "pictures") == 0
    first = {file: file.read_text() for file in checkout.rglob("*") if file.is_file()}
    capsys.readouterr()
    assert init(checkout) == 0
    assert {file: file.read_text() for file in first} == first
    assert capsys.readouterr().out.count("unchanged") == 3
    env = (checkout / ".env").read_text()
    assert env.startswith("# mine\nBRUSHFIRE_WORKER=desk\nBRUSHFIRE_BUCKET=pictures\n")
    projects = json.loads((checkout / ".firebaserc").read_text())["projects"]
    assert projects == {"test": "studio-test", "default": "studio-1"}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "--project"),
        (["--project", "My Project"], "--project"),
        (["--project", "studio-1", "--bucket", "gs://pictures"], "--bucket"),
        (["--project", "studio-1", "--mail", "pigeon"], "--mail"),
        (["--project", "studio-1", "--mail", "sendgrid"], "--email"),
        (["--project", "studio-1", "--mail", "mailgun", "--email", "a@b.org"], "--mail-host"),
        (["--project", "studio-1", "--region", "the moon"], "--region"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_written(
    checkout: Path, words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(checkout, *words) == 1
    assert f"{named} is " in capsys.readouterr().err
    assert not (checkout / ".env").exists()


def test_a_key_inside_the_checkout_is_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(checkout, "--project", "studio-1", "--key", str(checkout / "key.json")) == 1
    assert "never in a repository" in capsys.readouterr().err


def test_git_ignores_what_it_writes() -> None:
    root = Path(__file__).parent.parent.parent
    for name in (".env", "functions/.env"):
        ignored = subprocess.run(["git", "check-ignore", "-q", name], cwd=root, check=False)
        assert ignored.returncode == 0, name


def test_a_damaged_firebaserc_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / ".firebaserc"
    file.write_text("[]")
    with pytest.raises(SetupError, match="mend or remove"):
        envfile.set_default_project(file, "studio-1")
    assert file.read_text() == "[]"
