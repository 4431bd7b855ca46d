"""What operators do, and what goes when its time is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.errors import InvalidTask, RenderFailed, UploadFailed
from contract.task import NewTask, Status
from listener.task_queue import TaskQueue
from tests.listener.conftest import TASK, Submit
from tests.listener.factories import a_result, take

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def fail(queue: TaskQueue) -> str:
    held = take(queue)
    assert held is not None
    queue.fail(held, RenderFailed("black"))
    return held.id


def finish(queue: TaskQueue) -> str:
    held = take(queue)
    assert held is not None
    queue.finish(held, a_result())
    return held.id


def test_a_failed_task_is_put_back_with_its_history_and_a_new_epoch(queue: TaskQueue, submit: Submit) -> None:
    submit("t")
    fail(queue)
    assert queue.redrive("t") is Status.QUEUED
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt, task.error, task.finished_at) == (Status.QUEUED, 0, None, None)
    assert task.expires_at is None
    assert [(past.worker, past.epoch, past.code) for past in task.attempts] == [
        ("worker-a", 1, "render_failed")
    ]
    held = take(queue)
    assert held is not None
    assert (held.claim.epoch, held.attempt) == (2, 1)


def test_only_what_failed_is_put_back(queue: TaskQueue, submit: Submit) -> None:
    submit("t")
    assert queue.redrive("t") is Status.QUEUED  # as it was
    finish(queue)
    assert queue.redrive("t") is Status.DONE
    assert queue.redrive("nothing") is None


def test_all_that_failed_is_found(queue: TaskQueue, submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.operating.AT_ONCE", 2)
    for number in range(5):
        submit(f"t{number}", uid=f"u{number}")
    failed = [fail(queue) for _ in range(4)]
    assert queue.failed() == failed


def test_an_operators_task_stands_ahead_and_takes_nobodys_place(
    queue: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("first")
    before = db.document("users/ann").get().to_dict()
    queue.submit(NewTask(**TASK), "urgent", ahead=timedelta(hours=1))
    assert db.document("users/ann").get().to_dict() == before
    held = take(queue)
    assert held is not None
    assert held.id == "urgent"


def test_who_has_waited_longer_than_an_operators_task_stands_ahead_comes_first(
    queue: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("old")
    db.document("queue/old").update({"rank": queue.clock.now() - timedelta(hours=2)})
    queue.submit(NewTask(**TASK), "urgent", ahead=timedelta(hours=1))
    held = take(queue)
    assert held is not None
    assert held.id == "old"


@pytest.mark.parametrize("hours", [-1, 25])
def test_nothing_is_put_further_ahead_than_a_day(queue: TaskQueue, hours: float) -> None:
    with pytest.raises(InvalidTask, match="ahead"):
        queue.submit(NewTask(**TASK), "t", ahead=timedelta(hours=hours))


def test_a_waiting_task_is_moved_ahead(queue: TaskQueue, submit: Submit) -> None:
    submit("first")
    submit("second", uid="bob")
    assert queue.prioritise("second", timedelta(minutes=10)) is Status.QUEUED
    assert finish(queue) == "second"
    assert queue.prioritise("second", timedelta(minutes=10)) is Status.DONE
    assert queue.prioritise("nothing", timedelta(minutes=10)) is None


def test_what_was_kept_long_enough_goes_with_its_files(queue: TaskQueue, submit: Submit, db: Any) -> None:
    for id in ("old", "new", "waiting"):
        submit(id, uid=id)
    finish(queue)
    finish(queue)
    db.document("queue/old").update({"expires_at": LONG_AGO})
    db.document("queue/old/live/progress").set({"step": 1})
    db.document("queue/old").update({"likes": 2})
    for uid in ("alice", "bob"):
        db.document(f"queue/old/likes/{uid}").set({"uid": uid, "task": "old"})
    removed: list[str] = []
    due = queue.prune(removed.append)
    assert removed == ["results/old/", "previews/old/", "checkpoints/old/"]
    assert not db.document("queue/old").get().exists
    assert not db.document("queue/old/live/progress").get().exists
    assert not db.collection("queue/old/likes").get()
    new = queue.get("new")
    assert new is not None
    assert new.expires_at == due
    assert due is not None
    assert timedelta(days=29) < due - queue.clock.now() < timedelta(days=31)
    assert queue.get("waiting") is not None


def test_a_task_stays_as_long_as_its_files_can_not_be_removed(
    queue: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("old")
    finish(queue)
    db.document("queue/old").update({"expires_at": LONG_AGO})

    def away(folder: str) -> None:
        raise UploadFailed("Storage is away")

    with pytest.raises(UploadFailed):
        queue.prune(away)
    assert queue.get("old") is not None
