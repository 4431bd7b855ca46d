"""A listener takes whatever is in line to its end, and leaves in order."""

import json
import time
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import av

from contract.task import Status, Task
from listener.png import read_recipe
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.factories import take
from tests.listener.fakes import Squares
from tests.listener.running import Running, ended, eventually, opened, result_of
from tests.listener.test_firebase import metered


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
        assert container.streams.video[0].frames == 4 + 1


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


def test_a_running_task_is_cancelled_within_two_seconds_and_no_other_with_it(
    listener: Running, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    squares.PAUSE = 0.02
    submit("t", params={"iterations": 1000})
    assert squares.begun.wait(8)
    submit("u", uid="bob")
    began = time.monotonic()
    assert queue.cancel("t") is Status.RUNNING
    assert ended(queue, "t").status is Status.CANCELLED
    assert time.monotonic() - began < 2.0
    assert ended(queue, "u").status is Status.DONE


def test_a_draining_listener_gives_its_task_back_uncounted(
    settings: Settings, queue: TaskQueue, submit: Submit, db: Any, squares: type[Squares]
) -> None:
    squares.PAUSE = 0.1
    with Running(settings):
        submit("t", params={"iterations": 100})
        assert squares.begun.wait(8)
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 0)
    assert db.document("workers/worker-a").get().get("state") == "stopped"
    squares.PAUSE = 0.0
    with Running(replace(settings, worker="worker-b")):
        task = ended(queue, "t")
    assert (task.status, task.attempt) == (Status.DONE, 1)
    assert task.claim is not None
    assert (task.claim.worker, task.claim.epoch) == ("worker-b", 2)


def test_progress_is_shown_at_most_once_a_second_with_a_small_picture(
    listener: Running, settings: Settings, queue: TaskQueue, submit: Submit, db: Any, squares: type[Squares]
) -> None:
    squares.PAUSE = 0.01
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
    settings: Settings, queue: TaskQueue, rival: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    squares.PAUSE = 0.02
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
    listener: Running, queue: TaskQueue, rival: TaskQueue, submit: Submit, db: Any, squares: type[Squares]
) -> None:
    squares.PAUSE = 0.02
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
