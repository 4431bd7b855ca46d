"""Nobody's task stays with a worker that is gone, and no pause lasts for ever."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable

from contract.errors import OutOfMemory, Unreachable
from contract.events import Cancelled, Event, Failed, Promoted, Reaped
from contract.task import Status
from listener.holding import HeldTask
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.factories import take

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def claimed(queue: TaskQueue) -> HeldTask:
    held = take(queue)
    assert held is not None
    return held


def expire(db: Any, id: str) -> None:
    db.collection("queue").document(id).update({"claim.lease_until": LONG_AGO})


def test_a_task_whose_lease_ran_out_goes_back_in_line_with_its_attempt_counted(
    db: Any, queue: TaskQueue, rival: TaskQueue, submit: Submit, events: list[Event]
) -> None:
    submit("t")
    claimed(queue)
    expire(db, "t")
    assert rival.reap() is None
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 1)
    assert task.error is not None
    assert task.error.code == "lease_expired"
    assert [past.worker for past in task.attempts] == ["worker-a"]
    assert isinstance(events[-1], Reaped)
    again = claimed(rival)
    assert (again.attempt, again.claim.epoch) == (2, 2)
    task = queue.get("t")
    assert task is not None
    assert task.error is None


def test_a_lease_that_still_runs_is_left_alone_and_tells_when_it_ends(
    queue: TaskQueue, rival: TaskQueue, submit: Submit
) -> None:
    submit("t")
    held = claimed(queue)
    assert rival.reap() == held.claim.lease_until
    queue.renew(held)


def test_an_offer_that_nobody_took_counts_no_attempt_but_only_once(
    db: Any, queue: TaskQueue, rival: TaskQueue, submit: Submit
) -> None:
    submit("t")
    counted = []
    for _ in range(2):
        [seen] = queue.edge.query(queue.head())
        offer = queue.claims.bid(seen, "dead")
        assert offer is not None
        assert queue.claims.offer([offer])
        assert offer.claim.lease_until - offer.claim.at == queue.lease
        expire(db, "t")
        rival.reap()
        task = queue.get("t")
        assert task is not None
        assert task.status is Status.QUEUED
        counted.append((task.attempt, task.attempts[-1].code))
    assert counted == [(0, "offer_expired"), (1, "lease_expired")]


def test_an_offer_that_was_taken_counts_its_attempt(
    db: Any, queue: TaskQueue, rival: TaskQueue, submit: Submit
) -> None:
    submit("t")
    [seen] = queue.edge.query(queue.head())
    offer = queue.claims.bid(seen, "killed")
    assert offer is not None
    assert queue.claims.offer([offer])
    db.document("queue/t/live/progress").set({"epoch": 1, "step": 1, "steps": 2})
    expire(db, "t")
    rival.reap()
    task = queue.get("t")
    assert task is not None
    assert (task.attempt, task.attempts[-1].code) == (1, "lease_expired")


def test_attempts_that_are_used_up_end_in_failure_with_their_history(
    db: Any, queue: TaskQueue, submit: Submit, events: list[Event]
) -> None:
    submit("t")
    for _ in range(3):
        claimed(queue)
        expire(db, "t")
        queue.reap()
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.FAILED, 3)
    assert task.error is not None
    assert task.error.message == "worker-a stopped answering (attempt 3 of 3)"
    assert not task.error.retryable
    assert [past.epoch for past in task.attempts] == [1, 2, 3]
    assert isinstance(events[-1], Failed)
    assert take(queue) is None


def test_a_called_off_task_whose_worker_is_gone_is_cancelled(
    db: Any, queue: TaskQueue, submit: Submit, events: list[Event]
) -> None:
    submit("t")
    claimed(queue)
    queue.cancel("t")
    expire(db, "t")
    queue.reap()
    task = queue.get("t")
    assert task is not None
    assert task.status is Status.CANCELLED
    assert isinstance(events[-1], Cancelled)


def test_every_lease_that_ran_out_is_found_in_one_look(db: Any, queue: TaskQueue, submit: Submit) -> None:
    for number in range(5):
        submit(f"t{number}")
        claimed(queue)
    for number in range(4):
        expire(db, f"t{number}")
    due = queue.reap()
    assert due is not None
    assert due > queue.clock.now()
    waiting = [id for id in (f"t{number}" for number in range(5)) if status(queue, id) is Status.QUEUED]
    assert waiting == ["t0", "t1", "t2", "t3"]


def test_a_pause_that_is_over_puts_a_task_back_at_its_place(
    db: Any, queue: TaskQueue, submit: Submit, events: list[Event]
) -> None:
    submit("t")
    submit("u")
    not_before = queue.fail(claimed(queue), OutOfMemory("full"))
    assert not_before is not None
    assert queue.promote() == not_before
    db.collection("queue").document("t").update({"not_before": LONG_AGO})
    assert queue.promote() is None
    assert isinstance(events[-1], Promoted)
    assert claimed(queue).id == "t"


def test_a_scheduled_task_that_was_called_off_is_cancelled_when_its_pause_is_over(
    db: Any, queue: TaskQueue, submit: Submit
) -> None:
    submit("t")
    queue.fail(claimed(queue), OutOfMemory("full"))
    db.collection("queue").document("t").update({"not_before": LONG_AGO, "cancel_requested": True})
    queue.promote()
    assert status(queue, "t") is Status.CANCELLED


@pytest.mark.parametrize("lease_until", [7, True, None])
def test_a_lease_that_is_no_time_counts_as_run_out(
    db: Any, queue: TaskQueue, submit: Submit, lease_until: object
) -> None:
    submit("t")
    claimed(queue)
    db.collection("queue").document("t").update({"claim.lease_until": lease_until})
    queue.reap()
    assert db.collection("queue").document("t").get().get("status") == "queued"


def test_a_wrong_clock_on_this_machine_changes_no_lease(
    queue: TaskQueue, rival: TaskQueue, submit: Submit
) -> None:
    rival.clock._offset += 3600.0
    submit("t")
    held = claimed(queue)
    # The look itself teaches the time before it judges.
    assert rival.reap() == held.claim.lease_until
    submit("u")
    theirs = claimed(rival)
    assert abs(theirs.claim.at - queue.clock.now()) < timedelta(seconds=2)


def status(queue: TaskQueue, id: str) -> Status:
    task = queue.get(id)
    assert task is not None
    return task.status


def test_after_an_outage_nobody_loses_a_task_whose_lease_could_not_be_renewed(
    db: Any, queue: TaskQueue, rival: TaskQueue, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit("t")
    held = claimed(queue)
    expire(db, "t")

    def away(query: Any) -> Any:
        raise ServiceUnavailable("the line is down")

    with monkeypatch.context() as outage:
        outage.setattr(rival.edge, "query", away)
        with pytest.raises(Unreachable):
            rival.reap()
    again = rival.reap()
    assert again is not None
    assert again > rival.clock.now()
    queue.renew(held)
    due = rival.reap()
    assert due is not None
    assert due > rival.clock.now()
    expire(db, "t")
    assert rival.reap() is None
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 1)
