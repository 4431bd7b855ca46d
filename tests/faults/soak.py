"""Real processes under SIGKILL: a local Firebase and listeners, one of which is killed every few seconds."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from contract.errors import Unreachable
from contract.task import NewTask
from listener.firebase import Firebase, connect
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.faults.ledger import FINISHED, Ledger
from tests.faults.whole import wrong_with
from tests.faults.witnessed import witnessed

ROOT = Path(__file__).parent.parent.parent
SERVICES = 6
FIREBASE = "firebase"
T = TypeVar("T")


@dataclass(frozen=True)
class Soak:
    """How much, by how many, and how often one of them is killed; `every` 0 for never. Seconds."""

    tasks: int = 500
    listeners: int = 4
    every: float = 2.0
    step: float = 0.05
    lease: float = 3.0
    patience: float = 900.0
    seed: int = 1


@dataclass
class Outcome:
    """What came of it."""

    seconds: float = 0.0
    kills: list[tuple[float, str]] = field(default_factory=list)
    ledger: Ledger | None = None
    # From each kill of a listener until the tasks that it held were finished, in seconds.
    delays: list[float] = field(default_factory=list)


class Cluster:
    """The processes, each started again after it was killed."""

    def __init__(self, soak: Soak, folder: Path) -> None:
        self._soak = soak
        self._folder = folder
        self._port = _free_ports(SERVICES)
        self._log = (folder / "log").open("ab")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._incarnations: dict[str, int] = {}
        self.names = [FIREBASE, *(f"w{number}" for number in range(soak.listeners))]
        for name in self.names:
            self.start(name)

    def start(self, name: str) -> None:
        """Start one; the Firebase is waited for."""
        if name != FIREBASE:
            number = self._incarnations[name] = self._incarnations.get(name, 0) + 1
            own = {"BRUSHFIRE_WORKER": f"{name}.{number}", "BRUSHFIRE_STATE": str(self._folder / name)}
            self._spawn(name, ["tests.faults.process"], self.environment() | own)
            return
        data = ["--data", str(self.data), "--port", str(self._port), "--project", "demo-soak"]
        config = ["--config", str(ROOT / "firebase.json"), "--exit-with-parent", "--no-functions"]
        process = self._spawn(FIREBASE, ["tests.faults.witnessed", *config, *data], dict(os.environ))
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (self._folder / "log").read_text()[-2000:]
        self.addresses: dict[str, str] = json.loads(line)

    @property
    def data(self) -> Path:
        """Where the Firebase keeps everything."""
        return self._folder / "data"

    def environment(self) -> dict[str, str]:
        """What points a client at the Firebase."""
        return os.environ | {
            "FIRESTORE_EMULATOR_HOST": self.addresses["firestore"],
            "STORAGE_EMULATOR_HOST": self.addresses["storage"],
            "GOOGLE_CLOUD_PROJECT": "demo-soak",
            "BRUSHFIRE_LEASE_SECONDS": str(self._soak.lease),
            "BRUSHFIRE_POLL_SECONDS": "3",
            "BRUSHFIRE_RENDERERS": "pixeldraw",
            "BRUSHFIRE_DEVICE": "cpu",
            "STEP_SECONDS": str(self._soak.step),
        }

    def kill(self, name: str) -> None:
        """SIGKILL, and a new one."""
        self._end(name, signal.SIGKILL)
        self.start(name)

    def stop_listeners(self) -> None:
        """In order: each gives back what it holds."""
        listeners = [name for name in self._processes if name != FIREBASE]
        for name in listeners:
            self._processes[name].send_signal(signal.SIGTERM)
        for name in listeners:
            self._end(name)

    def stop(self) -> None:
        """Everything, the Firebase last."""
        self.stop_listeners()
        if FIREBASE in self._processes:
            self._end(FIREBASE, signal.SIGTERM)
        self._log.close()

    def _spawn(self, name: str, module: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if name == FIREBASE else subprocess.DEVNULL,
            stderr=self._log,
        )
        self._processes[name] = process
        return process

    def _end(self, name: str, number: signal.Signals | None = None) -> None:
        process = self._processes.pop(name)
        if number is not None:
            process.send_signal(number)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def soak(size: Soak, folder: Path, say: Callable[[str], None] = lambda line: None) -> Outcome:
    """Submit, kill until all is finished, and check the books."""
    cluster = Cluster(size, folder)
    try:
        outcome = _run(size, cluster, say)
        cluster.stop_listeners()
        files = _files(cluster)
    finally:
        cluster.stop()
    outcome.ledger = _books(cluster, size, files)
    outcome.delays = _delays(outcome)
    return outcome


def _run(size: Soak, cluster: Cluster, say: Callable[[str], None]) -> Outcome:
    chance, outcome = random.Random(size.seed), Outcome()
    client = _client(cluster)
    queue = TaskQueue(client.db, tell=lambda event: None)
    for number in range(size.tasks):
        new = NewTask(
            uid=f"u{number % 20}", prompt=f"picture t{number}", renderer="pixeldraw", params={"iterations": 3}
        )
        _insist(lambda new=new, number=number: queue.submit(new, f"t{number}"))  # type: ignore[misc]
    began = time.monotonic()
    deadline, due = began + size.patience, began + size.every
    while (left := _insist(lambda: _unfinished(client, size.tasks))) and time.monotonic() < deadline:
        if size.every and time.monotonic() >= due:
            victim = chance.choice(cluster.names)
            outcome.kills.append((time.time(), victim))
            cluster.kill(victim)
            say(f"{time.monotonic() - began:6.1f} s  killed {victim}; {left} tasks left")
            due = time.monotonic() + size.every
        time.sleep(0.2)
    outcome.seconds = time.monotonic() - began
    client.close()
    return outcome


def _client(cluster: Cluster) -> Firebase:
    return connect(Settings.from_environment(cluster.environment()), "owner/1")


def _insist(ask: Callable[[], T]) -> T:
    while True:
        try:
            return ask()
        except Unreachable:
            time.sleep(0.2)


def _unfinished(client: Firebase, tasks: int) -> int:
    """Tasks that aren't over, by one look at all of them."""
    try:
        found = client.db.collection("queue").select(["status"]).get(timeout=10)
    except Exception as error:  # whatever a server that was just killed brings about
        raise Unreachable(str(error)) from error
    return tasks - sum(document.get("status") in FINISHED for document in found)


def _files(cluster: Cluster) -> dict[str, tuple[str, bytes]]:
    client = _client(cluster)
    try:
        blobs = client.bucket.list_blobs(prefix="results/")
        return {str(blob.name): (str(blob.md5_hash), blob.download_as_bytes()) for blob in blobs}
    finally:
        client.close()


def _books(cluster: Cluster, size: Soak, files: dict[str, tuple[str, bytes]]) -> Ledger:
    at = 0.0
    ledger = Ledger(lambda: at, {"owner"})
    ledger.files = files
    for change, caller, micros in witnessed(cluster.data):
        at = micros / 1e6
        ledger.record([change], caller, micros)
    ledger.close({f"t{number}" for number in range(size.tasks)}, set(), wrong_with)
    return ledger


def _delays(outcome: Outcome) -> list[float]:
    """For each task that a listener held when it was killed: from then until it was finished."""
    assert outcome.ledger is not None
    delays = []
    for at, victim in outcome.kills:
        for known in outcome.ledger.tasks.values():
            held = [
                claim
                for claim in known.claims
                if str(claim["worker"]).startswith(f"{victim}.") and claim["at"] <= at
            ]
            last: Any = max(held, key=lambda claim: claim["at"], default=None)
            later = [claim for claim in known.claims if last is not None and claim["at"] > last["at"]]
            over = known.finished is not None and known.finished <= at
            if last is not None and not over and not (later and later[0]["at"] <= at):
                delays.append((known.finished or at) - at)
    return delays


def _free_ports(count: int) -> int:
    """The first of some ports in a row that nobody listens on."""
    for base in random.sample(range(20_000, 32_000, 10), 200):
        if all(_is_free(port) for port in range(base, base + count)):
            return base
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
