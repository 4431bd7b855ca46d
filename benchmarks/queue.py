"""What the queue costs and how fast it is: `python -m benchmarks.queue` prints a table in about ten minutes.

A local Firebase and the listeners run as processes of their own. Reads and writes are those that the local
Firebase's meter bills to the listeners, from when they are all there until the last task is done, for each
finished task; progress is written by renders alone, and none is rendered here. The creation of a task is a
write more, counted in. Each size of fleet has a local Firebase of its own, and all of them run at once; what
is timed runs alone. `--only NAME` runs one measurement, `--detail` shows what was read.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.queue_bench import Bench, Books

MOST_BUSY, MOST_AT_LOAD, MOST_WRITES = 1.2, 4.0, 3.1
# A line is made faster than it is worked off.
SUBMITTERS = 8


@dataclass(frozen=True)
class Row:
    """One line of the table. Without a target, `met` is None."""

    name: str
    value: str
    target: str = ""
    met: bool | None = None
    remark: str = ""

    def __str__(self) -> str:
        met = {None: "", True: "met", False: "NOT met"}[self.met]
        return f"| {self.name:<44} | {self.value:<25} | {self.target:<16} | {met:<7} | {self.remark} |"


@dataclass(frozen=True)
class Size:
    """A fleet to be measured: how long its tasks take, and how many there are at each load, and when busy."""

    listeners: int
    seconds: float
    at_loads: dict[float, int]
    busy: int
    naive: float = 0.3


# A listener alone gets fewer tasks in the same time.
SIZES = [
    Size(1, 0.5, {0.1: 25, 0.6: 60}, 200),
    Size(5, 1.0, {0.1: 60, 0.6: 150}, 500),
    Size(20, 2.0, {0.1: 100, 0.6: 240}, 1500),
]
QUICK_SIZES = [Size(2, 0.5, {0.6: 12}, 24)]


def at_load(bench: Bench, size: Size, load: float, tasks: int, *options: str) -> Books:
    """Tasks that come by chance, so many at a time that a part `load` of the listeners is busy."""
    chance = random.Random(f"{size.listeners} {load}")
    with bench.listening(size.listeners, "--seconds", str(size.seconds), *options) as fleet:
        due = time.monotonic()
        for number in range(tasks):
            due += chance.expovariate(load * size.listeners / size.seconds)
            time.sleep(max(0.0, due - time.monotonic()))
            bench.submit(fleet, f"u{number}")
        fleet.until_done(set(fleet.books.submitted))
    return fleet.books


def busy(bench: Bench, size: Size, tasks: int, *options: str) -> Books:
    """A long line from the start."""
    with bench.listening(size.listeners, "--seconds", str(size.seconds), *options) as fleet:
        with ThreadPoolExecutor(SUBMITTERS) as pool:
            list(pool.map(lambda number: bench.submit(fleet, f"u{number}"), range(tasks)))
        fleet.until_done(set(fleet.books.submitted))
    return fleet.books


def throughput(bench: Bench, listeners: int, tasks: int, *options: str) -> Books:
    """A line that is there before the listeners, of tasks that take no time."""
    bench.clear()
    with ThreadPoolExecutor(SUBMITTERS) as pool:
        prefilled = list(pool.map(lambda number: bench.submit(None, f"u{number}"), range(tasks)))
    with bench.listening(listeners, "--seconds", "0", *options, clear=False) as fleet:
        fleet.books.submitted = dict.fromkeys(prefilled, 0.0)
        fleet.until_done(set(prefilled))
    return fleet.books


def fairness(bench: Bench, listeners: int, seconds: float, crowd: int) -> int:
    """One user asks for many tasks, then another for one: how many of the many were begun in between."""
    with bench.listening(listeners, "--seconds", str(seconds)) as fleet:
        many = [bench.submit(fleet, "crowd") for _ in range(crowd)]
        alone = bench.submit(fleet, "alone")
        fleet.until_done({alone})
        asked, begun = fleet.books.submitted[alone], fleet.books.claimed[alone]
        return sum(asked < fleet.books.claimed.get(id, 0.0) < begun for id in many)


class Report:
    """The table, line by line, from several threads."""

    def __init__(self, detail: bool, naive: bool = True) -> None:
        self.missed = False
        self._detail = detail
        self._naive = naive
        self._lock = threading.Lock()

    def tell(self, row: Row) -> None:
        """Print a line."""
        with self._lock:
            self.missed = self.missed or row.met is False
            print(row, flush=True)

    @property
    def options(self) -> list[str]:
        """What listeners are told for it."""
        return ["--trace"] if self._detail else []

    def show(self, books: Books) -> None:
        if self._detail:
            lost = f"{books.lost} of {books.tried} claims lost"
            lines = [f"{len(books.done)} tasks, {lost}, {dict(books.reads)}"]
            lines += [f"{number:6} {what}" for what, number in books.traced.most_common()]
            print("\n        ".join(lines), file=sys.stderr, flush=True)

    def cost(self, name: str, most: float, ours: Callable[..., Books], naive: Callable[[], Books]) -> None:
        """What a task costs, beside what it costs naive listeners."""
        books = ours(*self.options)
        self.show(books)
        (reads, writes), target = books.per_task(), f"≤ {most}, ≤ {MOST_WRITES}"
        try:
            others = "naive: {:.2f} reads, {:.2f} writes".format(*naive().per_task()) if self._naive else ""
        except TimeoutError as error:
            others = f"naive: {error}"
        met = reads <= most and writes <= MOST_WRITES
        self.tell(Row(name, f"{reads:.2f} reads, {writes:.2f} writes", target, met, others))


def costs(report: Report, sizes: Sequence[Size], load: str | None) -> None:
    """Reads and writes a task, beside those of naive listeners in the same run; all sizes at once."""
    threads = [threading.Thread(target=_costs_of, args=(report, size, load)) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _costs_of(report: Report, size: Size, only: str | None) -> None:
    with _bench() as bench:
        name = f"{size.listeners} listener{'s' if size.listeners > 1 else ''}"
        measures: list[tuple[str, float, Callable[..., Books], int]] = [
            ("busy", MOST_BUSY, partial(busy, bench, size), size.busy)
        ]
        for load, tasks in size.at_loads.items():
            measures.append((f"load {load}", MOST_AT_LOAD, partial(at_load, bench, size, load), tasks))
        for what, most, measure, tasks in measures:
            if only is not None and only != what.removeprefix("load "):
                continue
            few = max(8, round(tasks * size.naive))
            try:
                ours, naive = partial(measure, tasks), partial(measure, few, "--naive")
                report.cost(f"{name}, {what}", most, ours, naive)
            except TimeoutError as error:
                report.tell(Row(f"{name}, {what}", str(error), "", False))


def speeds(report: Report, quick: bool) -> None:
    """From submission to claim, tasks a second, claims lost, fairness."""
    with _bench() as bench:
        waits = at_load(bench, Size(1, 0.02, {}, 0), 0.04, 10 if quick else 100).waits()
        for name, part, most in (("p50", 0.5, 50), ("p99", 0.99, 500)):
            wait = waits[int(len(waits) * part)] * 1000
            report.tell(
                Row(f"submit to claim, idle listener, {name}", f"{wait:.0f} ms", f"< {most} ms", wait < most)
            )
        for listeners in (2,) if quick else (1, 4, 16):
            tasks = 60 if quick else 1000 if listeners < 16 else 3000
            books = throughput(bench, listeners, tasks, *report.options)
            report.show(books)
            _tell_throughput(report, listeners, books)
        most = 2 if quick else 4
        between = fairness(bench, most, 0.3, 20 if quick else 200)
        name = "of one user's tasks begun before another's"
        report.tell(Row(name, f"{between} ({most} listeners)", f"≤ {most}", between <= most))


def batches(report: Report, quick: bool) -> None:
    """What claiming in batches does for diffusion, beside what batches do for the renderer alone."""
    from benchmarks.queue_batches import BATCH, factors  # torch is for this alone

    with _bench() as bench:
        found = factors(bench, 1 if quick else 4, 2 if quick else 20)
    share = found.queue / found.alone
    remark = (
        f"{found.singly:.2f} and {found.batched:.2f} tasks a second; the renderer alone: {found.alone:.2f} ×"
    )
    name = f"diffusion on a full line, {BATCH} at once"
    report.tell(Row(name, f"{found.queue:.2f} × one by one", "within 10 %", share >= 0.9, remark))


def _tell_throughput(report: Report, listeners: int, books: Books) -> None:
    rate = len(books.done) / (max(books.done.values()) - min(books.claimed.values()))
    lost = books.lost / max(1, books.tried)
    name = f"no-op tasks, {listeners} listener{'s' if listeners > 1 else ''}"
    report.tell(Row(name, f"{rate:.0f} a second"))
    target, met = ("< 10 %", lost < 0.1) if listeners == 16 else ("", None)
    reads, _ = books.per_task()
    remark = f"of {books.tried}; {reads:.2f} reads a task"
    report.tell(Row(f"{name}: claims lost", f"{lost:.1%}", target, met, remark))


@contextlib.contextmanager
def _bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            yield bench
        finally:
            bench.close()


def main() -> None:
    """Measure, and print a table; exit status 1 if a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queue", description=__doc__)
    parser.add_argument("--only", choices=["costs", "speeds", "batches"])
    parser.add_argument("--listeners", type=int, help="measure the costs of this size of fleet alone")
    parser.add_argument("--detail", action="store_true", help="what was read, on standard error")
    parser.add_argument("--load", help="measure the costs at this load alone, or when `busy`")
    parser.add_argument("--no-naive", action="store_true", help="without the naive listeners")
    parser.add_argument("--quick", action="store_true", help="only to see that it works: no figure is true")
    args = parser.parse_args()
    report = Report(args.detail, not args.no_naive)
    sizes = QUICK_SIZES if args.quick else SIZES
    print("| measured | value | target | | remark |\n|---|---|---|---|---|")
    if args.only in (None, "costs"):
        costs(report, [one for one in sizes if args.listeners in (None, one.listeners)], args.load)
    if args.only in (None, "speeds"):
        speeds(report, args.quick)
    if args.only in (None, "batches"):
        batches(report, args.quick)
    sys.exit(int(report.missed))


if __name__ == "__main__":
    main()
