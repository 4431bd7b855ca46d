"""Tasks of workers that are gone come back soon after their lease, at the price of few reads."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from contract.errors import OutOfMemory, Unreachable
from contract.events import Cancelled, Event
from contract.task import Status
from listener import housekeeping
from listener.desk import Desk
from listener.firebase import Firebase, connect
from listener.housekeeping import Housekeeping
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.factories import take
from tests.listener.running import eventually
from tests.listener.test_firebase import metered

FAR = datetime(2100, 1, 1, tzinfo=UTC)


def is_queued(queue: TaskQueue, id: str) -> bool:
    task = queue.get(id)
    return task is not None and task.status is Status.QUEUED


def is_cancelled(db: Any, id: str) -> bool:
    return bool(db.document(f"queue/{id}").get().get("status") == "cancelled")


def test_a_task_whose_worker_is_gone_is_back_in_line_soon_after_its_lease(
    client: Firebase, submit: Submit, events: list[Event]
) -> None:
    gone = TaskQueue(client.db, "gone", lease_seconds=2.0, tell=events.append)
    submit("t")
    held = take(gone)
    assert held is not None
    here = TaskQueue(client.db, "here", lease_seconds=2.0, tell=events.append)
    keeping = Housekeeping(here, poll_seconds=60)
    keeping.start()
    eventually(lambda: is_queued(here, "t"))
    late = here.clock.now() - held.claim.lease_until
    assert timedelta(0) < late < timedelta(seconds=6)
    keeping.stop()


def test_what_was_left_behind_is_found_at_start(db: Any, queue: TaskQueue, submit: Submit) -> None:
    submit("t")
    take(queue)
    db.document("queue/t").update({"claim.lease_until": queue.clock.now() - timedelta(hours=1)})
    keeping = Housekeeping(queue, poll_seconds=60)
    keeping.start()
    eventually(lambda: is_queued(queue, "t"), 2.0)
    keeping.stop()


def test_a_scheduled_task_is_back_in_line_when_its_pause_is_over(
    queue: TaskQueue, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "LATE", (0.0, 0.1))
    keeping = Housekeeping(queue, poll_seconds=60)
    keeping.start()
    submit("t")
    held = take(queue)
    assert held is not None
    due = queue.fail(held, OutOfMemory("full"))
    assert due is not None
    keeping.expect(due)
    eventually(lambda: is_queued(queue, "t"), 3.0)
    keeping.stop()


def test_a_task_that_is_called_off_while_it_waits_is_cancelled_long_before_its_turn(
    db: Any, queue: TaskQueue, rival: TaskQueue, submit: Submit, events: list[Event]
) -> None:
    for id in ("first", "off", "paused", "last"):
        submit(id, uid=id)
    keepers = [Housekeeping(who, poll_seconds=60) for who in (queue, rival)]
    for keeper in keepers:
        keeper.start()
    held = take(queue)
    assert held is not None
    queue.release(held)
    db.document("queue/paused").update({"status": "scheduled", "not_before": FAR})
    for id in ("off", "paused"):
        db.document(f"queue/{id}").update({"cancel_requested": True})
        eventually(partial(is_cancelled, db, id), 20.0)
    # It is told of a moment after it is seen.
    eventually(lambda: sum(isinstance(event, Cancelled) for event in events) >= 2)
    assert Counter(event.task for event in events if isinstance(event, Cancelled)) == {"off": 1, "paused": 1}
    assert is_queued(queue, "last")
    for keeper in keepers:
        keeper.stop()


def test_looking_after_an_empty_queue_costs_three_reads_at_start_and_then_none_for_long(
    settings: Settings, client: Firebase
) -> None:
    keeper = connect(settings, "brushfire-keeper/1.0")
    keeping = Housekeeping(TaskQueue(keeper.db, "worker-a"), poll_seconds=60)
    before = metered(settings).get("brushfire-keeper", {"reads": 0})["reads"]
    keeping.start()
    eventually(lambda: metered(settings).get("brushfire-keeper", {"reads": 0})["reads"] == before + 3)
    assert min(chore.next for chore in keeping._chores) - time.monotonic() > 20
    keeping.stop()
    keeper.close()


def test_a_server_that_is_away_for_a_while_ends_nothing(
    queue: TaskQueue, submit: Submit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    short = TaskQueue(queue.edge.db, "worker-a", lease_seconds=0.2)
    looks = []
    caplog.set_level("INFO", "brushfire")

    def look() -> None:
        looks.append(time.monotonic())
        if len(looks) in (2, 3):
            raise Unreachable("away")

    monkeypatch.setattr(short, "reap", look)
    keeping = Housekeeping(short, poll_seconds=60)
    keeping.start()
    eventually(lambda: len(looks) >= 5)
    keeping.stop()
    assert caplog.text.count("queue_unreachable") == caplog.text.count("queue_back") == 1


def test_whoever_reaps_a_task_of_the_desks_holder_takes_the_desk(
    client: Firebase, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    gone = TaskQueue(client.db, "gone", tell=lambda event: None)
    assert Desk(gone.edge, "gone").take()
    submit("t")
    take(gone)
    desk = Desk(queue.edge, "worker-a")
    assert not desk.take()
    keeping = Housekeeping(queue, 60, desk)
    keeping.start()
    db.document("queue/t").update({"claim.lease_until": queue.clock.now() - timedelta(hours=1)})
    keeping._reaping.next = 0.0
    eventually(lambda: desk.held)
    keeping.stop()
    assert is_queued(queue, "t")
    assert db.document("live/desk").get().get("worker") == "worker-a"
