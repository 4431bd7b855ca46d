"""A listener is called when tasks wait and none is there: once for each need, again when nobody came."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.errors import SetupError
from functions.connection import Connection
from functions.summons import COMPUTE, Summons
from functions.wake import SILENT, Waker
from functions.webhook import sign
from tests.functions import factories
from tests.functions.receivers import Receivers, until
from tests.functions.running import WEBHOOK_SECRET, running_project

PATIENCE = timedelta(minutes=10)
INSTANCES = "projects/p/zones/europe-west4-a/instances/gpu-1, projects/p/zones/us-east1-b/instances/gpu-2"


@pytest.fixture
def make(connection: Connection, receivers: Receivers) -> Callable[[], Waker]:
    """Makes a process's waker: each believes for itself what it saw."""
    summons = Summons(f"{receivers.url}/wake", WEBHOOK_SECRET)
    return lambda: Waker(connection.edge, summons.call, PATIENCE)


def at_work(db: Any, seen: datetime, state: str = "idle") -> None:
    db.document("workers/w").set({"state": state, "last_seen": seen})


def task_in_line(db: Any) -> None:
    now = datetime.now(UTC)
    fields = {"status": "queued", "rank": now, "created_at": now}
    db.document("queue/fox").set({**factories.running(), **fields})


def let_time_pass(db: Any) -> None:
    """As if the call had been made long ago."""
    db.document("live/wake").update({"until": datetime.now(UTC) - timedelta(seconds=1)})


def test_five_deliveries_at_once_are_one_call(
    make: Callable[[], Waker], receivers: Receivers, db: Any
) -> None:
    wakers = [make() for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        called = list(pool.map(lambda waker: waker.task_came("fox"), wakers))
    assert sorted(called) == [False, False, False, False, True]
    [request] = receivers.requests
    assert json.loads(request.body) == {"type": "listener.wanted", "call": 1, "task": "fox"}
    timestamp = int(request.headers["Brushfire-Timestamp"])
    assert request.headers["Brushfire-Signature"] == sign(WEBHOOK_SECRET, timestamp, request.body)
    kept = db.document("live/wake").get().to_dict()
    assert (kept["state"], kept["need"], kept["calls"]) == ("called", "fox", 1)
    assert kept["until"] - kept["called_at"] >= PATIENCE


def test_nobody_is_called_while_a_listener_is_there(
    make: Callable[[], Waker], receivers: Receivers, db: Any
) -> None:
    task_in_line(db)
    for state in ("starting", "idle", "rendering"):
        at_work(db, datetime.now(UTC), state)
        assert not make().task_came("fox")
        assert not make().look()
    assert not db.document("live/wake").get().exists
    assert receivers.requests == []


@pytest.mark.parametrize("state", ["stopped", "draining", "broken"])
def test_a_listener_that_takes_nothing_is_nobody(
    make: Callable[[], Waker], receivers: Receivers, db: Any, state: str
) -> None:
    at_work(db, datetime.now(UTC), state)
    assert make().task_came("fox")


def test_a_listener_that_fell_silent_is_nobody(make: Callable[[], Waker], db: Any) -> None:
    at_work(db, datetime.now(UTC) - SILENT - timedelta(seconds=5))
    assert make().task_came("fox")


def test_whoever_is_called_has_time_to_come_and_is_called_again_if_not(
    make: Callable[[], Waker], receivers: Receivers, db: Any
) -> None:
    task_in_line(db)
    assert make().task_came("fox")
    assert not make().look()
    let_time_pass(db)
    assert make().look()
    assert [json.loads(request.body)["call"] for request in receivers.requests] == [1, 2]


def test_whoever_came_and_left_meanwhile_is_called_at_once(
    make: Callable[[], Waker], receivers: Receivers, db: Any
) -> None:
    assert make().task_came("fox")
    at_work(db, datetime.now(UTC) + timedelta(seconds=1), "stopped")
    assert make().task_came("hen")
    assert len(receivers.requests) == 2


def test_nobody_is_called_when_nothing_waits(make: Callable[[], Waker], receivers: Receivers) -> None:
    assert not make().look()
    assert receivers.requests == []


@pytest.mark.parametrize("fault", [503, "close"])
def test_a_call_that_fails_is_made_again_after_a_pause(
    make: Callable[[], Waker], receivers: Receivers, db: Any, fault: object
) -> None:
    task_in_line(db)
    receivers.faults.extend([fault, fault])
    assert not make().task_came("fox")
    kept = db.document("live/wake").get().to_dict()
    assert (kept["state"], kept["failures"]) == ("failed", 1)
    assert "127.0.0.1" in kept["error"]
    assert timedelta(seconds=25) < kept["until"] - datetime.now(UTC) < timedelta(seconds=31)
    assert not make().look()
    let_time_pass(db)
    assert not make().look()
    again = db.document("live/wake").get().to_dict()
    assert again["until"] - datetime.now(UTC) > timedelta(seconds=45)
    let_time_pass(db)
    assert make().look()
    assert db.document("live/wake").get().to_dict()["state"] == "called"
    assert len(receivers.requests) == 3


def test_a_process_that_saw_somebody_believes_it_for_a_while(
    make: Callable[[], Waker], receivers: Receivers, db: Any
) -> None:
    at_work(db, datetime.now(UTC))
    waker = make()
    assert not waker.task_came("fox")
    db.document("workers/w").delete()
    assert not waker.task_came("hen")
    assert make().task_came("hen")


@pytest.mark.parametrize(
    ("named", "variable"),
    [
        ({"BRUSHFIRE_WAKE_URL": "http://example.org"}, "BRUSHFIRE_WAKE_URL"),
        ({"BRUSHFIRE_WAKE_URL": "https://example.org"}, "BRUSHFIRE_WEBHOOK_SECRET"),
        ({"BRUSHFIRE_WAKE_INSTANCES": "gpu-1"}, "BRUSHFIRE_WAKE_INSTANCES"),
        ({"BRUSHFIRE_WAKE_INSTANCES": INSTANCES, "BRUSHFIRE_WAKE_MINUTES": "0"}, "BRUSHFIRE_WAKE_MINUTES"),
        (
            {"BRUSHFIRE_WAKE_INSTANCES": INSTANCES, "BRUSHFIRE_WAKE_URL": "https://a.b"},
            "BRUSHFIRE_WAKE_URL",
        ),
    ],
)
def test_what_can_not_be_called_is_refused_by_its_name(named: dict[str, str], variable: str) -> None:
    with pytest.raises(SetupError, match=f"^{variable} is .* but must be"):
        Summons.from_environment(named)


def test_nothing_is_called_where_nothing_is_set_up_and_credentials_go_to_google_alone() -> None:
    assert Summons.from_environment({}) is None
    elsewhere = {"BRUSHFIRE_WAKE_INSTANCES": INSTANCES, "BRUSHFIRE_COMPUTE_URL": "https://elsewhere.example"}
    summons = Summons.from_environment(elsewhere)
    assert summons is not None
    assert summons.compute == COMPUTE
    assert len(summons.instances) == 2
    assert replace(summons, secret="hidden").__repr__().count("hidden") == 0


@pytest.mark.slow
def test_deployed_it_starts_one_virtual_machine_after_the_other_by_the_functions_own_credentials(
    tmp_path: Path, receivers: Receivers
) -> None:
    chosen = {"BRUSHFIRE_WAKE_INSTANCES": INSTANCES, "BRUSHFIRE_COMPUTE_URL": receivers.url}
    receivers.faults.append(503)
    with running_project(tmp_path, **chosen) as project:
        now = datetime.now(UTC)
        batch = project.db.batch()
        for number in range(5):
            fields = {**factories.running(), "status": "queued", "rank": now}
            batch.set(project.db.document(f"queue/fox-{number}"), fields)
        batch.commit()
        until(lambda: receivers.requests, "the first call")
        first = receivers.requests[0]
        assert first.path == "/projects/p/zones/europe-west4-a/instances/gpu-1/start"
        assert first.headers["Authorization"].startswith("Bearer ")
        wake = project.db.document("live/wake")
        until(lambda: wake.get().get("state") == "failed", "noting that it failed")
        let_time_pass(project.db)
        project.fire("reap")
        assert wake.get().get("state") == "called"
        assert [request.path.split("/")[-2] for request in receivers.requests] == ["gpu-1", "gpu-2"]
        project.fire("reap")
        assert len(receivers.requests) == 2
