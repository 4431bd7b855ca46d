"""What a renderer's watch says and when it stops the render, one task at a time and several together."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.errors import Cancelled, Draining, LostClaim, Unreachable
from contract.task import Progress
from listener.checkpoint_file import decode
from listener.holding import HeldTask
from listener.lease import LeaseKeeper
from listener.outage import Outage, Outages
from listener.patience import Patience
from listener.reporter import Reporter
from listener.seat import Orders, Seat
from listener.seating import Seating
from listener.spool import Spool
from listener.storage import FileStore
from listener.task_queue import TaskQueue
from listener.telemetry import Telemetry
from listener.watch import BatchWatch
from renderers.base import Watch
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


@pytest.fixture
def seated(client: Any, queue: TaskQueue, submit: Submit, tmp_path: Path) -> Iterator[Callable[..., Seat]]:
    """A claimed task with all that it needs; without an id, one more."""
    seats: list[Seat] = []
    store, spool = FileStore(client.bucket, None), Spool(tmp_path / "spool")
    seating = Seating(queue, store, spool, Orders(), Patience(threading.Event()), Outages(), Telemetry())

    def seat(held: HeldTask | None = None) -> Seat:
        if held is None:
            submit(f"task{len(seats)}", uid=f"u{len(seats)}")
            held = take(queue)
            assert held is not None
        seats.append(seating.seat(held, time.time()))
        seating.furnish(seats[-1])
        return seats[-1]

    yield seat
    for each in seats:
        each.lease.stop()
        each.leave()


@contextmanager
def watched(seats: Sequence[Seat], every: float = 0.0, **orders: Any) -> Iterator[BatchWatch]:
    with BatchWatch(seats, Orders(**orders), every) as watch:
        yield watch


def test_a_step_says_nothing_when_all_is_well(seated: Callable[..., Seat]) -> None:
    with watched([seated()]) as watch:
        for step in range(1, 4):
            watch.step(step, 3, IMAGE, None)
        assert not watch.wants_checkpoint()


def test_a_step_stops_a_render_whose_worker_leaves(seated: Callable[..., Seat]) -> None:
    leaving = threading.Event()
    with watched([seated()], draining=leaving.is_set) as watch:
        watch.step(1, 3, IMAGE, None)
        leaving.set()
        with pytest.raises(Draining):
            watch.step(2, 3, IMAGE, None)


def test_a_picture_that_is_drawn_is_finished_also_when_the_worker_leaves(
    seated: Callable[..., Seat],
) -> None:
    with watched([seated()], draining=lambda: True) as watch:
        watch.step(3, 3, IMAGE, None)


def test_a_step_stops_a_render_that_was_called_off(seated: Callable[..., Seat]) -> None:
    off: set[HeldTask] = set()
    seat = seated()
    with watched([seat], cancelled=lambda held: held in off) as watch:
        watch.step(1, 3, IMAGE, None)
        off.add(seat.held)
        with pytest.raises(Cancelled):
            watch.step(2, 3, IMAGE, None)


def test_of_tasks_drawn_together_only_the_one_called_off_stops(seated: Callable[..., Seat]) -> None:
    seats, off, dropped = [seated(), seated(), seated()], set[HeldTask](), list[Seat]()
    orders = Orders(cancelled=lambda held: held in off)
    with BatchWatch(seats, orders, 0.0, dropped.append) as watch:
        for job in range(3):
            watch.step(1, 9, IMAGE, None, job=job)
        off.add(seats[1].held)
        for job in range(3):
            watch.step(2, 9, IMAGE, None, job=job)
        assert dropped == [seats[1]]
        assert [seat.step for seat in seats] == [2, 1, 2]
        off.update(seat.held for seat in seats)
        with pytest.raises(Cancelled):
            watch.step(3, 9, IMAGE, None, job=0)
    assert all(isinstance(seat.ended, Cancelled) for seat in seats)


def draw(watch: Watch, jobs: int, leave: Callable[[], None], at: tuple[int, int], asks: bool = True) -> int:
    """Draw in step, leaving after the given step of the given job; the steps that were begun."""
    for step in range(1, 100):
        try:
            for job in range(jobs):
                if asks and watch.wants_checkpoint():
                    watch.checkpoint({"step": step}, job=job)
                watch.step(step, 100, IMAGE, None, job=job)
                if (step, job) == at:
                    leave()
        except Draining:
            return step
    raise AssertionError("nobody stopped it")


@pytest.mark.parametrize("at", [(4, 0), (4, 1), (4, 2)])
def test_a_leaving_worker_has_each_task_of_a_batch_saved_before_it_stops(
    seated: Callable[..., Seat], client: Any, at: tuple[int, int]
) -> None:
    leaving = threading.Event()
    seats = [seated() for _ in range(3)]
    with watched(seats, every=60.0, draining=leaving.is_set) as watch:
        assert draw(watch, 3, leaving.set, at) <= 6
    for seat in seats:
        assert seat.ready.checkpoints.flush(10)
        kept = seat.held.fields["checkpoint"]
        data = client.bucket.blob(kept["path"]).download_as_bytes()
        state = decode(data, seat.ready.checkpoints._belongs_to)
        assert state["step"] in (4, 5)


def test_a_renderer_without_checkpoints_stops_at_once(seated: Callable[..., Seat]) -> None:
    leaving = threading.Event()
    with watched([seated()], every=60.0, draining=leaving.is_set) as watch:
        assert draw(watch, 1, leaving.set, (4, 0), asks=False) == 5


def test_only_a_render_that_has_gone_on_for_a_while_and_will_for_another_is_saved(
    seated: Callable[..., Seat],
) -> None:
    with watched([seated()], every=0.2) as watch:
        watch.step(1, 1000, IMAGE, None)
        assert not watch.wants_checkpoint()
        time.sleep(0.25)
        watch.step(2, 1000, IMAGE, None)
        assert watch.wants_checkpoint()
        watch.checkpoint({"step": 2})
        assert not watch.wants_checkpoint()
        time.sleep(0.25)
        watch.step(999, 1000, IMAGE, None)
        assert not watch.wants_checkpoint(), "it is nearly done"


def test_a_cancel_that_the_watch_missed_is_found_when_the_lease_is_renewed(
    queue: TaskQueue, held: HeldTask, seated: Callable[..., Seat]
) -> None:
    queue.cancel("t")
    with watched([seated(held)]) as watch:
        queue.renew(held)
        with pytest.raises(Cancelled):
            watch.step(1, 3, IMAGE, None)


def test_a_step_stops_a_render_whose_claim_is_lost(
    client: Any, submit: Submit, seated: Callable[..., Seat], db: Any
) -> None:
    submit("t")
    queue = TaskQueue(client.db, "worker-a", lease_seconds=0.2)
    held = take(queue)
    assert held is not None
    db.document("queue/t").update({"claim.id": "another"})
    seat = seated(held)
    with watched([seat]) as watch:
        eventually(lambda: seat.lease.lost)
        with pytest.raises(LostClaim):
            watch.step(1, 3, IMAGE, None)


def shorten(held: HeldTask, seconds: float) -> None:
    """Let a claim last so long unrenewed."""
    until = held.claim.at + timedelta(seconds=seconds)
    held.claim, held.lease = held.claim.model_copy(update={"lease_until": until}), until - held.claim.at


def test_a_lease_is_renewed_at_half_time_and_no_more_after_the_end(
    queue: TaskQueue, held: HeldTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = []
    shorten(held, 0.5)
    monkeypatch.setattr(queue, "renew", lambda held: renewed.append(held))
    with LeaseKeeper(queue, held, Outage("queue")):
        eventually(lambda: len(renewed) == 2)
    assert len(renewed) == 2


def test_the_short_lease_of_an_offer_is_renewed_for_as_long_as_its_task_takes(
    queue: TaskQueue, held: HeldTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = []
    shorten(held, 0.2)
    held.lease = timedelta(seconds=120)
    monkeypatch.setattr(queue, "renew", lambda held: renewed.append(held.lease))
    with LeaseKeeper(queue, held, Outage("queue")) as keeper:
        eventually(lambda: renewed)
        assert not keeper._stop.wait(0.5)
    assert renewed == [timedelta(seconds=120)]


def test_a_lease_that_could_not_be_renewed_is_tried_again_sooner(
    queue: TaskQueue, held: HeldTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def renew(held: HeldTask) -> None:
        tries.append(held)
        if len(tries) < 3:
            raise Unreachable("away")

    shorten(held, 0.5)
    monkeypatch.setattr(queue, "renew", renew)
    with LeaseKeeper(queue, held, Outage("queue")) as keeper:
        eventually(lambda: len(tries) == 3, 1.0)
        assert keeper.lost is None


def test_a_renderer_that_hangs_loses_its_lease(
    queue: TaskQueue, held: HeldTask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("listener.lease.STALLED_SECONDS", 0.5)
    shorten(held, 0.2)
    with LeaseKeeper(queue, held, Outage("queue")) as keeper:
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
    monkeypatch.setattr("listener.reporter.SECONDS_BETWEEN", 0.3)
    reporter = Reporter(queue, held, Outage("queue"))
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
    reporter = Reporter(queue, held, Outage("queue"))
    reporter.start()
    reporter.offer(1, 2, None, None)
    eventually(lambda: "queue_unreachable" in caplog.text)
    reporter.stop()
    assert reporter.lost is None
