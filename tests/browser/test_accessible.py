"""axe finds nothing on any screen of the page, in either theme."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.browser.parts import Firebase
from tests.browser.visit import visit
from tests.browser.wall import Wall, document, pictures

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

EMAIL, PASSWORD = "operator@example.org", "a secret of theirs"
NOW = datetime.now(UTC)
CLAIM = {"worker": "w1", "id": "c1", "epoch": 1, "at": NOW, "lease_until": NOW}
ERROR = {"code": "out_of_memory", "message": "The GPU is full.", "retryable": False}


def tasks_of(uid: str, file: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One task of each kind that a page can show."""
    done = document(pictures(1)[0], file) | {"uid": uid}
    unfinished = {key: value for key, value in done.items() if key not in ("result", "finished_at")}
    return {
        "done": done,
        "waiting": unfinished | {"status": "queued"},
        "running": unfinished | {"status": "running", "claim": CLAIM, "attempt": 1, "started_at": NOW},
        "failed": unfinished | {"status": "failed", "error": ERROR, "attempt": 3, "finished_at": NOW},
        "rejected": unfinished
        | {"status": "rejected", "error": ERROR | {"field": "params.cells"}, "finished_at": NOW},
    }


@pytest.fixture(scope="module")
def held_against(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Any]]]:
    """What axe says of each screen."""
    firebase = Firebase(tmp_path_factory.mktemp("accessible"))
    try:
        wall = Wall(firebase.addresses)
        wall.hang(pictures(30))
        tasks = tasks_of(wall.operator(EMAIL, PASSWORD), wall.document("queue/p000")["result"]["images"][0])
        for id, task in tasks.items():
            wall.firebase.db.document(f"queue/{id}").set(task)
        progress = {"step": 12, "steps": 50, "score": 0.4, "eta": 20.0, "at": NOW}
        wall.firebase.db.document("queue/running/live/progress").set(progress)
        page = f"http://{firebase.addresses.hosting}"
        found = visit("accessible.mjs", page, EMAIL, PASSWORD, ",".join(tasks), seconds=360)
        wall.firebase.close()
        yield found
    finally:
        firebase.stop()


def test_nothing_is_held_against_any_screen(held_against: dict[str, list[Any]]) -> None:
    assert len(held_against) >= 20
    assert {name: found for name, found in held_against.items() if found} == {}
