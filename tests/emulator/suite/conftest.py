"""A small project for the suite to run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

RULES = "rules_version = '2'; service {} {{ match /{{all=**}} {{ allow {}; }} }}"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "firestore.rules").write_text(RULES.format("cloud.firestore", "read"))
    (tmp_path / "storage.rules").write_text(RULES.format("firebase.storage", "read"))
    (tmp_path / "page").mkdir()
    (tmp_path / "page/index.html").write_text("page")
    file = tmp_path / "firebase.json"
    sections = {"firestore": {"rules": "firestore.rules"}, "storage": {"rules": "storage.rules"}}
    file.write_text(json.dumps(sections | {"hosting": {"public": "page"}}))
    return file
