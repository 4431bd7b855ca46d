"""Does the queue lose anything? `python -m benchmarks.faults [--seeds 2000] [--tasks 100] [--jobs 1]`.

Plays whole listeners in virtual time, each seed with its own faults: answers lost after the write was
applied, ABORTED, UNAVAILABLE, stalls of minutes, watches that break, fall silent, lag and repeat, clocks five
minutes wrong, processes stopped for longer than their lease, and killed at any step. A checker on the
servers' side counts what must not be (tests/faults/ledger.py). For a failing seed the command is printed that
plays it again.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.world import Size, command, run

EVERY = 20
# The counts that the project promises to be nought, and what the checker calls each of them.
PROMISES = {
    "tasks lost": ("lost",),
    "completions accepted twice": ("accepted twice",),
    "zombie writes accepted": (
        "zombie write accepted",
        "zombie progress accepted",
        "claimed while it ran",
        "epoch",
    ),
    "zombie uploads accepted": ("zombie upload accepted", "file replaced"),
    "cancelled tasks finished": ("cancelled task finished", "cancelled task claimed"),
    "accepted files missing or damaged": ("file missing", "file damaged", "file deleted", "without files"),
}


@dataclass
class Tally:
    """What came of some seeds."""

    seeds: int = 0
    tasks: int = 0
    seconds: float = 0.0
    virtual: float = 0.0
    listeners_killed: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    killed_at: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    failing: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Take in what came of others."""
        self.seeds += other.seeds
        self.tasks += other.tasks
        self.seconds += other.seconds
        self.virtual += other.virtual
        self.listeners_killed += other.listeners_killed
        for name in ("changes", "faults", "killed_at", "violations"):
            getattr(self, name).update(getattr(other, name))
        self.failing += other.failing


def play(job: tuple[int, Size]) -> Tally:
    """One seed."""
    seed, size = job
    began = time.process_time()
    try:
        world = run(seed, size)
    except Exception as error:  # a crash of the code under test is a finding like any other
        return Tally(seeds=1, violations=Counter(["crashed"]), failing=[f"seed {seed}: {error}"])
    found = world.ledger
    return Tally(
        seeds=1,
        tasks=len(found.tasks),
        seconds=time.process_time() - began,
        virtual=world.scheduler.now,
        listeners_killed=world.kills,
        changes=found.counts,
        faults=world.plan.happened + Counter({"stopped and resumed": world.stops}),
        killed_at=world.plan.killed,
        violations=Counter(violation.what for violation in found.violations),
        failing=[f"{command(world)}\n    {found.violations[0]}"] if found.violations else [],
    )


def played(seeds: range, size: Size, jobs: int) -> Iterator[Tally]:
    """All of them, in some order."""
    work = ((seed, size) for seed in seeds)
    if jobs == 1:
        yield from map(play, work)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(play, work)


def report(total: Tally) -> None:
    """The figures."""
    print(f"\n{total.seeds} seeds, {total.tasks} tasks, {total.virtual / 3600:.1f} virtual hours")
    print(f"{total.seconds:.0f} s of processor, {1000 * total.seconds / max(1, total.tasks):.1f} ms a task")
    print(f"listeners that died and came back: {total.listeners_killed}")
    for title, counts in (
        ("faults", total.faults),
        ("killed at", total.killed_at),
        ("changes", total.changes),
    ):
        print(f"{title}:")
        for name, count in counts.most_common():
            print(f"  {count:>9}  {name}")
    print("promised to be 0:")
    known: set[str] = set()
    for promise, kinds in PROMISES.items():
        known.update(kinds)
        print(f"  {sum(total.violations[kind] for kind in kinds):>9}  {promise}")
    other = sum(count for kind, count in total.violations.items() if kind not in known)
    print(f"  {other:>9}  anything else that the checker minds")
    for failing in total.failing:
        print(failing)


def main() -> int:
    """1 if any promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # else a seed alone would not decide what happens
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.faults", *sys.argv[1:]])
    total = Tally()
    for tally in played(range(args.first, args.first + args.seeds), Size(tasks=args.tasks), args.jobs):
        total.add(tally)
        for failing in tally.failing:
            print(failing, flush=True)
        if total.seeds % EVERY == 0:
            broken = sum(total.violations.values())
            print(f"{total.seeds} seeds, {total.tasks} tasks, {broken} violations", flush=True)
    report(total)
    return 1 if total.violations else 0


if __name__ == "__main__":
    sys.exit(main())
