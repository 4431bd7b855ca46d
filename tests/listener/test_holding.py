"""A write by whoever no longer holds a task is refused, whatever became of the task meanwhile."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contract.errors import Cancelled, LostClaim, OutOfMemory, RenderFailed
from contract.task import Progress, Status
from listener.firebase import connect
from listener.holding import HeldTask
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener import faults
from tests.listener.conftest import Submit
from tests.listener.factories import a_result, take

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)

WRITES: dict[str, Callable[[TaskQueue, HeldTask], object]] = {
    "renew": lambda queue, held: queue.renew(held),
    "finish": lambda queue, held: queue.finish(held, a_result()),
    "fail": lambda queue, held: queue.fail(held, RenderFailed("black")),
    "reschedule": lambda queue, held: queue.fail(held, OutOfMemory("full")),
    "stop": lambda queue, held: queue.stop(held),
    "release": lambda queue, held: queue.release(held),
}


def reaped_and_claimed_again(db: Any, queue: TaskQueue) -> None:
    expire(db)
    queue.reap()
    assert take(queue) is not None


def expire(db: Any) -> None:
    db.collection("queue").document("t").update({"claim.lease_until": LONG_AGO})


CHANGES: dict[str, Callable[[Any, TaskQueue], object]] = {
    "a newer claim": reaped_and_claimed_again,
    "another epoch": lambda db, queue: set_fields(db, {"claim.epoch": 7, "claim.id": "other"}),
    "no claim": lambda db, queue: set_fields(db, {"claim": None}),
    "nonsense for a claim": lambda db, queue: set_fields(db, {"claim": "mine"}),
    "cancelled": lambda db, queue: set_fields(db, {"status": "cancelled"}),
    "done by another": lambda db, queue: set_fields(db, {"status": "done", "claim.id": "other"}),
    "deleted": lambda db, queue: db.collection("queue").document("t").delete(),
    "deleted and asked for anew": lambda db, queue: (
        db.collection("queue").document("t").set({"status": "queued"})
    ),
}


def set_fields(db: Any, fields: dict[str, Any]) -> None:
    db.collection("queue").document("t").update(fields)


@pytest.fixture
def held(queue: TaskQueue, submit: Submit) -> HeldTask:
    submit("t")
    held = take(queue)
    assert held is not None
    return held


@pytest.mark.parametrize(
    ("write", "change"),
    # Whoever wants to say that a task is cancelled finds it said.
    [pair for pair in itertools.product(WRITES, CHANGES) if pair != ("stop", "cancelled")],
)
def test_a_write_by_who_holds_the_task_no_longer_is_refused_and_changes_nothing(
    db: Any, queue: TaskQueue, rival: TaskQueue, held: HeldTask, write: str, change: str
) -> None:
    CHANGES[change](db, rival)
    before = db.collection("queue").document("t").get().to_dict()
    with pytest.raises(LostClaim, match="t "):
        WRITES[write](queue, held)
    assert db.collection("queue").document("t").get().to_dict() == before


def test_a_task_that_was_called_off_is_stopped_rather_than_finished(
    db: Any, queue: TaskQueue, held: HeldTask
) -> None:
    set_fields(db, {"cancel_requested": True})
    with pytest.raises(Cancelled, match="owner of t"):
        queue.finish(held, a_result())
    queue.stop(held)
    assert db.document("queue/t").get().get("status") == "cancelled"


@pytest.mark.parametrize("write", [write for write in WRITES if write != "finish"])
def test_a_write_goes_through_after_the_owner_touched_the_task(
    db: Any, queue: TaskQueue, held: HeldTask, write: str
) -> None:
    set_fields(db, {"cancel_requested": True, "public": True})
    WRITES[write](queue, held)
    assert held.cancel_requested
    task = queue.get("t")
    assert task is not None
    assert task.public
    assert task.status.value == {
        "renew": "running",
        "fail": "failed",
        "stop": "cancelled",
    }.get(write, "queued" if write == "release" else "scheduled")


def test_a_task_is_finished_after_its_owner_showed_it_to_all(
    db: Any, queue: TaskQueue, held: HeldTask
) -> None:
    set_fields(db, {"public": True})
    queue.finish(held, a_result())
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.public) == (Status.DONE, True)


@pytest.mark.parametrize("write", WRITES)
def test_a_write_whose_answer_was_lost_is_known_again(
    settings: Settings, submit: Submit, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    line = faults.put_on(monkeypatch)
    firebase = connect(settings)
    queue = TaskQueue(firebase.db, "worker-a")
    submit("t")
    held = take(queue)
    assert held is not None
    line.lose, line.commits = 1, 0
    WRITES[write](queue, held)
    # The one that was lost, and the library's own retry; a renewal is then made anew, which harms nobody.
    assert line.commits == (3 if write == "renew" else 2)
    queue.get("t")
    firebase.close()


def test_progress_of_a_past_claim_never_covers_that_of_a_newer_one(
    db: Any, queue: TaskQueue, rival: TaskQueue, held: HeldTask
) -> None:
    queue.show(held, Progress(epoch=1, step=5, steps=10, score=0.5))
    expire(db)
    rival.reap()
    theirs = take(rival)
    assert theirs is not None
    rival.show(theirs, Progress(epoch=2, step=1, steps=10))
    with pytest.raises(LostClaim, match="epoch 2"):
        queue.show(held, Progress(epoch=1, step=6, steps=10))
    shown = db.document("queue/t/live/progress").get().to_dict()
    assert (shown["epoch"], shown["step"]) == (2, 1)
    assert "score" not in shown


def test_the_first_progress_of_a_past_claim_comes_too_late(
    db: Any, queue: TaskQueue, rival: TaskQueue, held: HeldTask
) -> None:
    expire(db)
    rival.reap()
    theirs = take(rival)
    assert theirs is not None
    rival.show(theirs, Progress(epoch=2, step=1, steps=10))
    with pytest.raises(LostClaim, match="epoch 2"):
        queue.show(held, Progress(epoch=1, step=1, steps=10))


def test_progress_whose_answer_was_lost_goes_on(
    settings: Settings, submit: Submit, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = faults.put_on(monkeypatch)
    firebase = connect(settings)
    queue = TaskQueue(firebase.db, "worker-a")
    submit("t")
    held = take(queue)
    assert held is not None
    for step in (1, 2, 3):
        line.lose = 1
        queue.show(held, Progress(epoch=1, step=step, steps=3))
    assert db.document("queue/t/live/progress").get().get("step") == 3
    firebase.close()


def test_progress_that_was_deleted_is_written_anew(db: Any, queue: TaskQueue, held: HeldTask) -> None:
    queue.show(held, Progress(epoch=1, step=1, steps=3))
    db.document("queue/t/live/progress").delete()
    queue.show(held, Progress(epoch=1, step=2, steps=3))
    assert db.document("queue/t/live/progress").get().get("step") == 2
