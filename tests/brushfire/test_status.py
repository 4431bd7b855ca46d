"""What `brushfire status` shows, and that looking costs little."""

import io
import json
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from benchmarks.status import fill
from brushfire import cli
from brushfire.running import Addresses
from brushfire.status import follow
from brushfire.status_reads import Reader, Reads
from brushfire.status_sums import priced, seconds_to_empty
from brushfire.status_view import view
from listener.firebase import connect
from listener.settings import Settings
from tests.listener.conftest import client, db, settings  # noqa: F401  # fixtures

NOW = datetime.now(UTC)


def worker(**fields: Any) -> dict[str, Any]:
    known = {"host": "desk", "device": "cuda:0", "renderers": ["pixeldraw"], "state": "idle", "version": "1"}
    return {**known, "last_seen": NOW, **fields}


@pytest.fixture
def site(db: Any) -> None:  # noqa: F811
    """Three that wait, one that runs, two that failed; a worker that works, one broken, one long gone."""
    for number in range(3):
        db.document(f"queue/q{number}").set({"status": "queued"})
    db.document("queue/r").set({"status": "running"})
    for number in range(2):
        error = {"code": "out_of_memory", "message": f"it [bold]needed {number} GiB"}
        ended = {"status": "failed", "finished_at": NOW + timedelta(seconds=number), "error": error}
        db.document(f"queue/f{number}").set({"renderer": "pixeldraw", **ended})
    db.document("workers/good").set(worker(seconds={"pixeldraw/draft": 1.25}, lacks=["vit-l-14"]))
    db.document("workers/bad").set(worker(state="broken", note="5 failures in a row"))
    db.document("workers/quiet").set(worker(last_seen=NOW - timedelta(hours=1)))
    db.document("workers/gone").set(worker(last_seen=NOW - timedelta(days=3)))
    db.document("workers/strange").set({"last_seen": NOW})


def shown(renderable: Any) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(renderable)
    file: Any = console.file
    text: str = file.getvalue()
    return text


def test_the_queue_the_workers_and_the_last_errors_are_shown(
    site: None,
    db: Any,  # noqa: F811
    settings: Settings,  # noqa: F811
) -> None:
    reader = Reader(db, "studio", settings.firestore_host)
    status = reader.all()
    assert {name: count for name, count in status["queue"].items() if count} == {
        "queued": 3,
        "running": 1,
        "failed": 2,
    }
    assert {one["worker"] for one in status["workers"]} == {"good", "bad", "quiet"}
    assert [error["task"] for error in status["errors"]] == ["f1", "f0"]
    text = shown(view(status, Reads()))
    for words in ("queue of studio", "pixeldraw/draft 1.25", "lacks vit-l-14", "5 failures in a row"):
        assert words in text
    assert "it [bold]needed 1 GiB" in text, "what others wrote is no markup"
    [quiet] = [line for line in text.splitlines() if "quiet" in line]
    assert "silent" in quiet
    assert "per finished task" in text or "what listeners were billed" in text


def test_following_it_costs_three_reads_a_look(
    site: None,
    db: Any,  # noqa: F811
    settings: Settings,  # noqa: F811
) -> None:
    reader = Reader(db, "studio", settings.firestore_host)
    whole = reader.all()
    everything, reader.count = reader.count, 0
    assert everything <= 7 + len(whole["workers"]) + 1 + len(whole["errors"]) + 2, "and the hour and the cost"
    console = Console(file=io.StringIO(), force_terminal=True, width=160)
    follow(reader, console, 0.01, looks=5)
    assert reader.count == everything + 4 * 3


def test_a_look_shows_what_has_moved(
    site: None,
    db: Any,  # noqa: F811
    settings: Settings,  # noqa: F811
) -> None:
    reader = Reader(db, "studio", None)
    status = reader.all()
    assert status["cost"]["estimated"], "nobody meters a real project for us"
    db.document("queue/q0").update({"status": "running"})
    reader.refresh(status)
    assert (status["queue"]["queued"], status["queue"]["running"]) == (2, 2)
    assert all(one["seconds_since_seen"] >= 0 for one in status["workers"])


def test_a_program_gets_json(
    site: None, firebase: Addresses, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in firebase.environment().items():
        monkeypatch.setenv(name, value)
    assert cli.main(["status", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["queue"]["queued"] == 3
    assert set(status["cost"]) >= {"listeners", "progress", "per_task", "finished_tasks"}
    assert cli.main(["status"]) == 0
    assert "queue of demo-brushfire" in capsys.readouterr().out


def test_ten_thousand_waiting_tasks_are_counted_and_not_read(
    site: None,
    db: Any,  # noqa: F811
    settings: Settings,  # noqa: F811
) -> None:
    fill(settings, 10_000)
    connected = connect(settings, "brushfire-cli/test")
    before = billed(settings)
    reader = Reader(connected.db, "studio", settings.firestore_host)
    status = reader.all()
    connected.close()
    assert status["queue"]["queued"] == 10_003
    assert billed(settings) - before == reader.count, "it says what it was billed"
    counts = 11 + 6 + 2  # a read for each thousand that is counted; six other statuses, the hour and the cost
    assert reader.count <= counts + len(status["workers"]) + 1 + len(status["errors"])


def test_the_line_is_over_when_the_live_workers_have_drawn_all_of_it() -> None:
    workers = [
        {"state": "idle", "seconds_since_seen": 3.0, "seconds_a_task": {"pixeldraw/draft": 2.0}},
        {"state": "rendering", "seconds_since_seen": 3.0, "seconds_a_task": {"diffusion/draft": 4.0}},
        {"state": "idle", "seconds_since_seen": 9999.0, "seconds_a_task": {"pixeldraw/best": 900.0}},
    ]
    assert seconds_to_empty(10, workers) == 15.0
    assert seconds_to_empty(10, workers[2:]) is None


def test_a_real_projects_cost_is_estimated_and_says_so() -> None:
    workers = [{"seconds_a_task": {"pixeldraw/draft": 2.0}}]
    cost = priced({"estimated": True, "since": NOW.isoformat(), "finished_tasks": 20_000}, workers)
    assert cost is not None
    assert cost["listeners"] == {"reads": 76_000, "writes": 62_000, "deletes": 0}
    assert cost["progress"]["writes"] == 40_000
    free = 20_000 * 0.18e-5 + 50_000 * 0.06e-5
    assert cost["dollars"] == pytest.approx(102_000 * 0.18e-5 + 76_000 * 0.06e-5 - free)
    said = shown(view(STATUS | {"cost": cost}, Reads()))
    assert "estimated from 20000 tasks that ended in 24 hours" in said


STATUS: dict[str, Any] = {
    "project": "studio",
    "queue": {"queued": 7},
    "workers": [],
    "errors": [],
    "ended_last_hour": 3,
    "seconds_to_empty": 600.0,
}


def test_the_pace_is_told() -> None:
    assert "3 ended in the last hour; the line is empty in about 10 min" in shown(
        view(STATUS | {"cost": None}, Reads())
    )


def billed(settings: Settings) -> int:  # noqa: F811
    with urllib.request.urlopen(f"http://{settings.firestore_host}/emulator/v1/meter") as answer:
        clients = json.load(answer)["clients"]
    return int(clients.get("brushfire-cli", {"reads": 0})["reads"])
