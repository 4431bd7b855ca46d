"""A process for each device: what dies is started again, what can't live is given up, all leave together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import listener
from brushfire.running import Addresses
from contract.task import Status
from listener import supervisor
from listener.firebase import Firebase
from listener.supervisor import Member, Supervisor, members_of
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.running import eventually

ROOT = Path(listener.__file__).parent.parent
LIVES = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with open(sys.argv[1], "a") as file: file.write("started\\n")
time.sleep(60)
"""
DIES = "import sys; open(sys.argv[1], 'a').write('started\\n'); sys.exit(1)"
STUBBORN = LIVES.replace("lambda *_: sys.exit(0)", "lambda *_: signal.signal(signal.SIGTERM, signal.SIG_DFL)")


def member(name: str, script: str, note: Path) -> Member:
    return Member(name, [sys.executable, "-c", script, str(note)], os.environ)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that a test can wait for."""
    monkeypatch.setattr(supervisor, "SHORTEST_PAUSE", 0.05)
    monkeypatch.setattr(supervisor, "LOOK_EVERY", 0.02)


@contextmanager
def running(*members: Member) -> Iterator[tuple[Supervisor, Callable[[], int]]]:
    """A supervisor in a thread, and what waits for its exit status."""
    supervisor, statuses = Supervisor(members), list[int]()
    thread = threading.Thread(target=lambda: statuses.append(supervisor.run()))
    thread.start()

    def status() -> int:
        thread.join(20)
        return statuses[0]

    try:
        yield supervisor, status
    finally:
        supervisor.stop()
        supervisor.stop()
        thread.join(20)


def starts(note: Path) -> int:
    return len(note.read_text().splitlines()) if note.exists() else 0


def test_a_process_that_is_killed_is_started_again_and_no_other_with_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with running(member("w-0", LIVES, first), member("w-1", LIVES, second)) as (them, status):
        eventually(lambda: starts(first) == starts(second) == 1)
        killed = them.children[0].process
        assert killed is not None
        killed.kill()
        eventually(lambda: starts(first) == 2)
        assert starts(second) == 1
        them.stop()
        assert status() == 0


@pytest.mark.slow
def test_one_that_can_not_live_is_given_up_and_the_others_go_on(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    with running(member("w-0", LIVES, good), member("w-1", DIES, bad)) as (them, status):
        eventually(lambda: them.children[1].failed, 20)
        assert starts(bad) == supervisor.MOST_STARTS
        assert starts(good) == 1
        them.stop()
        assert status() == 1


def test_one_that_left_in_order_is_left_alone(tmp_path: Path) -> None:
    note = tmp_path / "note"
    with running(member("w-0", LIVES, note)) as (them, status):
        eventually(lambda: starts(note))
        them.children[0].send(signal.SIGTERM)
        assert status() == 0
        assert starts(note) == 1


def test_a_second_stop_does_not_wait_for_a_long_step(tmp_path: Path) -> None:
    note = tmp_path / "note"
    with running(member("w-0", STUBBORN, note)) as (them, status):
        eventually(lambda: starts(note))
        began = time.monotonic()
        them.stop()
        time.sleep(0.5)
        them.stop()
        assert status() == 0
        assert time.monotonic() - began < 10


def test_each_device_has_a_name_and_a_port_of_its_own() -> None:
    members = members_of(
        ["cuda:0", "cuda:1", "cpu"], ["listen"], {"BRUSHFIRE_METRICS_PORT": "9100", "HOME": "/"}, "desk"
    )
    told = [
        tuple(m.environment[f"BRUSHFIRE_{name}"] for name in ("DEVICE", "WORKER", "METRICS_PORT"))
        for m in members
    ]
    assert told == [("cuda:0", "desk-0", "9100"), ("cuda:1", "desk-1", "9101"), ("cpu", "desk-2", "9102")]
    assert [m.name for m in members] == ["desk-0", "desk-1", "desk-2"]
    assert "OMP_NUM_THREADS" not in members[0].environment


@pytest.mark.slow
def test_two_listeners_share_a_machine_and_survive_the_death_of_one(
    firebase: Addresses, queue: TaskQueue, submit: Submit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = os.environ | firebase.environment()
    environment |= {"BRUSHFIRE_STATE": str(tmp_path), "BRUSHFIRE_LEASE_SECONDS": "3", "PAUSE": "0.05"}
    monkeypatch.chdir(ROOT)
    command = [sys.executable, "-m", "tests.listener.process"]
    with running(*members_of(["cpu", "cpu"], command, environment, "desk")) as (them, status):
        ids = [submit(f"t{n}", uid=f"u{n}", params={"iterations": 20}) for n in range(6)]
        eventually(lambda: any(task.status is Status.RUNNING for id in ids if (task := queue.get(id))), 40)
        victim = them.children[0].process
        assert victim is not None
        victim.kill()
        eventually(lambda: all(t.status is Status.DONE for id in ids if (t := queue.get(id))), 60, every=0.3)
        workers = {task.claim.worker for id in ids if (task := queue.get(id)) and task.claim}
        them.stop()
        assert status() == 0
    assert workers <= {"desk-0", "desk-1"}
    assert victim.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_the_listeners_of_a_supervisor_that_is_killed_leave_by_themselves(
    firebase: Addresses, client: Firebase, tmp_path: Path
) -> None:
    environment = os.environ | firebase.environment() | {"BRUSHFIRE_STATE": str(tmp_path)}
    environment |= {"BRUSHFIRE_LOG": "json", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "brushfire.cli", "listen", "--devices", "cpu", "--worker", "desk"]
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    with process.stderr as lines:
        said = ""
        for line in lines:
            said += line
            if "worker_started" in line:
                process.kill()
        # The log ends when the last process that writes to it has ended.
    process.wait()
    assert process.stdin is not None
    process.stdin.close()
    assert '"worker_stopped"' in said, said
