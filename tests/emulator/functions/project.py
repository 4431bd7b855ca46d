"""A project with functions, the emulator that runs it, and what its functions have written."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from tests.emulator.suite.running import Answer, call

PROJECT = "demo-functions"
PATIENCE_S = 60
HEADER = """\
import os, threading, time
from firebase_admin import firestore, initialize_app
from firebase_functions import firestore_fn, https_fn, logger, scheduler_fn
initialize_app()

def tell(what, **fields):
    firestore.client().collection("seen").document().set({"what": what, **fields})
"""


def write_project(folder: Path, source: str, *, hosting: Mapping[str, Any] | None = None) -> Path:
    """firebase.json of a project whose main.py is HEADER and `source`."""
    (folder / "functions").mkdir(exist_ok=True)
    (folder / "functions/main.py").write_text(HEADER + source)
    file = folder / "firebase.json"
    sections = {"functions": {"source": "functions", "runtime": "python311"}}
    file.write_text(json.dumps(sections | ({"hosting": hosting} if hosting else {})))
    return file


class Emulator:
    """A running suite. `log()` is what it has said to people so far."""

    def __init__(self, config: Path) -> None:
        self._log = config.parent / "log.txt"
        options = [
            "--config",
            f"{config}",
            "--data",
            f"{config.parent / 'data'}",
            "--port",
            "0",
            "--project",
            PROJECT,
        ]
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "emulator", *options, "--exit-with-parent"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        self.addresses: dict[str, str] = json.loads(self.process.stdout.readline())

    def log(self) -> str:
        return self._log.read_text()

    def client(self, monkeypatch_host: Callable[[str, str], None]) -> firestore.Client:
        monkeypatch_host("FIRESTORE_EMULATOR_HOST", self.addresses["firestore"])
        return firestore.Client(PROJECT, AnonymousCredentials())

    def functions(self) -> dict[str, Any]:
        """What the emulator tells of its functions, by their names, once they are known."""
        told = call(self.addresses["functions"], "GET", "/emulator/v1/functions").json()
        return {function["name"]: function for function in told["functions"]} | {"problem": told["problem"]}

    def run_schedule(self, name: str) -> Answer:
        return call(self.addresses["functions"], "POST", f"/emulator/v1/functions/{name}:run")

    def request(self, method: str, path: str, body: bytes | Mapping[str, Any] | None = None) -> Answer:
        headers = {"Content-Type": "application/json"} if isinstance(body, Mapping) else {}
        return call(self.addresses["functions"], method, path, body, headers)

    def stop(self) -> None:
        self.process.terminate()
        self._end()

    def kill(self) -> None:
        self.process.kill()
        self._end()

    def _end(self) -> None:
        self.process.communicate(timeout=20)


@contextmanager
def running(config: Path) -> Iterator[Emulator]:
    emulator = Emulator(config)
    try:
        yield emulator
    finally:
        if emulator.process.poll() is None:
            emulator.stop()


class Seen:
    """The documents that functions have written to `seen`, as they come."""

    def __init__(self, database: firestore.Client) -> None:
        self._documents: dict[str, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._watch = database.collection("seen").on_snapshot(self._take)

    def of(self, what: str, count: int = 1, **fields: object) -> list[dict[str, Any]]:
        """What `tell(what, …)` has told with these fields, once there are at least `count` of them."""
        wanted = {"what": what, **fields}

        def found() -> list[dict[str, Any]]:
            return [told for told in self._documents.values() if wanted.items() <= told.items()]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, PATIENCE_S), (
                f"{count} of {wanted} were expected within {PATIENCE_S} s; there are {self._documents}"
            )
            return found()

    def close(self) -> None:
        self._watch.unsubscribe()

    def _take(self, snapshots: list[Any], changes: object, read_time: object) -> None:
        with self._changed:
            self._documents.update({snapshot.id: snapshot.to_dict() for snapshot in snapshots})
            self._changed.notify_all()
