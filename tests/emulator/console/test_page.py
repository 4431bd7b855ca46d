"""The console's page in Chromium."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.emulator.suite.process import started

SCRIPT = Path(__file__).with_name("console.mjs")


@pytest.mark.slow
def test_a_document_is_shown_as_it_is_written_and_always_as_text(project: Path, tmp_path: Path) -> None:
    with started(project) as ready:
        done = subprocess.run(
            ["node", SCRIPT, ready["ui"], ready["firestore"], tmp_path],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    seen = json.loads(done.stdout)
    assert seen["problems"] == []
    assert seen["hit"] is False
    assert seen["liveMs"] < 5_000
    assert seen["line"] == "5"
    assert seen["figures"] == ["0reads", "3writes", "1deletes"]
