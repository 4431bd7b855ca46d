"""What clients and workers may say to the queue, one word after the other."""

from datetime import timedelta
from typing import Any

import pytest

from contract.errors import InvalidTask, OutOfMemory, RenderFailed
from contract.events import Cancelled, Claimed, Event, Failed, Finished, Released, Rescheduled, Submitted
from contract.task import NewTask, Status, Task
from listener.submission import RANK_SPACING
from listener.task_queue import TaskQueue
from tests.listener.conftest import TASK, Submit
from tests.listener.factories import a_result, take


def task_of(queue: TaskQueue, id: str) -> Task:
    task = queue.get(id)
    assert task is not None
    return task


def test_a_submitted_task_waits_in_line(queue: TaskQueue, submit: Submit, events: list[Event]) -> None:
    id = submit(public=True)
    task = task_of(queue, id)
    assert (task.status, task.uid, task.prompt, task.public) == (Status.QUEUED, "ann", "a red circle", True)
    assert task.params == {"iterations": 3}
    assert task.attempt == 0
    assert task.created_at is not None
    assert task.rank is not None
    assert abs(task.rank - task.created_at) < timedelta(seconds=2)
    assert isinstance(events[0], Submitted)


def test_the_same_id_twice_is_one_task(queue: TaskQueue, submit: Submit, db: Any) -> None:
    assert submit("mine") == submit("mine") == "mine"
    assert len(db.collection("queue").get()) == 1


def test_an_id_that_is_another_tasks_is_refused(submit: Submit) -> None:
    submit("mine")
    with pytest.raises(InvalidTask, match="id is 'mine'"):
        submit("mine", prompt="a blue square")


@pytest.mark.parametrize("id", ["a/b", "", "x" * 129])
def test_an_id_that_can_be_none_is_refused(queue: TaskQueue, id: str) -> None:
    with pytest.raises(InvalidTask, match="id is"):
        queue.submit(NewTask(**TASK), id)


def test_one_owners_tasks_leave_room_for_others(queue: TaskQueue, submit: Submit) -> None:
    first, second = submit("a1"), submit("a2")
    other = submit("b1", uid="bob")
    ranks = {id: task_of(queue, id).rank for id in (first, second, other)}
    assert ranks["a2"] is not None
    assert ranks["a1"] is not None
    assert ranks["a2"] - ranks["a1"] == RANK_SPACING
    claimed = [take(queue) for _ in range(3)]
    assert [held.id for held in claimed if held] == ["a1", "b1", "a2"]


def test_an_empty_queue_gives_nothing(queue: TaskQueue) -> None:
    assert take(queue) is None


def test_a_claim_holds_a_task_for_a_lease_on_the_servers_clock(
    queue: TaskQueue, submit: Submit, events: list[Event]
) -> None:
    held = take(queue) if submit("t") else None
    assert held is not None
    task = task_of(queue, "t")
    assert task.status is Status.RUNNING
    assert task.attempt == 1
    assert task.claim == held.claim
    assert (held.claim.worker, held.claim.epoch) == ("worker-a", 1)
    assert held.claim.lease_until - held.claim.at == timedelta(seconds=30)
    assert task.started_at is not None
    assert abs(held.claim.at - task.started_at) < timedelta(seconds=1)
    assert isinstance(events[-1], Claimed)


@pytest.mark.parametrize(("before", "after"), [({}, (0, False)), ({"likes": 7, "hidden": True}, (7, True))])
def test_a_finished_task_has_what_the_gallery_looks_for(
    queue: TaskQueue, submit: Submit, db: Any, before: dict[str, Any], after: tuple[int, bool]
) -> None:
    id = submit()
    db.document(f"queue/{id}").update({"public": True, **before})
    held = take(queue)
    assert held is not None
    queue.finish(held, a_result())
    written = db.document(f"queue/{id}").get().to_dict()
    assert (written["likes"], written["hidden"]) == after


def test_a_finished_task_carries_its_result(queue: TaskQueue, submit: Submit, events: list[Event]) -> None:
    submit("t")
    held = take(queue)
    assert held is not None
    queue.finish(held, a_result(score=0.25))
    task = task_of(queue, "t")
    assert (task.status, task.result, task.error) == (Status.DONE, a_result(score=0.25), None)
    assert task.finished_at is not None
    assert isinstance(events[-1], Finished)
    assert take(queue) is None


def test_a_renewed_lease_lasts_longer(queue: TaskQueue, submit: Submit) -> None:
    submit("t")
    held = take(queue)
    assert held is not None
    queue.renew(held)
    claim = task_of(queue, "t").claim
    assert claim is not None
    assert claim.lease_until > held.claim.lease_until


def test_a_permanent_error_fails_a_task_at_once(
    queue: TaskQueue, submit: Submit, events: list[Event]
) -> None:
    submit("t")
    held = take(queue)
    assert held is not None
    assert queue.fail(held, RenderFailed("the picture is all black")) is None
    task = task_of(queue, "t")
    assert task.status is Status.FAILED
    assert task.error is not None
    assert (task.error.code, task.error.message) == ("render_failed", "the picture is all black")
    assert isinstance(events[-1], Failed)


def test_a_wrong_option_rejects_a_task_and_names_the_field(queue: TaskQueue, submit: Submit) -> None:
    submit("t", params={"size": 9999})
    held = take(queue)
    assert held is not None
    with pytest.raises(InvalidTask) as error:
        held.task().options()
    queue.fail(held, error.value)
    task = task_of(queue, "t")
    assert task.status is Status.REJECTED
    assert task.error is not None
    assert task.error.field == "params.size"


def test_a_retryable_error_schedules_another_attempt_until_they_are_used_up(
    queue: TaskQueue, submit: Submit, events: list[Event]
) -> None:
    submit("t")
    pauses = []
    for attempt in (1, 2, 3):
        held = take(queue)
        assert held is not None
        assert (held.attempt, held.claim.epoch) == (attempt, attempt)
        not_before = queue.fail(held, OutOfMemory("8 GiB were not enough"))
        task = task_of(queue, "t")
        if not_before is None:
            break
        assert task.status is Status.SCHEDULED
        assert task.not_before == not_before
        pauses.append((not_before - queue.clock.now()).total_seconds())
        assert take(queue) is None
        while queue.promote() is not None:
            pass
        assert task_of(queue, "t").not_before is None
    assert task.status is Status.FAILED
    assert task.error is not None
    assert task.error.code == "out_of_memory"
    assert "attempt 3 of 3" in task.error.message
    assert [past.epoch for past in task.attempts] == [1, 2, 3]
    assert 0.2 < pauses[0] < 0.7
    assert pauses[1] > 1.2 * pauses[0]
    assert [type(event) for event in events if isinstance(event, Rescheduled)] == [Rescheduled] * 2


def test_a_released_task_keeps_its_attempt_and_its_place(
    queue: TaskQueue, rival: TaskQueue, submit: Submit, events: list[Event]
) -> None:
    submit("t")
    rank = task_of(queue, "t").rank
    held = take(queue)
    assert held is not None
    queue.release(held)
    task = task_of(queue, "t")
    assert (task.status, task.attempt, task.rank) == (Status.QUEUED, 0, rank)
    assert isinstance(events[-1], Released)
    again = take(rival)
    assert again is not None
    assert (again.attempt, again.claim.epoch, again.claim.worker) == (1, 2, "worker-b")


def test_a_waiting_task_is_cancelled_at_once(queue: TaskQueue, submit: Submit, events: list[Event]) -> None:
    submit("t")
    assert queue.cancel("t") is Status.CANCELLED
    assert task_of(queue, "t").status is Status.CANCELLED
    assert take(queue) is None
    assert isinstance(events[-1], Cancelled)


def test_a_running_task_is_asked_to_stop(queue: TaskQueue, submit: Submit) -> None:
    submit("t")
    held = take(queue)
    assert held is not None
    assert queue.cancel("t") is Status.RUNNING
    assert task_of(queue, "t").cancel_requested
    queue.renew(held)
    assert held.cancel_requested
    queue.stop(held)
    assert task_of(queue, "t").status is Status.CANCELLED


def test_what_is_over_or_never_was_can_not_be_cancelled(queue: TaskQueue, submit: Submit) -> None:
    submit("t")
    held = take(queue)
    assert held is not None
    queue.finish(held, a_result())
    assert queue.cancel("t") is Status.DONE
    assert queue.cancel("nothing") is None


def test_a_task_whose_owner_called_it_off_while_it_waited_is_not_claimed(
    queue: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("t")
    submit("u", uid="bob")
    db.collection("queue").document("t").update({"cancel_requested": True})
    held = take(queue)
    assert held is not None
    assert held.id == "u"
    assert task_of(queue, "t").status is Status.CANCELLED
    assert task_of(queue, "t").attempt == 0


def test_a_worker_that_serves_some_renderers_leaves_the_others_tasks(
    queue: TaskQueue, submit: Submit
) -> None:
    submit("t")
    assert take(queue, ["vqgan_clip", "clipdraw"]) is None
    held = take(queue, ["pixeldraw", "clipdraw"])
    assert held is not None
    assert held.id == "t"
