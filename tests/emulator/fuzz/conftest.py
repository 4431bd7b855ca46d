"""One emulator for all that is done to it, checked after each test's every example."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.fuzz.victim import Victim

RULES = "rules_version = '2'; service {} {{ match /{{all=**}} {{ allow read, write; }} }}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def forgiven(victim: Victim) -> None:
    """What a test that failed left in the log is not laid to the next one's charge."""
    victim.said()


@pytest.fixture(scope="package")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    folder = tmp_path_factory.mktemp("victim")
    (folder / "firestore.rules").write_text(RULES.format("cloud.firestore"))
    (folder / "storage.rules").write_text(RULES.format("firebase.storage"))
    (folder / "page").mkdir()
    (folder / "page/index.html").write_text("page")
    hosting = {
        "public": "page",
        "cleanUrls": True,
        "redirects": [{"source": "/old/:rest*", "destination": "/new/:rest", "type": 301}],
        "rewrites": [{"source": "/app/**", "destination": "/index.html"}],
        "headers": [{"source": "**/*.html", "headers": [{"key": "X-Page", "value": "yes"}]}],
    }
    rules = {service: {"rules": f"{service}.rules"} for service in ("firestore", "storage")}
    (folder / "firebase.json").write_text(json.dumps({**rules, "hosting": hosting}))
    running = Victim(folder / "firebase.json")
    yield running
    running.stop()
