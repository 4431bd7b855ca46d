"""A Firebase that goes away and comes back: the listener waits, and what it has in hand is not lost."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import listener
from brushfire.local_firebase import LocalFirebase
from contract.task import NewTask, Status, Task
from listener.firebase import connect
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener.conftest import TASK
from tests.listener.fakes import Squares
from tests.listener.running import Running, eventually

pytestmark = [
    pytest.mark.slow,
    # The library ends a stream that broke by an exception in a thread of its own.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]
CONFIG = Path(listener.__file__).parent.parent / "firebase.json"


class Outages:
    """A local Firebase that can be stopped and started again at the same addresses."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._port = four_free_ports()
        self.start()

    def start(self) -> None:
        self.running = LocalFirebase.start(CONFIG, self._data, self._port)

    def stop(self) -> None:
        self.running.stop()


def four_free_ports() -> int:
    """The first of four ports in a row that nobody listens on."""
    for first in range(20_000, 30_000, 7):
        try:
            for port in range(first, first + 4):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no four free ports in a row")


@pytest.fixture
def outages(tmp_path: Path) -> Iterator[Outages]:
    outages = Outages(tmp_path)
    yield outages
    outages.stop()


def done(queue: TaskQueue, id: str) -> Task:
    def look() -> Task | None:
        task = queue.get(id)
        return task if task is not None and task.status is Status.DONE else None

    return eventually(look, 30)


def test_an_outage_costs_no_task_and_no_attempt(outages: Outages, squares: type[Squares]) -> None:
    squares.PAUSE = 0.05
    settings = Settings.from_environment(
        outages.running.addresses.environment() | {"BRUSHFIRE_WORKER": "worker-a"}
    )
    client = connect(settings)
    queue = TaskQueue(client.db)
    with Running(settings) as running:
        queue.submit(NewTask(**{**TASK, "params": {"iterations": 60}}), "during")
        assert squares.begun.wait(10)
        outages.stop()  # in mid-render, and gone when the result is to be uploaded
        squares.begun.clear()
        outages.start()
        task = done(queue, "during")
        assert (task.attempt, task.attempts) == (1, [])
        outages.stop()  # while idle
        outages.start()
        queue.submit(NewTask(**{**TASK, "uid": "bob"}), "after")
        assert done(queue, "after").attempt == 1
        assert running.error is None
    client.close()
