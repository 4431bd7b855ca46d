"""Tasks rendered together: each is finished, failed or cancelled by itself."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from contract.errors import OutOfMemory
from contract.params import PixeldrawParams
from contract.task import Status
from listener.firebase import Firebase
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.fakes import Squares, failing_with
from tests.listener.running import Running, ended, eventually, result_of


@pytest.fixture(autouse=True)
def together(monkeypatch: pytest.MonkeyPatch, squares: type[Squares]) -> None:
    """Pixeldraw's tasks may be rendered together."""
    monkeypatch.setattr(PixeldrawParams, "batch_key", lambda self: "any")


def line_up(submit: Submit, count: int, **fields: Any) -> list[str]:
    """Tasks in line before any listener looks."""
    return [submit(f"t{number}", uid=f"u{number}", **fields) for number in range(count)]


def sizes(squares: type[Squares]) -> list[int]:
    return [len(jobs) for jobs in squares.renders]


def test_compatible_tasks_are_rendered_together_and_each_is_finished(
    settings: Settings, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    line_up(submit, 5)
    with Running(replace(settings, batch=3)) as listener:
        tasks = [ended(queue, f"t{number}", 20) for number in range(5)]
        eventually(lambda: listener.worker.finished == 5)
    assert sizes(squares) == [3, 2]
    assert {task.status for task in tasks} == {Status.DONE}
    assert len({result_of(task).seed for task in tasks}) == 5
    assert {result_of(task).images[0].path for task in tasks} == {
        f"results/t{n}/1/image.png" for n in range(5)
    }


@pytest.mark.slow
def test_one_that_is_called_off_does_not_stop_the_others(
    settings: Settings, client: Firebase, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    squares.PAUSE = 0.1
    line_up(submit, 3, params={"iterations": 60})
    with Running(settings):
        assert squares.begun.wait(15)
        began = time.monotonic()
        assert queue.cancel("t1") is Status.RUNNING
        assert ended(queue, "t1").status is Status.CANCELLED
        assert time.monotonic() - began < 2.5
        assert {queue_status(queue, id) for id in ("t0", "t2")} == {Status.RUNNING}
        assert {ended(queue, id, 30).status for id in ("t0", "t2")} == {Status.DONE}
    assert sizes(squares) == [3]
    assert list(client.bucket.list_blobs(prefix="results/t1/")) == []


def queue_status(queue: TaskQueue, id: str) -> Status | None:
    task = queue.get(id)
    return task.status if task else None


def test_when_all_are_called_off_the_render_stops(
    settings: Settings, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    squares.PAUSE = 0.1
    line_up(submit, 2, params={"iterations": 1000})
    with Running(settings) as listener:
        assert squares.begun.wait(15)
        for id in ("t0", "t1"):
            queue.cancel(id)
        assert {ended(queue, id).status for id in ("t0", "t1")} == {Status.CANCELLED}
        submit("next", uid="zoe", params={"iterations": 2})
        assert ended(queue, "next").status is Status.DONE
        assert listener.worker.finished == 1


def test_a_batch_that_does_not_fit_is_rendered_one_by_one_and_the_next_is_smaller(
    settings: Settings, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    failing_with(OutOfMemory("4 pictures need 90 GiB"))
    line_up(submit, 6)
    with Running(replace(settings, batch=4)):
        tasks = [ended(queue, f"t{number}", 20) for number in range(6)]
    assert {(task.status, task.attempt) for task in tasks} == {(Status.DONE, 1)}
    assert sizes(squares) == [4, 1, 1, 1, 1, 2]


def test_a_task_that_can_not_be_rendered_is_rejected_before_its_batch_begins(
    settings: Settings, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    submit("t0", uid="u0")
    submit("bad", uid="u1", params={"init_image": "uploads/u0/not-mine.png"})
    submit("t2", uid="u2")
    with Running(settings):
        assert [ended(queue, id).status for id in ("t0", "bad", "t2")] == [
            Status.DONE,
            Status.REJECTED,
            Status.DONE,
        ]
    bad = queue.get("bad")
    assert bad is not None
    assert bad.error is not None
    assert bad.error.field == "params.init_image"


def test_a_batch_whose_worker_leaves_goes_back_uncounted_each_with_its_checkpoint(
    settings: Settings, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    squares.PAUSE = 0.1
    line_up(submit, 3, params={"iterations": 100})
    with Running(settings):
        assert squares.begun.wait(15)
        threading.Event().wait(0.4)
    tasks = [queue.get(f"t{number}") for number in range(3)]
    assert {(task.status, task.attempt) for task in tasks if task} == {(Status.QUEUED, 0)}
    assert all(task is not None and task.checkpoint is not None for task in tasks)
    squares.PAUSE = 0.0
    with Running(replace(settings, worker="worker-b")):
        assert {ended(queue, f"t{number}", 20).status for number in range(3)} == {Status.DONE}
    resumed = [job.resume for jobs in squares.renders[1:] for job in jobs]
    assert len(resumed) == 3
    assert all(state is not None and state["step"] > 0 for state in resumed)


@pytest.mark.slow
def test_one_whose_claim_is_lost_is_dropped_and_the_others_go_on(
    settings: Settings,
    queue: TaskQueue,
    submit: Submit,
    squares: type[Squares],
    db: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    squares.PAUSE = 0.1
    line_up(submit, 2, params={"iterations": 40})
    with Running(settings):
        assert squares.begun.wait(15)
        db.document("queue/t0").update({"claim.id": "another", "claim.epoch": 2})
        assert ended(queue, "t1", 20).status is Status.DONE
    task = queue.get("t0")
    assert task is not None
    assert task.claim is not None
    assert (task.status, task.claim.id, task.result) == (Status.RUNNING, "another", None)
    assert [record.message for record in caplog.records].count("lost") == 1
