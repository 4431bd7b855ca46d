"""Times how many decisions a second the project's rules take: python -m benchmarks.rules

Seconds are of this process alone, so that a busy machine doesn't count. The target is 5,000 decisions a
second: a local Firebase makes a few thousand commits, and its rules must not be what slows it down.
"""

import time
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from emulator.rules import Auth, Decision, Method, Query, Request, RuleSet
from emulator.rules.lists import All, Filter, Operator
from emulator.rules.values import Path, Timestamp

RULES: Final = FilePath(__file__).parents[1] / "firestore.rules"
TARGET: Final = 5_000
SECONDS: Final = 1.0
NOW: Final = Timestamp(1_760_000_000_000_000_000)
ROOT: Final = ("databases", "(default)", "documents")
TASK: Final = Path((*ROOT, "queue", "t1"))
ALICE: Final = Auth("alice", {"sub": "alice"})


def main() -> None:
    """Print one table."""
    ruleset = RuleSet.parse(RULES.read_text(encoding="utf-8"), RULES.name)
    table = Table("decision", "answer", "per second", title=f"{RULES.name}; the target is {TARGET:,}")
    for name, decide in _decisions(ruleset).items():
        table.add_row(name, "allowed" if decide().allowed else "denied", f"{_rate(decide):,.0f}")
    table.add_row("(the file, parsed and compiled)", "", f"{_rate(_parse):,.0f}")
    Console(width=100).print(table)


class Stored:
    """The owner's record, as the commit finds it and as it leaves it."""

    def before(self, path: Path) -> Any:
        return {
            "data": {
                "rank": Timestamp(0),
                "last_task": "t0",
                "waiting": ["t0"],
                "day": Timestamp(0),
                "today": 1,
            }
        }

    def after(self, path: Path) -> Any:
        return {
            "data": {"rank": NOW, "last_task": "t1", "waiting": ["t0", "t1"], "day": Timestamp(0), "today": 2}
        }


def _decisions(ruleset: RuleSet) -> dict[str, Callable[[], Decision]]:
    data = {
        "uid": "alice",
        "prompt": "a lighthouse at dawn",
        "renderer": "diffusion",
        "params": {"steps": 20},
        "public": False,
        "status": "queued",
        "created_at": NOW,
        "rank": NOW,
        "cancel_requested": False,
    }
    stored = Stored()
    create = Request(Method.CREATE, TASK, ALICE, NOW, None, {"data": data})
    after = {"data": {**data, "cancel_requested": True}}
    cancel = Request(Method.UPDATE, TASK, ALICE, NOW, {"data": data}, after)
    read = Request(Method.GET, TASK, ALICE, NOW, {"data": data})
    stranger = Request(Method.GET, TASK, Auth("bob", {}), NOW, {"data": data})
    mine = Query(ROOT, "queue", where=All((Filter(("uid",), Operator.EQUAL, "alice"),)), limit=24)
    return {
        "create a task, with its lookups": lambda: ruleset.decide(create, stored),
        "cancel a task": lambda: ruleset.decide(cancel, stored),
        "read one's own task": lambda: ruleset.decide(read, stored),
        "read another's task": lambda: ruleset.decide(stranger, stored),
        "list one's own tasks": lambda: ruleset.decide_list(mine, ALICE, NOW, stored),
    }


def _parse() -> RuleSet:
    return RuleSet.parse(RULES.read_text(encoding="utf-8"), RULES.name)


def _rate(work: Callable[[], object]) -> float:
    """Calls a second of processor time."""
    calls, start = 0, time.process_time()
    while (spent := time.process_time() - start) < SECONDS:
        work()
        calls += 1
    return calls / spent


if __name__ == "__main__":
    main()
