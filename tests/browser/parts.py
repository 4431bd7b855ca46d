"""The local Firebase and a listener as processes apart, so that one can be killed while the other goes on."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from brushfire.local_firebase import LocalFirebase
from brushfire.running import Addresses
from tests.path.system import ROOT, shell

PATHS = (("firestore", "rules"), ("firestore", "indexes"), ("storage", "rules"), ("hosting", "public"))


class Firebase:
    """The local Firebase with the project's rules and page. Killed, it comes back as it was."""

    def __init__(self, folder: Path) -> None:
        """Its data goes to `folder`, and a copy of the page: a build meanwhile doesn't take it away."""
        self._config = folder / "firebase.json"
        self._data = folder / "data"
        config = json.loads((ROOT / "firebase.json").read_text())
        for section, field in PATHS:
            config[section][field] = str(ROOT / config[section][field])
        shutil.copytree(config["hosting"]["public"], folder / "page")
        config["hosting"]["public"] = str(folder / "page")
        config.pop("functions", None)
        self._config.write_text(json.dumps(config))
        self._running = LocalFirebase.start(self._config, self._data, 0)
        self.addresses: Addresses = self._running.addresses
        # From now on at these ports.
        told = {
            name: getattr(self.addresses, name) for name in ("firestore", "auth", "storage", "hosting", "ui")
        }
        config["emulators"] = {name: {"port": int(at.rpartition(":")[2])} for name, at in told.items()}
        self._config.write_text(json.dumps(config))

    def kill(self) -> None:
        """As a power cut would."""
        self._running.process.kill()
        self._running.process.wait()
        self._running.stop()

    def start(self) -> None:
        """Again, at the same addresses."""
        self._running = LocalFirebase.start(self._config, self._data)

    def stop(self) -> None:
        """In order."""
        self._running.stop()


@contextmanager
def listening(addresses: Addresses, state: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """One listener, for the length of the block; what it says goes to `state`/listener.log."""
    environment = (
        shell(state) | addresses.environment() | {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
    )
    state.mkdir(parents=True, exist_ok=True)
    with (state / "listener.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "brushfire.cli", "listen", "--exit-with-parent"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()
            assert process.stdin is not None
            process.stdin.close()
