"""What docs/api.md says is true: its commands are run as they stand there."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from google.cloud.firestore import FieldFilter
from PIL import Image

from functions.api.problems import KINDS
from functions.webhook import owner_key, sign
from tests.functions.api.conftest import Site
from tests.functions.running import ROOT, WEBHOOK_SECRET

TEXT = (ROOT / "docs" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(bash|bash fails|python)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
# curl as it stands in the text, but that an error ends the script.
BEFORE = """set -euo pipefail
curl() { command curl --fail-with-body --silent --show-error --max-time 100 "$@"; }
"""


@pytest.mark.slow
def test_every_command_does_what_is_said(site: Site, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "orange").save(tmp_path / "fox.png")
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    commands = [
        re.sub(r"^SITE=\S+.*$", "", block, flags=re.MULTILINE) for kind, block in BLOCKS if kind == "bash"
    ]
    assert len(commands) >= 8
    done = _run(site, "\n".join(commands), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.task("my-first-fox")["status"] == "cancelled"
    mine = site.db.collection("queue").where(filter=FieldFilter("uid", "==", "ann")).stream()
    tasks = {task.get("prompt"): task.to_dict() for task in mine}
    assert {"a fox", "a hen", "a goose", "a red fox"} <= set(tasks)
    image = tasks["a fox made of embers"]["params"]["init_image"]
    assert site.bucket.get_blob(image).download_as_bytes() == (tmp_path / "fox.png").read_bytes()
    assert done.stdout.rstrip().endswith(f'{{"key":"{owner_key(WEBHOOK_SECRET, "ann")}"}}')


@pytest.mark.slow
def test_the_error_that_is_shown_is_what_comes(site: Site, tmp_path: Path) -> None:
    [command] = [block for kind, block in BLOCKS if kind == "bash fails"]
    done = _run(site, f"KEY={site.key('ann')}\n{command}", tmp_path)
    assert done.returncode != 0
    shown = re.search(r"^```json\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert re.sub(r"\s*\n\s*", "", shown[1]).replace('": ', '":').replace(',"', ',"') == done.stdout


def test_the_table_of_errors_is_that_of_the_api() -> None:
    rows = [f"| {kind.status} | `{code}` | {kind.title} | {kind.remedy} |" for code, kind in KINDS.items()]
    assert "\n".join(rows) in TEXT


def test_the_example_knows_our_signature_and_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    [example] = [block for kind, block in BLOCKS if kind == "python"]
    (tmp_path / "brushfire_webhook_example.py").write_text(example)
    monkeypatch.syspath_prepend(tmp_path)
    is_genuine = import_module("brushfire_webhook_example").is_genuine
    monkeypatch.setattr("time.time", lambda: 1_780_000_000.0)
    key, body = owner_key(WEBHOOK_SECRET, "ann"), b'{"type":"task.finished"}'

    def headers(timestamp: int, key: str) -> dict[str, str]:
        return {"Brushfire-Timestamp": str(timestamp), "Brushfire-Signature": sign(key, timestamp, body)}

    now = 1_780_000_000
    assert is_genuine(headers(now, key), body, key)
    assert not is_genuine(headers(now, key), body + b" ", key)
    assert not is_genuine(headers(now, owner_key(WEBHOOK_SECRET, "bob")), body, key)
    assert not is_genuine(headers(now - 400, key), body, key)


def _run(site: Site, script: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    addresses = site.addresses
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "SITE": site.url.removesuffix("/api"),
        "GOOGLE_CLOUD_PROJECT": site.db.project,
        "FIRESTORE_EMULATOR_HOST": addresses["firestore"],
        "STORAGE_EMULATOR_HOST": f"http://{addresses['storage']}",
    }
    return subprocess.run(
        ["bash", "-c", BEFORE + script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
