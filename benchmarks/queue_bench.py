"""What `benchmarks.queue` measures with: a local Firebase, listeners in processes, the books of a run."""

from __future__ import annotations

import contextlib
import json
import os
import queue as queues
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brushfire.local_firebase import LocalFirebase
from contract.task import NewTask
from listener.firebase import connect
from listener.settings import Settings
from listener.task_queue import TaskQueue

ROOT = Path(__file__).parent.parent
LISTENER = "brushfire-listener"
PROCESSES = 4
# A run is over when nothing was finished for so many seconds.
PATIENCE = 90.0


@dataclass
class Books:
    """What happened in one run. Times are of `time.time`."""

    submitted: dict[str, float] = field(default_factory=dict)
    claimed: dict[str, float] = field(default_factory=dict)
    by: dict[str, str] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    tried: int = 0
    lost: int = 0
    writes: int = 0
    # Billed reads by what they were for: collection and method.
    reads: Counter[str] = field(default_factory=Counter)
    # The same by who asked, as the listeners count them (`queue_trace`).
    traced: Counter[str] = field(default_factory=Counter)

    def waits(self) -> list[float]:
        """Seconds from before the submission to after the claim."""
        return sorted(self.claimed[id] - at for id, at in self.submitted.items())

    def per_task(self) -> tuple[float, float]:
        """Reads, and writes with the creation."""
        return self.reads.total() / len(self.done), self.writes / len(self.done) + 1


class Fleet:
    """Listeners, in a few processes."""

    def __init__(self, environment: dict[str, str], listeners: int, *options: str) -> None:
        names = [f"w{number:02}" for number in range(listeners)]
        command = [sys.executable, "-m", "benchmarks.queue_fleet", *options, "--names"]
        self.books = Books()
        self.finished = 0
        self._news: queues.Queue[dict[str, Any]] = queues.Queue()
        self._processes = [
            subprocess.Popen(
                [*command, *names[first::PROCESSES]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env={**os.environ, **environment},
            )
            for first in range(min(PROCESSES, listeners))
        ]
        self._threads = [threading.Thread(target=self._read, args=(one,)) for one in self._processes]
        for thread in self._threads:
            thread.start()

    def until_done(self, ids: set[str]) -> None:
        """Take in what they tell until all of `ids` are done."""
        while not ids <= self.books.done.keys():
            try:
                self._take(self._news.get(timeout=PATIENCE))
            except queues.Empty:
                missing = len(ids - self.books.done.keys())
                raise TimeoutError(f"{missing} of {len(ids)} tasks were not done in time") from None

    def mark(self, line: str) -> None:
        """Tell all that the measurement begins (`begin`) or ends (`end`)."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(line + "\n")
            process.stdin.flush()

    def leave(self) -> None:
        """Let them leave in order."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        for process, thread in zip(self._processes, self._threads, strict=True):
            process.wait(60)
            thread.join()
        while not self._news.empty():
            self._take(self._news.get())

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._news.put(json.loads(line))

    def _take(self, news: dict[str, Any]) -> None:
        books = self.books
        if "claimed" in news:
            books.claimed.setdefault(news["claimed"], news["at"])
            books.by[news["claimed"]] = news["worker"]
        elif "done" in news:
            books.done[news["done"]] = news["at"]
        elif "traced" in news:
            books.traced.update(news["traced"])
        elif "left" in news:
            books.tried += news["tried"]
            books.lost += news["lost"]


class Bench:
    """One local Firebase, and what is asked of it."""

    def __init__(self, data: Path) -> None:
        self._local = LocalFirebase.start(ROOT / "firebase.json", data, port=0)
        self.environment = self._local.addresses.environment()
        self._host = self.environment["FIRESTORE_EMULATOR_HOST"]
        self._client = connect(Settings.from_environment(self.environment), "brushfire-bench/1.0")
        self.queue = TaskQueue(self._client.db, tell=lambda event: None)

    def close(self) -> None:
        self._client.close()
        self._local.stop()

    @contextlib.contextmanager
    def listening(self, listeners: int, *options: str, clear: bool = True) -> Iterator[Fleet]:
        """Listeners on an empty queue, settled down; at the end they have left, and the books are closed."""
        if clear:
            self.clear()
        fleet = Fleet(self.environment, listeners, *options)
        if clear:
            self._settle(listeners, naive="--naive" in options)
        self._call("DELETE", "/emulator/v1/meter")
        fleet.mark("begin")
        try:
            yield fleet
            fleet.mark("end")
            meter = json.loads(self._call("GET", "/emulator/v1/meter"))
            for row in meter["rows"]:
                if row["client"] == LISTENER:
                    fleet.books.reads[f"{row['collection']} {row['method']}"] += row["reads"]
                    fleet.books.writes += row["writes"]
        finally:
            fleet.leave()

    def clear(self) -> None:
        """Empty the database."""
        self._call("DELETE", "/emulator/v1/projects/demo-brushfire/databases/(default)/documents")

    def submit(self, fleet: Fleet | None, uid: str) -> str:
        """A task of a user."""
        began = time.time()
        new = NewTask(uid=uid, prompt="a red circle", renderer="pixeldraw", params={"iterations": 3})
        id = self.queue.submit(new)
        if fleet is not None:
            fleet.books.submitted[id] = began
        return id

    def _settle(self, listeners: int, naive: bool) -> None:
        if not naive:
            workers = self._client.db.collection("workers")
            while len(workers.get()) < listeners:
                time.sleep(0.2)
        time.sleep(8.0)

    def _call(self, method: str, path: str) -> bytes:
        request = urllib.request.Request(f"http://{self._host}{path}", method=method)
        with urllib.request.urlopen(request) as answer:
            content: bytes = answer.read()
        return content
