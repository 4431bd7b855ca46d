"""A listener that is told to leave when idle renders what there is, and then leaves by itself."""

import time
from dataclasses import replace

import pytest

from contract.errors import SetupError
from contract.task import Status, WorkerState
from listener.firebase import Firebase
from listener.idleness import IdleExit
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.fakes import Squares
from tests.listener.running import Running, eventually


def test_a_listener_leaves_once_it_was_idle_for_so_long(
    settings: Settings, client: Firebase, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    task = submit()
    running = Running(replace(settings, idle_exit_seconds=1.5))
    running._thread.start()
    running.join(60)
    assert running.error is None
    found = queue.get(task)
    assert found is not None
    assert found.status is Status.DONE
    worker = client.db.document(f"workers/{settings.worker}").get().to_dict()
    assert worker["state"] == WorkerState.STOPPED


def test_time_counts_from_the_last_picture_and_not_while_one_is_drawn() -> None:
    left: list[float] = []
    idle: list[float | None] = [None]
    exit = IdleExit(0.2, lambda: idle[0], lambda: left.append(time.monotonic())).start()
    time.sleep(0.4)
    assert not left
    idle[0] = since = time.monotonic()
    assert eventually(lambda: left, 30)[0] - since >= 0.2
    time.sleep(0.2)
    assert len(left) == 1
    exit.stop()


@pytest.mark.parametrize(
    ("said", "seconds"), [("", 0), ("0", 0), ("45", 45), ("90s", 90), ("10m", 600), ("2h", 7200)]
)
def test_the_time_is_told_as_people_tell_it(said: str, seconds: float) -> None:
    local = {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1", "STORAGE_EMULATOR_HOST": "127.0.0.1:2"}
    assert Settings.from_environment(local | {"BRUSHFIRE_IDLE_EXIT": said}).idle_exit_seconds == seconds


def test_a_time_that_is_none_is_refused() -> None:
    local = {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1", "STORAGE_EMULATOR_HOST": "127.0.0.1:2"}
    with pytest.raises(
        SetupError, match="BRUSHFIRE_IDLE_EXIT is 'soon', but must be a time such as 90s, 10m"
    ):
        Settings.from_environment(local | {"BRUSHFIRE_IDLE_EXIT": "soon"})
