"""Runs one seed, and says what came of it: `python -m tests.faults SEED --tasks N`."""

import argparse
import sys
import time

from tests.faults.world import Size, run


def main() -> int:
    """1 if the checker holds anything against the run."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--tasks", type=int, default=Size.tasks)
    parser.add_argument("--machines", type=int, default=Size.machines)
    parser.add_argument("--troubled", type=float, default=Size.troubled)
    args = parser.parse_args()
    began = time.process_time()
    world = run(args.seed, Size(args.tasks, args.machines, args.troubled))
    used = time.process_time() - began
    say(f"{world.scheduler.now:.0f} virtual s in {used:.2f} s of processor, {world.scheduler.turns} turns")
    for title, counts in (
        ("changes of tasks", world.ledger.counts),
        ("faults", world.plan.happened),
        ("killed at", world.plan.killed),
        ("steps", world.plan.labels),
    ):
        say(f"{title}: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    for violation in world.ledger.violations:
        say(f"VIOLATED  {violation}")
    return 1 if world.ledger.violations else 0


def say(text: str) -> None:
    """One line."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
