"""One listener watches the line for all; tasks reach those that are free, and nobody's absence stops them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from contract.task import Line
from listener import bell as bells
from listener import roster, standing
from listener.bell import Bell
from listener.firebase import Firebase
from listener.holding import HeldTask
from listener.order import Ask
from listener.presence import Presence
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.factories import a_result
from tests.listener.running import eventually

# The library ends a stream that was cancelled by an exception in a thread of its own.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class Sleeper:
    """A worker that sleeps by a bell, and holds each task it gets until it is told to finish it."""

    def __init__(self, client: Firebase, name: str, poll_seconds: float = 600.0) -> None:
        self.queue = TaskQueue(client.db, name, tell=lambda event: None)
        self.bell = Bell(self.queue, Ask, poll_seconds)
        self.got: list[HeldTask] = []
        self.presence = Presence(client.db, name, "cpu", ["pixeldraw", "vqgan_clip", "diffusion", "clipdraw"])
        self._free = threading.Event()
        self._left = False
        self._thread = threading.Thread(target=self._run)

    def start(self) -> "Sleeper":
        self.presence.start()
        self._thread.start()
        eventually(lambda: self.bell._idle)
        return self

    def finish(self) -> None:
        """Finish what it has, and sleep again."""
        self._free.set()

    def leave(self) -> None:
        self._left = True
        self.bell.ring()
        self._free.set()
        self._thread.join(10)
        self.bell.stop(wait=True)
        self.presence.stop()

    def vanish(self) -> None:
        """What a listener leaves behind that was killed: a desk that nobody sits at."""
        self._left = True
        self.bell.desk.leave = lambda successor: None  # type: ignore[method-assign]
        self.leave()

    def _run(self) -> None:
        while not self._left:
            for held in self.bell.wait():
                self.got.append(held)
                self._free.wait()
                self._free.clear()
                self.queue.finish(held, a_result())


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "MOMENT", 0.1)
    monkeypatch.setattr(standing, "SOONEST", 0.2)
    monkeypatch.setattr(standing, "WORTH_TELLING", 0.0)
    monkeypatch.setattr(standing, "IN_BETWEEN", 0.2)
    monkeypatch.setattr("listener.presence.MOMENT", 0.0)


def has(sleeper: Sleeper, count: int) -> bool:
    """Whether it got so many tasks so far."""
    return len(sleeper.got) >= count


Sleep = Callable[..., Sleeper]


@pytest.fixture
def sleep(client: Firebase) -> Iterator[Sleep]:
    """Workers that sleep; those that are still there leave at the end."""
    with ExitStack() as stack:

        @contextmanager
        def there(sleeper: Sleeper) -> Iterator[None]:
            yield
            if not sleeper._left:
                sleeper.leave()

        def begin(name: str, poll_seconds: float = 600.0) -> Sleeper:
            sleeper = Sleeper(client, name, poll_seconds)
            stack.enter_context(there(sleeper))
            return sleeper.start()

        yield begin


def test_a_sleeping_worker_gets_what_is_in_line_already(
    sleep: Sleep, submit: Submit, client: Firebase
) -> None:
    submit("t")
    sleeper = Sleeper(client, "a")
    sleeper.presence.start()
    sleeper._thread.start()
    eventually(lambda: sleeper.got)
    sleeper.leave()
    assert [held.id for held in sleeper.got] == ["t"]


def test_a_task_reaches_whoever_sits_at_the_desk_at_once(sleep: Sleep, submit: Submit) -> None:
    one = sleep("a")
    assert one.bell.desk.held
    submit("t")
    eventually(lambda: one.got, 3.0)
    assert one.got[0].claim.offered is None


def test_of_two_only_one_sits_at_the_desk_and_gives_the_other_what_it_can_not_take(
    sleep: Sleep, submit: Submit, db: Any
) -> None:
    one, two = sleep("a"), sleep("b")
    assert (one.bell.desk.held, two.bell.desk.held) == (True, False)
    eventually(lambda: len(one.bell.roster) == 1)
    submit("t")
    submit("u", uid="bob")
    eventually(lambda: one.got and two.got)
    assert (one.got[0].id, two.got[0].id) == ("t", "u")
    assert two.got[0].claim.offered
    assert two.got[0].claim.worker == "b"
    two.finish()
    eventually(lambda: db.document("queue/u").get().get("status") == "done")


def test_a_worker_that_is_busy_gives_back_what_is_claimed_in_its_name(
    sleep: Sleep, submit: Submit, queue: TaskQueue, db: Any
) -> None:
    two = sleep("b")
    submit("t")
    eventually(lambda: two.got)
    submit("u", uid="bob")
    [bid] = queue.claims.look(Ask()) or []
    offered = queue.claims.bid(bid.seen, "b")
    assert offered is not None
    assert queue.claims.offer([offered])
    eventually(lambda: db.document("queue/u").get().get("status") == "queued")
    task = queue.get("u")
    assert task is not None
    assert (task.attempt, task.attempts) == (0, [])
    assert [held.id for held in two.got] == ["t"]


def test_who_leaves_the_desk_names_a_successor_that_takes_it(sleep: Sleep, submit: Submit) -> None:
    one, two = sleep("a"), sleep("b")
    eventually(lambda: len(one.bell.roster) == 1)
    one.leave()
    eventually(lambda: two.bell.desk.held)
    submit("t")
    eventually(lambda: two.got)


def test_who_has_left_is_not_named_to_take_the_desk(sleep: Sleep) -> None:
    one, two = sleep("a"), sleep("b")
    eventually(lambda: len(one.bell.roster) == 1)
    two.leave()
    one.leave()
    assert sleep("c").bell.desk.held, "at once, for it waits for nobody"


def test_a_worker_that_is_found_to_be_gone_is_given_nothing_until_it_comes_again(sleep: Sleep) -> None:
    one, two = sleep("a"), sleep("b")
    eventually(lambda: len(one.bell.roster) == 1)
    two.vanish()
    one.bell.desk.gone({"b"})
    eventually(lambda: len(one.bell.roster) == 0)
    sleep("b")
    eventually(lambda: len(one.bell.roster) == 1)


def test_when_whoever_sat_at_the_desk_is_dead_a_poll_finds_the_task_and_takes_the_desk(
    sleep: Sleep, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bells, "OVERLOOKED_SECONDS", 0.2)
    one = sleep("a")
    two = sleep("b", poll_seconds=1.0)
    one.vanish()
    assert not two.bell.desk.held
    submit("t")
    eventually(lambda: two.got)
    eventually(lambda: two.bell.desk.held)
    two.finish()
    submit("u", uid="bob")
    eventually(lambda: len(two.got) == 2)


def test_a_long_line_is_left_to_those_who_finish_until_it_is_over(
    sleep: Sleep, submit: Submit, db: Any
) -> None:
    one = sleep("a")
    for number in range(12):
        submit(f"t{number:02}", uid=f"u{number}")
    eventually(lambda: one.bell.then_claim is not None)
    for number in range(12):
        eventually(partial(has, one, number + 1))
        one.finish()
    assert [held.id for held in one.got] == [f"t{number:02}" for number in range(12)]
    eventually(lambda: one.bell.then_claim is None)
    submit("later", uid="bob")
    eventually(lambda: len(one.got) == 13)


def test_how_long_the_line_is_is_told_while_tasks_wait(
    sleep: Sleep, submit: Submit, queue: TaskQueue, db: Any
) -> None:
    one = sleep("a")
    for number in range(4):
        submit(f"t{number}", uid=f"u{number}")

    def told(waiting: int) -> Line | None:
        fields = db.document("live/queue").get().to_dict()
        line = Line.parse(fields) if fields else None
        return line if line is not None and line.waiting == waiting else None

    line = eventually(partial(told, 3))
    for number in (1, 2, 3):
        task = queue.get(f"t{number}")
        assert task is not None
        assert task.rank is not None
        assert line.place(task.rank) == number - 1
    one.finish()
    # The only worker goes on to the next, and says so.
    eventually(partial(told, 2))
    for number in range(1, 4):
        eventually(partial(has, one, number + 1))
        one.finish()
    assert eventually(partial(told, 0)).ranks == []


def test_a_place_in_a_long_line_is_told_in_proportion() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    ranks = [began, began + timedelta(seconds=1000)]
    line = Line(at=began, waiting=101, ranks=ranks, workers=2, seconds={"pixeldraw/normal": 10.0})
    assert line.place(began + timedelta(seconds=500)) == 50
    assert line.place(began + timedelta(seconds=5000)) == 100
    assert line.wait(began + timedelta(seconds=500), began) == pytest.approx(255.0)
    assert line.wait(began + timedelta(seconds=500), began + timedelta(seconds=55)) == pytest.approx(200.0)
    assert Line(at=began, waiting=1, workers=0).wait(began, began) is None


def test_a_ring_wakes_a_sleeper_without_a_task(sleep: Sleep) -> None:
    one = sleep("a")
    before = time.monotonic()
    one.leave()
    assert time.monotonic() - before < 5.0
    assert one.got == []
