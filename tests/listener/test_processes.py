"""Real listener processes: racing for the same tasks, told to leave, killed."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import listener
from brushfire.running import Addresses
from contract.task import Status
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.running import eventually

pytestmark = pytest.mark.slow
ROOT = Path(listener.__file__).parent.parent


class Process:
    """One listener, and what it has logged."""

    def __init__(self, addresses: Addresses, name: str, **environment: str) -> None:
        self.name = name
        self.entries: list[dict[str, Any]] = []
        self._state = tempfile.TemporaryDirectory()
        environment.setdefault("BRUSHFIRE_STATE", self._state.name)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.listener.process"],
            env=os.environ | addresses.environment() | {"BRUSHFIRE_WORKER": name} | environment,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                if line.startswith("{"):
                    self.entries.append(json.loads(line))

    def did(self, action: str) -> list[dict[str, Any]]:
        """Its log's entries of one kind."""
        return [entry for entry in self.entries if entry["action"] == action]

    def handles(self, number: signal.Signals) -> bool:
        """Whether the process, rather than the kernel, decides what a signal does."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
        return bool(int(caught, 16) >> (number - 1) & 1)

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit status."""
        self.process.send_signal(number)
        status = self.process.wait(30)
        self._reader.join()
        self._state.cleanup()
        return status


@contextmanager
def processes(addresses: Addresses, *names: str, **environment: str) -> Iterator[list[Process]]:
    started = [Process(addresses, name, **environment) for name in names]
    try:
        for process in started:
            eventually(partial(process.did, "worker_started"), 30)
        yield started
    finally:
        for process in started:
            if process.process.poll() is None:
                process.end(signal.SIGKILL)


def counted(db: Any) -> Counter[str]:
    return Counter(document.get("status") for document in db.collection("queue").select(["status"]).get())


def test_three_listeners_finish_each_of_a_hundred_tasks_once(
    firebase: Addresses, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    with processes(firebase, "one", "two", "three", BLIND="1", PAUSE="0.05") as listeners:
        ids = [submit(uid=f"u{number}", params={"iterations": 2}) for number in range(100)]
        eventually(lambda: counted(db) == {"done": 100}, 90, every=0.5)
        statuses = [process.end(signal.SIGTERM) for process in listeners]
    assert statuses == [0, 0, 0]
    finished = Counter(entry["task"] for process in listeners for entry in process.did("finished"))
    assert finished == Counter(dict.fromkeys(ids, 1))
    assert min(len(process.did("finished")) for process in listeners) > 0
    tasks = [queue.get(id) for id in ids]
    # An offer that its worker declines, for it has another task, raises the epoch and counts no attempt.
    assert [task.attempt for task in tasks if task] == [1] * 100


def test_a_listener_that_is_told_to_leave_gives_its_task_back_and_ends_in_order(
    firebase: Addresses, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    with processes(firebase, "one", PAUSE="0.05") as [process]:
        submit("t", params={"iterations": 2000})
        eventually(lambda: db.document("queue/t/live/progress").get().exists)
        assert process.end(signal.SIGTERM) == 0
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 0)
    assert len(process.did("released")) == 1
    assert process.did("worker_stopped")
    assert db.document("workers/one").get().get("state") == "stopped"


def test_a_killed_listeners_task_is_taken_over_soon_after_its_lease(
    firebase: Addresses, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    # The killed one may have held the desk: then the other finds the task by its slow poll.
    environment = {"PAUSE": "0.1", "BRUSHFIRE_LEASE_SECONDS": "3", "BRUSHFIRE_POLL_SECONDS": "5"}
    with processes(firebase, "one", "two", **environment) as listeners:
        submit("t", params={"iterations": 50})
        eventually(lambda: db.document("queue/t/live/progress").get().exists)
        [first] = [listener for listener in listeners if listener.did("claimed")]
        [second] = [listener for listener in listeners if listener is not first]
        first.end(signal.SIGKILL)
        eventually(lambda: (task := queue.get("t")) and task.status is Status.DONE, 60)
        second.end(signal.SIGTERM)
    task = queue.get("t")
    assert task is not None
    assert task.claim is not None
    assert (task.attempt, task.claim.worker, task.claim.epoch) == (2, second.name, 2)
    assert [past.code for past in task.attempts] == ["lease_expired"]


def test_a_second_signal_ends_a_listener_at_once(
    firebase: Addresses, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    # A step so long that the first signal is not heard within it.
    with processes(firebase, "one", PAUSE="60") as [process]:
        submit("t")
        eventually(lambda: db.document("queue/t/live/progress").get().exists)
        process.process.send_signal(signal.SIGTERM)
        eventually(lambda: not process.handles(signal.SIGINT))
        assert process.process.poll() is None
        assert process.end(signal.SIGINT) == -signal.SIGINT


def test_a_render_goes_on_where_a_listener_that_was_told_to_leave_had_got_to(
    firebase: Addresses, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    with processes(firebase, "one", PAUSE="0.1") as [first]:
        submit("t", params={"iterations": 100})
        eventually(
            lambda: (
                (progress := db.document("queue/t/live/progress").get().to_dict()) and progress["step"] > 5
            )
        )
        assert first.end(signal.SIGTERM) == 0
    [saved] = first.did("checkpoint")
    with processes(firebase, "two") as [second]:
        eventually(lambda: (task := queue.get("t")) and task.status is Status.DONE, 30)
        second.end(signal.SIGTERM)
    [resumed] = second.did("resumed")
    assert resumed["step"] >= saved["step"] > 4
    task = queue.get("t")
    assert task is not None
    assert (task.attempt, task.attempts) == (1, [])


@pytest.mark.timeout(240)
def test_a_render_goes_on_from_the_last_checkpoint_of_a_listener_that_was_killed(
    firebase: Addresses, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    environment = {"PAUSE": "0.1", "BRUSHFIRE_LEASE_SECONDS": "2", "BRUSHFIRE_CHECKPOINT_SECONDS": "0.5"}
    with processes(firebase, "one", **environment) as [first]:
        submit("t", params={"iterations": 1000})
        eventually(lambda: first.did("checkpoint"), 20)
        first.end(signal.SIGKILL)
    with processes(firebase, "two", BRUSHFIRE_LEASE_SECONDS="2") as [second]:
        eventually(lambda: second.did("resumed"), 60)
        eventually(lambda: (task := queue.get("t")) and task.status is Status.DONE, 60)
        second.end(signal.SIGTERM)
    [resumed] = second.did("resumed")
    assert resumed["step"] > 0
    task = queue.get("t")
    assert task is not None
    assert (task.attempt, [past.code for past in task.attempts]) == (2, ["lease_expired"])


def test_a_listener_in_a_step_too_long_to_wait_for_still_gives_its_task_back_uncounted(
    firebase: Addresses, queue: TaskQueue, submit: Submit, db: Any
) -> None:
    with processes(firebase, "one", PAUSE="60") as [process]:
        submit("t")
        eventually(lambda: db.document("queue/t/live/progress").get().exists)
        assert process.end(signal.SIGTERM) == 1
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 0)
    assert process.did("drain_too_slow")
