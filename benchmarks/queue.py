"""What the queue costs and how fast it is: `nice python -m benchmarks.queue` prints a table.

A local Firebase and the listeners run as processes of their own. Reads and writes are those that the local
Firebase's meter bills to the listeners, from when they are all there until the last task is done, for each
finished task; progress is written by renders alone, and none is rendered here. The creation of a task is a
write more, counted in. `--only NAME` runs one measurement.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue as queues
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
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
PATIENCE = 60.0


@dataclass
class Books:
    """What happened in one run. Times are of `time.time`."""

    submitted: dict[str, float] = field(default_factory=dict)
    claimed: dict[str, float] = field(default_factory=dict)
    by: dict[str, str] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    tried: int = 0
    lost: int = 0
    reads: int = 0
    writes: int = 0

    def waits(self) -> list[float]:
        """Seconds from before the submission to after the claim."""
        return sorted(self.claimed[id] - at for id, at in self.submitted.items())

    def per_task(self) -> tuple[float, float]:
        """Reads, and writes with the creation."""
        return self.reads / len(self.done), self.writes / len(self.done) + 1


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
            self._take(self._news.get(timeout=PATIENCE))

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
        try:
            yield fleet
            meter = json.loads(self._call("GET", "/emulator/v1/meter"))
            for row in meter["rows"]:
                if row["client"] == LISTENER:
                    fleet.books.reads += row["reads"]
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


def at_load(bench: Bench, listeners: int, load: float, seconds: float, tasks: int, *options: str) -> Books:
    """Tasks that come by chance, so many at a time that a part `load` of the listeners is busy."""
    with bench.listening(listeners, "--seconds", str(seconds), *options) as fleet:
        due = time.monotonic()
        for number in range(tasks):
            due += random.expovariate(load * listeners / seconds)
            time.sleep(max(0.0, due - time.monotonic()))
            bench.submit(fleet, f"u{number}")
        fleet.until_done(set(fleet.books.submitted))
    return fleet.books


def busy(bench: Bench, listeners: int, seconds: float, tasks: int, *options: str) -> Books:
    """A long line from the start."""
    with bench.listening(listeners, "--seconds", str(seconds), *options) as fleet:
        for number in range(tasks):
            bench.submit(fleet, f"u{number}")
        fleet.until_done(set(fleet.books.submitted))
    return fleet.books


def throughput(bench: Bench, listeners: int, tasks: int) -> Books:
    """A line that is there before the listeners, of tasks that take no time."""
    bench.clear()
    prefilled = [bench.submit(None, f"u{number}") for number in range(tasks)]
    with bench.listening(listeners, "--seconds", "0", clear=False) as fleet:
        fleet.books.submitted = dict.fromkeys(prefilled, 0.0)
        fleet.until_done(set(prefilled))
    return fleet.books


def fairness(bench: Bench, listeners: int, seconds: float, crowd: int) -> tuple[int, int]:
    """One user asks for many tasks, then another for one: how many of the many were begun in between, and the
    listeners that there were."""
    with bench.listening(listeners, "--seconds", str(seconds)) as fleet:
        many = [bench.submit(fleet, "crowd") for _ in range(crowd)]
        alone = bench.submit(fleet, "alone")
        fleet.until_done({alone})
        asked, begun = fleet.books.submitted[alone], fleet.books.claimed[alone]
        between = sum(asked < fleet.books.claimed.get(id, 0.0) < begun for id in many)
    return between, listeners


def costs(bench: Bench, quick: bool) -> list[list[str]]:
    """Reads and writes a task, beside those of naive listeners in the same run."""
    rows = []
    tasks = 12 if quick else 150
    for listeners in (2,) if quick else (1, 5, 20):
        # A listener alone gets fewer tasks in the same time.
        seconds, count = (0.5, tasks // 3) if listeners == 1 else (2.0 if listeners == 20 else 1.0, tasks)
        for load in (0.6,) if quick else (0.1, 0.6):
            books = at_load(bench, listeners, load, seconds, count)
            naive = at_load(bench, listeners, load, seconds, count // 3, "--naive")
            rows.append(_cost(f"{listeners} listeners, load {load}", books, naive, 4.0))
    listeners = 2 if quick else 5
    books, naive = (busy(bench, listeners, 1.0, 2 * tasks, *options) for options in ((), ("--naive",)))
    rows.append(_cost(f"{listeners} listeners, busy", books, naive, 1.2))
    return rows


def speeds(bench: Bench, quick: bool) -> list[list[str]]:
    """From submission to claim, tasks a second, claims lost, fairness."""
    waits = at_load(bench, 1, 0.02, 0.02, 10 if quick else 100).waits()
    p50, p99 = waits[len(waits) // 2] * 1000, waits[int(len(waits) * 0.99)] * 1000
    rows = [_row("from submit to claim, idle: p50", f"{p50:.0f} ms", "< 50 ms", p50 < 50)]
    rows.append(_row("from submit to claim, idle: p99", f"{p99:.0f} ms", "< 500 ms", p99 < 500))
    for listeners in (2,) if quick else (1, 4, 16):
        books = throughput(bench, listeners, 60 if quick else 1500)
        rate = len(books.done) / (max(books.done.values()) - min(books.claimed.values()))
        lost = books.lost / max(1, books.tried)
        rows.append(_row(f"no-op tasks, {listeners} listeners", f"{rate:.0f}/s", "", True))
        rows.append(_row(f"claims lost, {listeners} listeners", f"{lost:.1%}", "< 10 %", lost < 0.1))
    between, most = fairness(bench, 2 if quick else 4, 0.3, 20 if quick else 200)
    rows.append(_row("tasks of a crowd before another's one", str(between), f"<= {most}", between <= most))
    return rows


def _cost(name: str, books: Books, naive: Books, most: float) -> list[str]:
    (reads, writes), (naive_reads, naive_writes) = books.per_task(), naive.per_task()
    met = "yes" if reads <= most and writes <= 3.1 else "NO"
    shown = f"{reads:.2f} reads, {writes:.2f} writes"
    return [name, shown, f"<= {most} and <= 3.1", met, f"naive: {naive_reads:.2f}, {naive_writes:.2f}"]


def _row(name: str, value: str, target: str, met: bool) -> list[str]:
    return [name, value, target, ("yes" if met else "NO") if target else "", ""]


def main() -> None:
    """Measure, and print a table; exit status 1 if a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queue", description=__doc__)
    parser.add_argument("--only", choices=["costs", "speeds"])
    parser.add_argument("--quick", action="store_true", help="only to see that it works: no figure is true")
    args = parser.parse_args()
    random.seed(1)
    parts = [costs, speeds] if args.only is None else [globals()[args.only]]
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            for part in parts:
                for name, value, target, met, remark in part(bench, args.quick):
                    print(f"{name:<40} {value:<26} {target:<20} {met:<4} {remark}", flush=True)
                    missed = missed or met == "NO"
        finally:
            bench.close()
    sys.exit(int(missed))


if __name__ == "__main__":
    main()
