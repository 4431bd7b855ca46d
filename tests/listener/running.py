"""A listener in a thread of the test's own process, and how to wait for what it does."""

import threading
import time
import urllib.request
from collections.abc import Callable
from typing import TypeVar

from contract.task import Result, Task
from listener.firebase import connect
from listener.listen import serve
from listener.settings import Settings
from listener.task_queue import TaskQueue
from listener.worker import Worker
from tests.listener.fakes import NoWeights

T = TypeVar("T")


def eventually(look: Callable[[], T | None], seconds: float = 20.0, every: float = 0.01) -> T:
    """What `look` gives as soon as it gives something; it looks at a database, where nothing calls back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(every)
    raise AssertionError(f"{look} gave nothing within {seconds} s")


def ended(queue: TaskQueue, id: str, seconds: float = 20.0) -> Task:
    """A task, once nothing more will happen to it."""

    def look() -> Task | None:
        task = queue.get(id)
        return task if task is not None and task.status.finished else None

    return eventually(look, seconds)


def opened(url: str) -> bytes:
    """What a browser gets from an address."""
    with urllib.request.urlopen(url) as answer:
        content: bytes = answer.read()
    return content


def result_of(task: Task) -> Result:
    """The result of a task that has one."""
    assert task.result is not None
    return task.result


class Running:
    """One listener on a connection of its own. Use it as a context; it drains at the end."""

    def __init__(self, settings: Settings) -> None:
        self.error: BaseException | None = None
        self._settings = settings
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"listener {settings.worker}")

    def __enter__(self) -> "Running":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *ignored: object) -> None:
        self.worker.drain()
        self.join()

    def join(self, seconds: float = 15.0) -> None:
        """Wait until it has left."""
        self._thread.join(seconds)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        firebase = connect(self._settings)
        try:
            serve(self._settings, firebase, "cpu", NoWeights(), self._started)
        except BaseException as error:
            self.error = error
        finally:
            firebase.close()

    def _started(self, worker: Worker) -> None:
        self.worker = worker
        self._ready.set()
