"""Several tasks in one claim, and whose turn it is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contract.params import PixeldrawParams
from listener.firebase import connect
from listener.order import Ask
from listener.settings import Settings
from listener.speeds import LONGEST_LEASE
from listener.task_queue import TaskQueue
from tests.listener import faults
from tests.listener.conftest import Submit
from tests.listener.factories import a_result, take


@pytest.fixture
def batched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pixeldraw's tasks of one size may be rendered together."""
    monkeypatch.setattr(PixeldrawParams, "batch_key", lambda self: f"{self.size}")


def sized(submit: Submit, *sizes: int) -> None:
    for number, size in enumerate(sizes):
        submit(f"t{number}", uid=f"u{number}", params={"size": size})


def ids(held: Any) -> list[str]:
    return [task.id for task in held]


@pytest.mark.usefixtures("batched")
def test_compatible_tasks_are_claimed_together_and_ended_each_by_itself(
    queue: TaskQueue, submit: Submit, db: Any
) -> None:
    sized(submit, 64, 128, 64, 64, 64)
    held = queue.claim(Ask(at_most=4))  # of which it looks at four
    assert ids(held) == ["t0", "t2", "t3"]
    queue.finish(held[0], a_result())
    queue.release(held[1])
    queue.cancel("t3")
    queue.renew(held[2])
    assert held[2].cancel_requested
    queue.stop(held[2])
    statuses = {doc.id: doc.get("status") for doc in db.collection("queue").get()}
    assert statuses == {"t0": "done", "t1": "queued", "t2": "queued", "t3": "cancelled", "t4": "queued"}


@pytest.mark.usefixtures("batched")
def test_losing_one_of_a_batch_to_another_worker_loses_no_other(
    queue: TaskQueue, rival: TaskQueue, submit: Submit
) -> None:
    sized(submit, 64, 64, 64)
    bids = queue.claims.look(Ask(at_most=3))
    assert bids is not None
    assert take(rival) is not None
    assert ids(queue.claims.win(bids)) == ["t1", "t2"]


@pytest.mark.usefixtures("batched")
def test_a_batch_whose_answer_was_lost_is_known_again(
    settings: Settings, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = faults.put_on(monkeypatch)
    firebase = connect(settings)
    queue = TaskQueue(firebase.db, "worker-a")
    sized(submit, 64, 64)
    line.lose = 1
    held = queue.claim(Ask(at_most=2))
    assert ids(held) == ["t0", "t1"]
    for task in held:
        queue.finish(task, a_result())
    firebase.close()


def test_the_end_of_one_task_and_the_claim_of_the_next_are_one_commit(
    settings: Settings, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = faults.put_on(monkeypatch)
    firebase = connect(settings)
    queue = TaskQueue(firebase.db, "worker-a")
    sized(submit, 64, 64)
    held = take(queue)
    assert held is not None
    line.commits = 0
    [following] = queue.finish(held, a_result(), Ask())
    assert line.commits == 1
    assert following.id == "t1"
    submit("t2", uid="cy")
    line.lose = 1
    [last] = queue.finish(following, a_result(), Ask())
    assert last.id == "t2"
    assert queue.finish(last, a_result(), Ask()) == []
    firebase.close()


def test_a_task_that_another_worker_took_does_not_hold_up_the_end_of_one_task(
    queue: TaskQueue, rival: TaskQueue, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    sized(submit, 64, 64)
    held = take(queue)
    assert held is not None
    look = queue.claims.look
    rivals: list[Any] = []

    def look_late(ask: Ask) -> Any:
        bids = look(ask)
        if not rivals:
            rivals.append(take(rival))
        return bids

    monkeypatch.setattr(queue.claims, "look", look_late)
    assert queue.finish(held, a_result(), Ask()) == []
    task = queue.get("t0")
    assert task is not None
    assert task.status.value == "done"


Loaded = Callable[[Any], bool]


def test_what_is_loaded_goes_first_but_never_past_anothers_turn(
    queue: TaskQueue, submit: Submit, db: Any
) -> None:
    sized(submit, 64, 128, 128)
    loaded: Loaded = lambda fields: fields["params"]["size"] == 128  # noqa: E731
    [held] = queue.claim(Ask(loaded=loaded))
    assert held.id == "t1"
    task = queue.get("t0")
    assert task is not None
    assert task.rank is not None
    db.document("queue/t2").update({"rank": task.rank + timedelta(days=300)})
    [held] = queue.claim(Ask(loaded=loaded))
    assert held.id == "t0"


def test_a_lease_is_as_long_as_two_renders_take_here(queue: TaskQueue, submit: Submit) -> None:
    sized(submit, 64, 64, 64)
    held = take(queue)
    assert held is not None
    assert held.lease.total_seconds() == 30
    queue.finish(held, a_result(seconds=60.0))
    held = take(queue)
    assert held is not None
    assert held.lease.total_seconds() == pytest.approx(132.0)
    queue.finish(held, a_result(seconds=5000.0))
    held = take(queue)
    assert held is not None
    assert held.lease == LONGEST_LEASE
    before = held.claim.lease_until
    queue.keep(held, "checkpoints/t2/1/5.npz", 5)
    task = queue.get("t2")
    assert task is not None
    assert task.checkpoint is not None
    assert (task.checkpoint.step, task.checkpoint.epoch) == (5, 1)
    assert task.claim is not None
    assert task.claim.lease_until > before


def test_a_checkpoint_outlives_its_claim(queue: TaskQueue, rival: TaskQueue, submit: Submit) -> None:
    submit("t")
    held = take(queue)
    assert held is not None
    queue.keep(held, "checkpoints/t/1/5.npz", 5)
    queue.release(held)
    again = take(rival)
    assert again is not None
    checkpoint = again.task().checkpoint
    assert checkpoint is not None
    assert checkpoint.path == "checkpoints/t/1/5.npz"
