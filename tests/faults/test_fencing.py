"""Every write of a claimant, tried with the wrong owner, a changed state, a missing task and a newer one.

As firebase-queue tries its own. They run on whatever server the environment names, the official emulator too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from contract.errors import Cancelled, LostClaim, OutOfMemory, RenderFailed
from contract.task import Progress, Status
from listener.holding import HeldTask
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit, client, db, events, queue, rival, settings, submit
from tests.listener.factories import a_result

__all__ = ["client", "db", "events", "queue", "rival", "settings", "submit"]

Write = Callable[[TaskQueue, HeldTask], Any]
WRITES: dict[str, Write] = {
    "renew": lambda queue, held: queue.renew(held),
    "keep": lambda queue, held: queue.keep(held, f"checkpoints/{held.id}/1/5.npz", 5),
    "finish": lambda queue, held: queue.finish(held, a_result()),
    "fail for good": lambda queue, held: queue.fail(held, RenderFailed("nothing")),
    "fail for now": lambda queue, held: queue.fail(held, OutOfMemory("full")),
    "stop": lambda queue, held: queue.stop(held),
    "release": lambda queue, held: queue.release(held),
}
ENDS = {
    "finish": Status.DONE,
    "fail for good": Status.FAILED,
    "fail for now": Status.SCHEDULED,
    "stop": Status.CANCELLED,
    "release": Status.QUEUED,
}


def claimed(queue: TaskQueue) -> HeldTask:
    """The first task in line."""
    [held] = queue.claim()
    return held


def stored(db: Any, task: str) -> Any:
    """A task's document, whatever is in it."""
    return db.document(f"queue/{task}").get().to_dict()


@pytest.mark.parametrize("write", WRITES)
def test_no_write_is_accepted_from_who_lost_the_task_to_another(
    write: str, queue: TaskQueue, rival: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("t")
    zombie = claimed(queue)
    rival.release(claimed_by_other(rival, zombie, db))
    theirs = claimed(rival)
    before = stored(db, "t")
    with pytest.raises(LostClaim, match="t is claimed by worker-b"):
        WRITES[write](queue, zombie)
    assert stored(db, "t") == before
    assert theirs.claim.epoch > zombie.claim.epoch


def claimed_by_other(rival: TaskQueue, held: HeldTask, db: Any) -> HeldTask:
    """The task again, after its lease was found to have run out."""
    db.document(f"queue/{held.id}").update({"status": Status.QUEUED.value})
    return claimed(rival)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.RUNNING])
@pytest.mark.parametrize("write", WRITES)
def test_no_write_is_accepted_in_a_changed_state(
    write: str, status: Status, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("t")
    held = claimed(queue)
    db.document("queue/t").update({"status": status.value})
    before = stored(db, "t")
    if ENDS.get(write) is status:
        WRITES[write](queue, held)  # taken for its own, whose answer was lost
    else:
        with pytest.raises(LostClaim, match=f"t is {status}"):
            WRITES[write](queue, held)
    assert stored(db, "t") == before


@pytest.mark.parametrize("write", WRITES)
def test_no_write_brings_a_missing_task_back(write: str, queue: TaskQueue, submit: Submit, db: Any) -> None:
    submit("t")
    held = claimed(queue)
    db.document("queue/t").delete()
    with pytest.raises(LostClaim, match="t was deleted"):
        WRITES[write](queue, held)
    assert stored(db, "t") is None


@pytest.mark.parametrize("write", WRITES)
def test_no_write_is_accepted_by_a_newer_task_of_that_name(
    write: str, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("t")
    held = claimed(queue)
    db.document("queue/t").delete()
    submit("t", prompt="another")
    before = stored(db, "t")
    with pytest.raises(LostClaim, match="t is claimed by nobody"):
        WRITES[write](queue, held)
    assert stored(db, "t") == before


@pytest.mark.parametrize("late", list(WRITES))
@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_written_after_an_end_by_a_thread_that_waited_for_it(
    end: str, late: str, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("t")
    held = claimed(queue)
    WRITES[end](queue, held)
    before = stored(db, "t")
    if late == end:
        WRITES[late](queue, held)
    else:
        with pytest.raises(LostClaim):
            WRITES[late](queue, held)
    assert stored(db, "t") == before


def test_a_task_that_was_called_off_can_not_be_finished_any_more(
    queue: TaskQueue, rival: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("t")
    held = claimed(queue)
    assert rival.cancel("t") is Status.RUNNING
    with pytest.raises(Cancelled):
        queue.finish(held, a_result())
    assert stored(db, "t")["status"] == "running"
    queue.stop(held)
    assert stored(db, "t")["status"] == "cancelled"


def test_of_many_that_finish_one_task_at_once_one_is_accepted(
    queue: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("t")
    held = claimed(queue)
    rivals = [held, *(queue.hold_again("t", held.claim) for _ in range(3))]
    lost: list[LostClaim] = []

    def finish(number: int) -> None:
        try:
            queue.finish(rivals[number], a_result(seed=number))
        except LostClaim as error:
            lost.append(error)

    threads = [threading.Thread(target=finish, args=(number,)) for number in range(len(rivals))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == []  # each finds its own claim's end there, and takes it for its own
    after = stored(db, "t")
    assert after["result"]["seed"] in range(len(rivals))
    for number, again in enumerate(rivals):
        queue.finish(again, a_result(seed=100 + number))
    assert stored(db, "t") == after


def test_progress_of_an_older_epoch_does_not_replace_that_of_a_newer(
    queue: TaskQueue, rival: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("t")
    zombie = claimed(queue)
    queue.show(zombie, Progress(epoch=1, step=1, steps=9))
    theirs = claimed_by_other(rival, zombie, db)
    rival.show(theirs, Progress(epoch=2, step=1, steps=9))
    with pytest.raises(LostClaim, match="epoch 2"):
        queue.show(zombie, Progress(epoch=1, step=8, steps=9))
    assert db.document("queue/t/live/progress").get().get("epoch") == 2
