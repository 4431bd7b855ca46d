"""Real processes under SIGKILL: `python -m benchmarks.soak [--tasks 500] [--listeners 4] [--every 2]`.

The same tasks twice: once in peace, once with one process, the local Firebase among them, killed at each
interval and started again. Both are judged by the checker of tests/faults; the difference in time, divided by
the kills, is what a kill costs the whole, and the delays are what it costs the tasks in hand.
"""

import argparse
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.faults.cluster import FIREBASE, Soak
from tests.faults.soak import Outcome, soak


def main() -> int:
    """1 if the checker minds anything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--tasks", type=int, default=Soak.tasks)
    parser.add_argument("--listeners", type=int, default=Soak.listeners)
    parser.add_argument("--every", type=float, default=Soak.every)
    parser.add_argument("--seed", type=int, default=Soak.seed)
    args = parser.parse_args()
    size = Soak(tasks=args.tasks, listeners=args.listeners, every=args.every, seed=args.seed)
    peace = played(replace(size, every=0.0))
    war = played(size)
    kills = len(war.kills)
    of_firebase = sum(name == FIREBASE for _, name in war.kills)
    print(f"\nin peace {peace.seconds:8.1f} s")
    print(f"with {kills} kills, {of_firebase} of them of the local Firebase {war.seconds:8.1f} s")
    print(f"lost to each kill {(war.seconds - peace.seconds) / max(1, kills):8.2f} s")
    if war.delays:
        middle, worst = statistics.median(war.delays), max(war.delays)
        print(
            f"a task that a killed listener held ended {middle:.1f} s later (median), {worst:.1f} s at most"
        )
    broken = 0
    for name, outcome in (("in peace", peace), ("under kills", war)):
        assert outcome.ledger is not None
        broken += len(outcome.ledger.violations)
        print(f"{name}: {len(outcome.ledger.tasks)} tasks, {len(outcome.ledger.violations)} violations")
        print("   ", ", ".join(f"{what} {count}" for what, count in outcome.ledger.counts.most_common()))
        for violation in outcome.ledger.violations:
            print(f"    VIOLATED {violation}")
    return 1 if broken else 0


def played(size: Soak) -> Outcome:
    """One run in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="brushfire-soak-") as folder:
        return soak(size, Path(folder), lambda line: print(line, flush=True))


if __name__ == "__main__":
    sys.exit(main())
