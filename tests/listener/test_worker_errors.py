"""What a listener makes of errors: those of a task, of this machine, and of its renderers."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from contract.errors import MissingWeights, OutOfMemory, RenderFailed, SetupError
from contract.task import Status
from listener.firebase import Firebase
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.fakes import Squares, failing_with
from tests.listener.running import Running, ended, eventually, result_of


def test_an_error_that_may_pass_is_tried_again_and_what_it_left_is_removed(
    listener: Running, queue: TaskQueue, submit: Submit, client: Firebase
) -> None:
    client.bucket.blob("results/t/1/image.png").upload_from_string(b"half", content_type="image/png")
    failing_with(OutOfMemory("8 GiB were not enough"))
    submit("t")
    task = ended(queue, "t")
    assert (task.status, task.attempt) == (Status.DONE, 2)
    assert [past.code for past in task.attempts] == ["out_of_memory"]
    assert result_of(task).images[0].path == "results/t/2/image.png"
    eventually(lambda: not list(client.bucket.list_blobs(prefix="results/t/1/")))
    assert list(client.bucket.list_blobs(prefix="results/t/2/"))


def test_an_error_that_nobody_foresaw_is_named_counted_and_tried_again(
    listener: Running, queue: TaskQueue, submit: Submit, caplog: pytest.LogCaptureFixture
) -> None:
    failing_with(ZeroDivisionError("division by zero"))
    submit("t")
    task = ended(queue, "t")
    assert (task.status, task.attempt) == (Status.DONE, 2)
    assert task.attempts[0].code == "unexpected"
    assert "ZeroDivisionError: division by zero" in task.attempts[0].message
    assert any(record.exc_info for record in caplog.records)


NAMED = {"iterations": 3, "clip": "vit-b-32"}
MISSING = MissingWeights("vit-b-32 isn't there; run: brushfire models pull vit-b-32", key="vit-b-32")


def test_weights_that_nobody_has_fail_a_task_and_say_what_to_do(
    listener: Running, queue: TaskQueue, submit: Submit
) -> None:
    failing_with(MISSING)
    submit("t", params=NAMED)
    task = ended(queue, "t")
    assert task.status is Status.FAILED
    assert task.error is not None
    assert (task.error.code, task.error.message) == ("missing_weights", str(MISSING))
    submit("u", params=NAMED)
    assert ended(queue, "u").status is Status.DONE, "it is asked again, should they have come"


def test_weights_that_another_listener_has_leave_their_tasks_to_it(
    settings: Settings, queue: TaskQueue, submit: Submit, db: Any, squares: type[Squares]
) -> None:
    there = {"models": ["vit-b-32"], "state": "idle", "last_seen": datetime.now(UTC), "renderers": []}
    db.document("workers/better").set({**there, "host": "b", "device": "cuda:0", "version": "0"})
    failing_with(MISSING)
    submit("t", params=NAMED)
    with Running(settings):
        eventually(lambda: (task := queue.get("t")) and task.claim and task.status is Status.QUEUED)
        submit("u", uid="bob")
        assert ended(queue, "u").status is Status.DONE
        eventually(lambda: db.document("workers/worker-a").get().to_dict().get("lacks") == ["vit-b-32"])
        task = queue.get("t")
        assert task is not None
        assert (task.status, task.attempt) == (Status.QUEUED, 0)
        assert task.claim is not None
        assert task.claim.epoch == 1


@pytest.mark.parametrize("lack", [MISSING, SetupError("kornia isn't installed")], ids=["weights", "package"])
def test_a_worker_that_lacks_what_every_task_needs_leaves_and_fails_none(
    lack: Exception, settings: Settings, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    failing_with(lack)
    submit("t")
    with Running(replace(settings, renderers=("pixeldraw",))) as listener:
        listener.join()
    assert isinstance(listener.error, SetupError)
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 0)


def test_a_worker_that_fails_everything_claims_nothing_until_it_can_render_again(
    settings: Settings,
    queue: TaskQueue,
    submit: Submit,
    squares: type[Squares],
    monkeypatch: pytest.MonkeyPatch,
    db: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "brushfire")
    broken = threading.Event()
    broken.set()
    render = squares.render

    def failing(self: Squares, jobs: Any, watch: Any) -> Any:
        if broken.is_set():
            raise RenderFailed("every picture is black")
        return render(self, jobs, watch)

    monkeypatch.setattr(squares, "render", failing)
    monkeypatch.setattr("listener.breaker.FIRST_PAUSE", 0.5)
    for number in range(5):
        submit(f"t{number}", uid=f"u{number}")
    chosen = replace(settings, breaker=3, renderers=("pixeldraw",))
    with Running(chosen) as listener:
        listener.worker._breaker._pause = 0.5
        eventually(lambda: "breaker_open" in caplog.text, 20)
        worker = eventually(lambda: told(db, "worker-a", "broken"))
        assert worker["renderers"] == []
        assert "every picture is black" in worker["note"]
        eventually(lambda: "self_test_failed" in caplog.text, 20)
        left = [queue.get(f"t{number}") for number in range(5)]
        assert [task.status for task in left if task].count(Status.QUEUED) == 2
        broken.clear()
        assert {ended(queue, f"t{number}", 20).status for number in (3, 4)} == {Status.DONE}
        worker = eventually(lambda: told(db, "worker-a", "idle", "rendering"))
        assert "note" not in worker


def told(db: Any, worker: str, *states: str) -> Any:
    """What a worker says of itself, once it is in one of these states."""
    fields = db.document(f"workers/{worker}").get().to_dict() or {}
    return fields if fields.get("state") in states else None


def test_a_task_that_waits_for_another_attempt_is_not_forgotten_when_its_listener_leaves(
    settings: Settings, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    failing_with(OutOfMemory("full"))
    with Running(replace(settings, retry_seconds=1.0)):
        submit("t")
        eventually(lambda: (task := queue.get("t")) and task.status is Status.SCHEDULED)
    with Running(replace(settings, worker="worker-b")):
        task = ended(queue, "t")
    assert (task.status, task.attempt) == (Status.DONE, 2)
