"""A listener takes whatever is in line to its end, and leaves in order."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import av
import pytest

from contract.errors import MissingWeights, OutOfMemory, RenderFailed, SetupError
from contract.task import Result, Status, Task
from listener.firebase import Firebase
from listener.png import read_recipe
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.factories import take
from tests.listener.fakes import Squares, failing_with
from tests.listener.running import Running, eventually
from tests.listener.test_firebase import metered


@pytest.fixture
def listener(settings: Settings, client: Firebase, squares: type[Squares]) -> Iterator[Running]:
    with Running(settings) as running:
        yield running


def ended(queue: TaskQueue, id: str, seconds: float = 20.0) -> Task:
    """A task, once nothing more will happen to it."""

    def look() -> Task | None:
        task = queue.get(id)
        return task if task is not None and task.status.finished else None

    return eventually(look, seconds)


def opened(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        content: bytes = answer.read()
    return content


def result_of(task: Task) -> Result:
    assert task.result is not None
    return task.result


def test_a_task_becomes_a_picture_a_thumbnail_and_a_film_that_carry_it(
    listener: Running, queue: TaskQueue, submit: Submit, tmp_path: Any
) -> None:
    submit("t", params={"iterations": 4, "seed": "monday"})
    task = ended(queue, "t")
    assert (task.status, task.attempt, task.error) == (Status.DONE, 1, None)
    result = result_of(task)
    assert (result.width, result.height) == (48, 32)
    assert (result.score, result.model, result.model_hash) == (0.5, "none", "0" * 64)
    assert [image.path for image in result.images] == ["results/t/1/image.png"]
    recipe = read_recipe(opened(result.images[0].url))
    assert recipe is not None
    assert (recipe.prompt, recipe.renderer, recipe.seed) == ("a red circle", "pixeldraw", result.seed)
    assert recipe.params == {"iterations": 4, "seed": "monday"}
    assert opened(result.thumbnail.url)[8:12] == b"WEBP"
    assert result.video is not None
    film = tmp_path / "film.mp4"
    film.write_bytes(opened(result.video.url))
    with av.open(str(film)) as container:
        assert container.metadata["comment"] == recipe.model_dump_json(exclude_none=True)
        assert container.streams.video[0].frames == 4 + 10


def test_many_tasks_are_rendered_one_after_the_other(
    listener: Running, queue: TaskQueue, submit: Submit
) -> None:
    ids = [submit(uid=f"u{number}") for number in range(5)]
    assert {ended(queue, id).status for id in ids} == {Status.DONE}
    eventually(lambda: listener.worker.finished == 5)


def test_an_idle_listener_hears_of_a_task_at_once(
    listener: Running, queue: TaskQueue, submit: Submit
) -> None:
    submit("first")
    ended(queue, "first")
    eventually(lambda: listener.worker._bell._idle)
    began = time.monotonic()
    submit("second", uid="bob")
    ended(queue, "second")
    assert time.monotonic() - began < 3.0


def test_the_same_seed_gives_the_same_number_and_none_gives_the_tasks_own(
    listener: Running, queue: TaskQueue, submit: Submit
) -> None:
    for id, seed in (("a", "monday"), ("b", "monday"), ("c", 7), ("d", None), ("e", None)):
        submit(id, uid=id, params={} if seed is None else {"seed": seed})
    seeds = {id: result_of(ended(queue, id)).seed for id in "abcde"}
    assert seeds["a"] == seeds["b"]
    assert seeds["c"] == 7
    assert len({seeds["a"], seeds["d"], seeds["e"]}) == 3


def test_a_task_that_can_not_be_rendered_is_rejected_and_the_next_one_is_done(
    listener: Running, queue: TaskQueue, submit: Submit
) -> None:
    submit("bad", params={"size": 5})
    submit("worse", renderer="oil", uid="cy")
    submit("good", uid="bob")
    assert ended(queue, "good").status is Status.DONE
    for id, field in (("bad", "params.size"), ("worse", "renderer")):
        task = ended(queue, id)
        assert task.status is Status.REJECTED
        assert task.error is not None
        assert task.error.field == field


def test_an_error_that_may_pass_is_tried_again(listener: Running, queue: TaskQueue, submit: Submit) -> None:
    failing_with(OutOfMemory("8 GiB were not enough"))
    submit("t")
    task = ended(queue, "t")
    assert (task.status, task.attempt) == (Status.DONE, 2)
    assert [past.code for past in task.attempts] == ["out_of_memory"]
    assert result_of(task).images[0].path == "results/t/2/image.png"


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
    settings: Settings, client: Firebase, queue: TaskQueue, submit: Submit, db: Any, squares: type[Squares]
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


def test_a_worker_without_the_weights_that_every_task_needs_leaves_and_fails_none(
    settings: Settings, client: Firebase, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    failing_with(MISSING)
    submit("t")
    with Running(replace(settings, renderers=("pixeldraw",))) as listener:
        listener.join()
    assert isinstance(listener.error, SetupError)
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 0)


def test_a_worker_that_fails_everything_claims_nothing_until_it_can_render_again(
    settings: Settings,
    client: Firebase,
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


def test_a_running_task_is_cancelled_within_two_seconds_and_no_other_with_it(
    listener: Running,
    queue: TaskQueue,
    submit: Submit,
    squares: type[Squares],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(squares, "PAUSE", 0.02)
    submit("t", params={"iterations": 1000})
    assert squares.begun.wait(8)
    submit("u", uid="bob")
    began = time.monotonic()
    assert queue.cancel("t") is Status.RUNNING
    assert ended(queue, "t").status is Status.CANCELLED
    assert time.monotonic() - began < 2.0
    assert ended(queue, "u").status is Status.DONE


def test_a_draining_listener_gives_its_task_back_uncounted(
    settings: Settings,
    client: Firebase,
    queue: TaskQueue,
    submit: Submit,
    db: Any,
    squares: type[Squares],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(squares, "PAUSE", 0.1)
    with Running(settings):
        submit("t", params={"iterations": 100})
        assert squares.begun.wait(8)
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 0)
    assert db.document("workers/worker-a").get().get("state") == "stopped"
    monkeypatch.setattr(squares, "PAUSE", 0.0)
    with Running(replace(settings, worker="worker-b")):
        task = ended(queue, "t")
    assert (task.status, task.attempt) == (Status.DONE, 1)
    assert task.claim is not None
    assert (task.claim.worker, task.claim.epoch) == ("worker-b", 2)


def test_progress_is_shown_at_most_once_a_second_with_a_small_picture(
    listener: Running,
    settings: Settings,
    queue: TaskQueue,
    submit: Submit,
    db: Any,
    squares: type[Squares],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(squares, "PAUSE", 0.01)
    before = live_writes(settings)
    submit("t", params={"iterations": 250})
    reference = db.document("queue/t/live/progress")
    first = eventually(lambda: reference.get().to_dict())
    assert (first["epoch"], first["steps"]) == (1, 250)
    assert first["preview"].startswith("data:image/webp;base64,")
    assert len(first["preview"]) < 14_000
    task = ended(queue, "t")
    last = reference.get().to_dict()
    assert last["step"] > first["step"]
    assert 0 <= last["eta"] < 10
    seconds = result_of(task).seconds
    assert live_writes(settings) - before <= seconds + 2


def live_writes(settings: Settings) -> int:
    """Writes to progress documents since the server started."""
    with urllib.request.urlopen(f"http://{settings.firestore_host}/emulator/v1/meter") as answer:
        rows = json.load(answer)["rows"]
    return sum(row["writes"] for row in rows if row["collection"] == "queue/*/live")


def test_a_long_task_keeps_its_lease_and_is_rendered_once(
    settings: Settings,
    client: Firebase,
    queue: TaskQueue,
    rival: TaskQueue,
    submit: Submit,
    squares: type[Squares],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(squares, "PAUSE", 0.02)
    with Running(replace(settings, lease_seconds=1.0)):
        submit("t", params={"iterations": 120})
        assert squares.begun.wait(8)

        def look() -> Task | None:
            rival.reap()
            task = queue.get("t")
            return task if task is not None and task.status.finished else None

        task = eventually(look)
    assert (task.status, task.attempt) == (Status.DONE, 1)


def test_a_listener_that_lost_its_task_drops_it_and_takes_the_next(
    listener: Running,
    queue: TaskQueue,
    rival: TaskQueue,
    submit: Submit,
    db: Any,
    squares: type[Squares],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(squares, "PAUSE", 0.02)
    submit("t", params={"iterations": 60})
    assert squares.begun.wait(8)
    eventually(lambda: db.document("queue/t/live/progress").get().exists)
    db.document("queue/t").update({"claim.lease_until": datetime(2001, 1, 1, tzinfo=UTC)})
    rival.reap()
    theirs = take(rival)
    assert theirs is not None
    submit("u", uid="bob")
    assert ended(queue, "u").status is Status.DONE
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.claim) == (Status.RUNNING, theirs.claim)


def test_a_renderer_that_can_not_run_here_leaves_its_tasks_to_others(
    settings: Settings,
    client: Firebase,
    queue: TaskQueue,
    submit: Submit,
    squares: type[Squares],
) -> None:
    failing_with(SetupError("kornia isn't installed"))
    submit("t")
    with Running(replace(settings, renderers=("pixeldraw",))) as listener:
        listener.join()
    assert isinstance(listener.error, SetupError)
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 0)


def test_a_task_that_waits_for_another_attempt_is_not_forgotten_when_its_listener_leaves(
    settings: Settings, client: Firebase, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    failing_with(OutOfMemory("full"))
    with Running(replace(settings, retry_seconds=1.0)):
        submit("t")
        eventually(lambda: (task := queue.get("t")) and task.status is Status.SCHEDULED)
    with Running(replace(settings, worker="worker-b")):
        task = ended(queue, "t")
    assert (task.status, task.attempt) == (Status.DONE, 2)


def test_a_listener_says_that_it_is_there_and_what_it_can_do(
    listener: Running, settings: Settings, db: Any
) -> None:
    worker = eventually(lambda: db.document("workers/worker-a").get().to_dict())
    assert (worker["device"], worker["renderers"], worker["version"]) == (
        "cpu",
        list(settings.renderers),
        "0.1.0",
    )
    entry = eventually(lambda: db.document("catalog/pixeldraw").get().to_dict())
    assert entry["summary"]
    assert entry["options"]["properties"]["cells"]["maximum"] == 128


def test_a_busy_listener_pays_at_most_three_writes_and_two_reads_for_a_task(
    settings: Settings, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    tasks = 20
    for number in range(tasks):
        submit(f"t{number}", uid=f"u{number}")
    before = metered(settings)["brushfire-listener"]
    progress = live_writes(settings)
    with Running(settings) as listener:
        eventually(lambda: listener.worker.finished == tasks, 60)
        after = metered(settings)["brushfire-listener"]
        progress = live_writes(settings) - progress
    assert (after["writes"] - before["writes"] - progress) / tasks <= 3
    assert (after["reads"] - before["reads"]) / tasks <= 2
