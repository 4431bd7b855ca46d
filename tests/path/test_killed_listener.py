"""SIGKILL in the middle of a render: the task is taken over and finished, once."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from listener.firebase import connect
from listener.settings import Settings
from tests.path.system import System, running_system

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LEASE_SECONDS = "6"
# Long enough to be killed in the middle of, short enough to be done twice.
LONG = (
    "a red circle on a blue background",
    "--renderer",
    "pixeldraw",
    "--quality",
    "draft",
    "--param",
    "iterations=60",
    "--param",
    "cuts=4",
)


def document(system: System, id: str) -> dict[str, Any]:
    settings = Settings.from_environment(system.addresses.environment())
    found: dict[str, Any] | None = connect(settings).db.collection("queue").document(id).get().to_dict()
    assert found is not None
    return found


def wait_until_rendering(system: System, id: str) -> dict[str, Any]:
    """The task's document once its render has taken a step."""
    settings = Settings.from_environment(system.addresses.environment())
    progress = connect(settings).db.document(f"queue/{id}/live/progress")
    for _ in range(2000):
        if (progress.get().to_dict() or {}).get("step", 0) > 0:
            return document(system, id)
        time.sleep(0.1)
    raise AssertionError(f"{id} made no step within minutes")


def process_of(worker: str) -> int:
    """A worker's process, which its name holds: host-process-chance."""
    return int(worker.split("-")[-2])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("listeners", ["1", "2"], ids=["the same, restarted", "another"])
def test_a_killed_listeners_task_is_finished_by(listeners: str, tmp_path: Path) -> None:
    words = ("--listeners", listeners)
    with running_system(
        tmp_path / "data", tmp_path / "state", *words, BRUSHFIRE_LEASE_SECONDS=LEASE_SECONDS
    ) as system:
        id = system.command("submit", *LONG).stdout.strip()
        before = wait_until_rendering(system, id)
        os.kill(process_of(before["claim"]["worker"]), signal.SIGKILL)
        after = system.json("submit", *LONG, "--id", id, "--wait", "--json")
        assert after["status"] == "done"
        assert after["attempt"] == 2
        assert after["claim"]["epoch"] == 2
        assert after["claim"]["id"] != before["claim"]["id"]
        assert f"/{after['claim']['epoch']}/" in after["result"]["images"][0]["path"]
