"""What was rendered before an interruption isn't rendered again, unless its checkpoint is no use."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.task import NewTask, Status, Task
from listener.checkpoint_file import BadCheckpoint, decode, encode, fingerprint
from listener.checkpoints import folder_of
from listener.firebase import Firebase
from listener.settings import Settings
from listener.task_queue import TaskQueue
from renderers.base import State
from tests.listener.conftest import TASK, Submit
from tests.listener.fakes import Squares
from tests.listener.running import Running, ended, eventually

STATE: State = {
    "step": 3,
    "latents": np.arange(6, dtype=np.float32).reshape(2, 3),
    "best": -np.inf,
    "history": [np.float64(0.5), None, "text", True],
    "moments": {"mean": np.zeros((), np.int64)},
}


def test_a_state_comes_back_as_it_was() -> None:
    state = decode(encode(STATE, "me"), "me")
    assert set(state) == set(STATE)
    np.testing.assert_array_equal(state["latents"], STATE["latents"])
    assert state["latents"].dtype == np.float32
    assert (state["step"], state["best"], state["history"]) == (3, -np.inf, [0.5, None, "text", True])
    assert state["moments"]["mean"].dtype == np.int64


def test_another_tasks_state_is_refused() -> None:
    with pytest.raises(BadCheckpoint, match="another task"):
        decode(encode(STATE, "me"), "you")


def test_whatever_byte_is_damaged_the_state_is_refused_or_as_it_was() -> None:
    data = encode({"step": 3, "x": np.arange(4.0)}, "me")
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 0x5A
        try:
            state = decode(bytes(damaged), "me")
        except BadCheckpoint:
            continue
        assert state["step"] == 3
        np.testing.assert_array_equal(state["x"], np.arange(4.0))


def test_a_state_that_was_cut_off_is_refused() -> None:
    data = encode({"x": np.arange(100.0)}, "me")
    for length in range(0, len(data), 37):
        with pytest.raises(BadCheckpoint, match="damaged"):
            decode(data[:length], "me")


@pytest.mark.parametrize("value", [object(), {1: 2}, np.array([object()]), {"__array__": 0}])
def test_what_can_not_be_kept_without_pickle_is_not_kept(value: Any) -> None:
    with pytest.raises(BadCheckpoint):
        encode({"value": value}, "me")


def test_a_state_that_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.checkpoint_file.MOST_BYTES", 1000)
    with pytest.raises(BadCheckpoint, match="larger"):
        encode({"x": np.zeros(1000)}, "me")
    with pytest.raises(BadCheckpoint, match="bytes"):
        decode(bytes(3000), "me")


def test_a_fingerprint_tells_apart_all_that_decides_the_picture() -> None:
    task = Task(**{**NewTask(**TASK).model_dump(), "id": "t", "status": Status.RUNNING})
    others = [
        task.model_copy(update={"id": "u"}),
        task.model_copy(update={"prompt": "a blue square"}),
        task.model_copy(update={"params": {"iterations": 4}}),
        task.model_copy(update={"renderer": "oil"}),
    ]
    prints = [fingerprint(one, 1) for one in [task, *others]] + [fingerprint(task, 2)]
    assert len(set(prints)) == 6
    assert fingerprint(task, 1) == prints[0]


@pytest.fixture
def interrupted(
    settings: Settings,
    client: Firebase,
    queue: TaskQueue,
    submit: Submit,
    squares: type[Squares],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A task whose listener left at about its tenth step of forty; the path of its checkpoint."""
    squares.PAUSE = 0.05
    with Running(settings):
        submit("t", params={"iterations": 40})
        assert squares.begun.wait(15)
        threading.Event().wait(0.3)
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 0)
    assert task.checkpoint is not None
    squares.PAUSE = 0.0
    return task.checkpoint.path


def begins(squares: type[Squares]) -> list[int]:
    """The step that each render went on from."""
    return [0 if job.resume is None else job.resume["step"] for jobs in squares.renders for job in jobs]


def finished(settings: Settings, queue: TaskQueue) -> Task:
    with Running(replace(settings, worker="worker-b")):
        return ended(queue, "t", 20)


def files(client: Firebase) -> list[str]:
    return [blob.name for blob in client.bucket.list_blobs(prefix=folder_of("t"))]


def test_a_drained_task_goes_on_from_where_it_was_and_leaves_no_checkpoint(
    interrupted: str, settings: Settings, client: Firebase, queue: TaskQueue, squares: type[Squares]
) -> None:
    assert files(client) == [interrupted]
    task = finished(settings, queue)
    assert (task.status, task.attempt) == (Status.DONE, 1)
    first, second = begins(squares)
    assert (first, second > 0) == (0, True)
    eventually(lambda: files(client) == [])


@pytest.mark.parametrize("content", [b"", b"PK nonsense", encode({"step": 9}, "another task")])
def test_a_damaged_or_foreign_checkpoint_is_dropped_and_said(
    interrupted: str,
    settings: Settings,
    client: Firebase,
    queue: TaskQueue,
    squares: type[Squares],
    caplog: pytest.LogCaptureFixture,
    content: bytes,
) -> None:
    client.bucket.blob(interrupted).upload_from_string(content)
    assert finished(settings, queue).status is Status.DONE
    assert begins(squares) == [0, 0]
    assert "checkpoint_dropped" in caplog.text


def test_a_checkpoint_outside_the_tasks_own_folder_is_not_read(
    interrupted: str, settings: Settings, client: Firebase, queue: TaskQueue, squares: type[Squares], db: Any
) -> None:
    state = client.bucket.blob(interrupted).download_as_bytes()
    client.bucket.blob("uploads/ann/state.npz").upload_from_string(state)
    db.document("queue/t").update({"checkpoint.path": "uploads/ann/state.npz"})
    assert finished(settings, queue).status is Status.DONE
    assert begins(squares) == [0, 0]


def test_a_state_that_the_renderer_refuses_is_dropped_within_the_attempt(
    interrupted: str, settings: Settings, queue: TaskQueue, squares: type[Squares]
) -> None:
    squares.fault = ValueError("shapes differ")
    task = finished(settings, queue)
    assert (task.status, task.attempt) == (Status.DONE, 1)
    assert [begin > 0 for begin in begins(squares)] == [False, True, False]


def test_a_long_render_is_saved_again_and_again_and_only_the_last_is_kept(
    settings: Settings,
    client: Firebase,
    queue: TaskQueue,
    submit: Submit,
    squares: type[Squares],
    tmp_path: Path,
) -> None:
    squares.PAUSE = 0.05
    paths = set()

    def look() -> bool:
        task = queue.get("t")
        if task is not None and task.checkpoint is not None:
            paths.add(task.checkpoint.path)
        return len(paths) >= 3

    with Running(replace(settings, checkpoint_seconds=0.3)):
        submit("t", params={"iterations": 1000})
        eventually(look, 30)
        eventually(lambda: len(files(client)) == 1)
        queue.cancel("t")
        assert ended(queue, "t").status is Status.CANCELLED
        eventually(lambda: files(client) == [])
