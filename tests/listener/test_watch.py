"""What a renderer's watch says and when it stops the render, one task at a time."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.errors import Cancelled, Draining, LostClaim, Unreachable
from contract.task import Progress
from listener.holding import HeldTask
from listener.lease import LeaseKeeper
from listener.task_queue import TaskQueue
from listener.video import Film
from listener.watch import Orders, Reporter, TaskWatch
from tests.listener.conftest import Submit
from tests.listener.factories import take
from tests.listener.running import eventually

IMAGE = np.zeros((8, 8, 3), np.uint8)


@pytest.fixture
def held(queue: TaskQueue, submit: Submit) -> HeldTask:
    submit("t")
    held = take(queue)
    assert held is not None
    return held


def watch_of(queue: TaskQueue, held: HeldTask, folder: Path, **orders: Any) -> TaskWatch:
    return TaskWatch(queue, held, Film(folder / "video.mp4"), Orders(**orders))


def test_a_step_says_nothing_when_all_is_well(queue: TaskQueue, held: HeldTask, tmp_path: Path) -> None:
    with watch_of(queue, held, tmp_path) as watch:
        for step in range(1, 4):
            watch.step(step, 3, IMAGE, None)
        assert not watch.wants_checkpoint()


def test_a_step_stops_a_render_whose_worker_leaves(queue: TaskQueue, held: HeldTask, tmp_path: Path) -> None:
    leaving = threading.Event()
    with watch_of(queue, held, tmp_path, draining=leaving.is_set) as watch:
        watch.step(1, 3, IMAGE, None)
        leaving.set()
        with pytest.raises(Draining):
            watch.step(2, 3, IMAGE, None)


def test_a_step_stops_a_render_that_was_called_off(queue: TaskQueue, held: HeldTask, tmp_path: Path) -> None:
    off: set[HeldTask] = set()
    with watch_of(queue, held, tmp_path, cancelled=lambda held: held in off) as watch:
        watch.step(1, 3, IMAGE, None)
        off.add(held)
        with pytest.raises(Cancelled):
            watch.step(2, 3, IMAGE, None)


def test_a_cancel_that_the_watch_missed_is_found_when_the_lease_is_renewed(
    queue: TaskQueue, held: HeldTask, tmp_path: Path
) -> None:
    queue.cancel("t")
    with watch_of(queue, held, tmp_path) as watch:
        queue.renew(held)
        with pytest.raises(Cancelled):
            watch.step(1, 3, IMAGE, None)


def test_a_step_stops_a_render_whose_claim_is_lost(
    client: Any, submit: Submit, tmp_path: Path, db: Any
) -> None:
    submit("t")
    queue = TaskQueue(client.db, "worker-a", lease_seconds=0.2)
    held = take(queue)
    assert held is not None
    db.document("queue/t").update({"claim.id": "another"})
    with watch_of(queue, held, tmp_path) as watch:
        eventually(lambda: watch._lease.lost)
        with pytest.raises(LostClaim):
            watch.step(1, 3, IMAGE, None)


def test_a_lease_is_renewed_at_half_time_and_no_more_after_the_end(
    queue: TaskQueue, held: HeldTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = []
    queue.lease /= 60  # half a second
    monkeypatch.setattr(queue, "renew", lambda held: renewed.append(held))
    with LeaseKeeper(queue, held):
        eventually(lambda: len(renewed) == 2)
    assert len(renewed) == 2


def test_a_lease_that_could_not_be_renewed_is_tried_again_sooner(
    queue: TaskQueue, held: HeldTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def renew(held: HeldTask) -> None:
        tries.append(held)
        if len(tries) < 3:
            raise Unreachable("away")

    queue.lease /= 60
    monkeypatch.setattr(queue, "renew", renew)
    with LeaseKeeper(queue, held) as keeper:
        eventually(lambda: len(tries) == 3, 1.0)
        assert keeper.lost is None


def test_a_renderer_that_hangs_loses_its_lease(
    queue: TaskQueue, held: HeldTask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("listener.lease.STALLED_SECONDS", 0.5)
    queue.lease /= 150  # a fifth of a second
    with LeaseKeeper(queue, held) as keeper:
        for _ in range(8):
            keeper.alive()
            assert not keeper._stop.wait(0.1)
        assert keeper.lost is None
        eventually(lambda: keeper.lost, 2.0)
    assert "stalled" in caplog.text


def test_of_many_steps_in_a_second_the_first_and_the_latest_are_shown(
    queue: TaskQueue, held: HeldTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Progress] = []
    monkeypatch.setattr(queue, "show", lambda held, progress: shown.append(progress))
    monkeypatch.setattr("listener.watch.SECONDS_BETWEEN", 0.3)
    reporter = Reporter(queue, held)
    reporter.start()
    reporter.offer(1, 100, IMAGE, 0.5)
    eventually(lambda: shown)
    for step in range(2, 91):
        reporter.offer(step, 100, None, None)
    eventually(lambda: len(shown) == 2)
    reporter.stop()
    assert [progress.step for progress in shown] == [1, 90]
    assert shown[0].eta is None
    assert shown[0].score == 0.5
    assert shown[1].eta is not None
    assert shown[1].preview == shown[0].preview


def test_progress_that_could_not_be_shown_stops_nothing(
    queue: TaskQueue, held: HeldTask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def show(held: HeldTask, progress: Progress) -> None:
        raise Unreachable("away")

    monkeypatch.setattr(queue, "show", show)
    reporter = Reporter(queue, held)
    reporter.start()
    reporter.offer(1, 2, None, None)
    eventually(lambda: "progress_failed" in caplog.text)
    reporter.stop()
    assert reporter.lost is None
