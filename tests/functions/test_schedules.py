"""What the clock calls for: what is swept, pruned and counted, and what it costs."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from brushfire.running import Addresses
from contract.events import Event
from contract.notices import Counts
from contract.task import Status
from functions import counting, retention, sweeping
from functions.chores import each
from functions.connection import Connection
from functions.telling import Telling
from tests.functions import factories

NOW = datetime.now(UTC)
PAST = NOW - timedelta(minutes=1)


class Bill:
    """What the local Firebase would have billed since the block began."""

    def __init__(self, firebase: Addresses) -> None:
        self._address = f"http://{firebase.firestore}/emulator/v1/meter"

    def __enter__(self) -> "Bill":
        urllib.request.urlopen(urllib.request.Request(self._address, method="DELETE")).close()
        return self

    def __exit__(self, *_: object) -> None:
        with urllib.request.urlopen(self._address) as answer:
            self.total: dict[str, int] = json.load(answer)["total"]


def test_a_minute_with_nothing_to_do_costs_four_reads(
    firebase: Addresses, connection: Connection, telling: Telling
) -> None:
    with Bill(firebase) as bill:
        sweeping.sweep(connection.edge, print)
        telling.send_due(30)
    assert bill.total == {"reads": 4, "writes": 0, "deletes": 0}
    with Bill(firebase) as bill:
        assert sweeping.mark_silent(connection.edge) == []
    assert bill.total == {"reads": 1, "writes": 0, "deletes": 0}


def test_a_mail_costs_a_handful_of_reads_and_one_that_nobody_wants_a_single_one(
    firebase: Addresses, telling: Telling, db: Any
) -> None:
    db.document("queue/t").set(factories.running() | factories.done("t"))
    with Bill(firebase) as bill:
        telling.ended("t", Status.DONE)
    assert bill.total == {"reads": 1, "writes": 0, "deletes": 0}
    db.document("queue/t/private/contact").set({"email": "ann@example.org"})
    with Bill(firebase) as bill:
        telling.ended("t", Status.DONE)
    assert bill.total == {"reads": 7, "writes": 3, "deletes": 0}


def test_what_nobody_works_on_moves(connection: Connection, db: Any) -> None:
    lost = factories.running()
    lost["claim"]["lease_until"] = PAST
    db.document("queue/lost").set(lost)
    db.document("queue/alive").set(factories.running())
    db.document("queue/waits").set(factories.running(status="scheduled", not_before=PAST))
    db.document("queue/off").set(factories.running(status="queued", cancel_requested=True))
    told: list[Event] = []
    sweeping.sweep(connection.edge, told.append)
    assert {event.action for event in told} == {"reaped", "promoted", "cancelled"}
    states = {
        name: db.document(f"queue/{name}").get().get("status") for name in ("lost", "alive", "waits", "off")
    }
    assert states == {"lost": "queued", "alive": "running", "waits": "queued", "off": "cancelled"}


def test_a_worker_that_fell_silent_is_marked_and_one_that_speaks_is_not(
    connection: Connection, db: Any
) -> None:
    for name, state, minutes in [
        ("silent", "rendering", 20),
        ("speaks", "rendering", 5),
        ("left", "stopped", 20),
    ]:
        worker = {"host": "h", "state": state, "task": "t", "last_seen": NOW - timedelta(minutes=minutes)}
        db.document(f"workers/{name}").set(worker)
    assert sweeping.mark_silent(connection.edge) == ["silent"]
    marked = db.document("workers/silent").get().to_dict()
    assert marked["state"] == "stopped"
    assert marked["note"].startswith("not heard of since 20")
    assert "task" not in marked
    assert db.document("workers/speaks").get().get("state") == "rendering"
    assert "note" not in db.document("workers/left").get().to_dict()
    assert sweeping.mark_silent(connection.edge) == []


def test_what_was_kept_long_enough_goes_and_nothing_else(connection: Connection, db: Any) -> None:
    for name, expires in (("old", PAST), ("new", NOW + timedelta(days=1))):
        db.document(f"queue/{name}").set(factories.running() | factories.done(name, expires_at=expires))
        db.document(f"outbox/{name}_mail_done").set({"expires_at": expires})
        db.document(f"stats/{name}").set({"expires_at": expires})
        connection.files.put(f"results/{name}/1/image.png", b"x", "image/png")
    db.document("workers/old").set({"last_seen": NOW - timedelta(days=31)})
    db.document("workers/new").set({"last_seen": NOW - timedelta(days=29)})
    retention.prune(connection.edge, connection.files.remove_below)
    for collection in ("queue", "stats", "workers"):
        assert [found.id for found in db.collection(collection).get()] == ["new"]
    assert [found.id for found in db.collection("outbox").get()] == ["new_mail_done"]
    assert connection.files.find("results/old/1/image.png") is None
    assert connection.files.find("results/new/1/image.png") is not None


def test_a_deleted_task_whose_id_is_in_use_again_keeps_everything(connection: Connection, db: Any) -> None:
    db.document("queue/t").set(factories.running())
    connection.files.put("results/t/1/image.png", b"x", "image/png")
    retention.remove_rest(connection.edge, connection.files.remove_below, "t")
    assert connection.files.find("results/t/1/image.png") is not None


def test_removing_the_rest_twice_is_removing_it_once(connection: Connection, db: Any) -> None:
    for number in range(3):
        db.document(f"queue/t/likes/{number}").set({"uid": str(number)})
    for _ in range(2):
        retention.remove_rest(connection.edge, connection.files.remove_below, "t")
    assert list(db.collection("queue/t/likes").get()) == []


def test_hours_and_days_are_counted_without_reading_a_task(
    firebase: Addresses, connection: Connection, db: Any
) -> None:
    at = datetime(2026, 3, 1, 5, 30, tzinfo=UTC)
    ended = [("pixeldraw", 4.0, at), ("pixeldraw", 8.0, at), ("clipdraw", 3.0, at)]
    ended += [("pixeldraw", 60.0, at - timedelta(hours=1)), ("pixeldraw", 1.0, at + timedelta(hours=1))]
    ended += [("pixeldraw", 1.0, at - timedelta(days=1))]
    for number, (renderer, seconds, finished) in enumerate(ended):
        fields = factories.running(renderer=renderer) | factories.done(str(number), finished_at=finished)
        fields["result"]["seconds"] = seconds
        db.document(f"queue/{number}").set(fields)
    db.document("queue/failed").set(factories.running(status="failed", finished_at=at))
    db.document("queue/waits").set(factories.running(status="queued"))
    with Bill(firebase) as bill:
        written = counting.count(connection.edge, at + timedelta(minutes=40))
    assert written == ["2026-03-01T05", "2026-03-01"]
    assert bill.total == {"reads": 19, "writes": 2, "deletes": 0}
    hour, day = (Counts.parse(db.document(f"stats/{id}").get().to_dict()) for id in written)
    assert hour.done == {"pixeldraw": 2, "clipdraw": 1}
    assert hour.seconds == {"pixeldraw": 6.0, "clipdraw": 3.0}
    assert hour.finished == {"done": 3, "failed": 1, "cancelled": 0, "rejected": 0}
    assert hour.waiting == {"queued": 1, "scheduled": 0, "running": 0}
    assert day.done == {"pixeldraw": 3, "clipdraw": 1}
    assert day.seconds["pixeldraw"] == 24.0
    assert (day.begins_at, day.ends_at) == (at.replace(hour=0, minute=0), at.replace(hour=6, minute=0))
    assert counting.count(connection.edge, at + timedelta(minutes=50)) == written, "twice is once"


def test_a_chore_that_fails_keeps_no_other_back_and_is_told() -> None:
    done: list[str] = []
    with pytest.raises(ZeroDivisionError):
        each(first=lambda: done.append("a"), second=lambda: 1 // 0, third=lambda: done.append("b"))
    assert done == ["a", "b"]


@pytest.mark.parametrize("now", [datetime(2026, 3, 2, 0, 2, tzinfo=UTC)])
def test_the_last_hour_of_a_day_belongs_to_that_day(connection: Connection, now: datetime) -> None:
    assert counting.count(connection.edge, now) == ["2026-03-01T23", "2026-03-01"]
