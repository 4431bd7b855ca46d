"""A local Firebase and listeners as real processes, each of which may be killed and is started again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from brushfire.machine_checks import is_free

ROOT = Path(__file__).parent.parent.parent
SERVICES = 6
FIREBASE = "firebase"


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


def _free_ports(count: int) -> int:
    """The first of some ports in a row that nobody listens on."""
    for base in random.sample(range(20_000, 32_000, 10), 200):
        if all(is_free(port) for port in range(base, base + count)):
            return base
    raise RuntimeError("no free ports")
