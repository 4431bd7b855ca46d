"""What the queue costs with Google: billed operations of a task, and dollars.

The operations are measured (docs/queue.md). The prices are Google's list prices of a multi-region (nam5,
eur3) as they were known when this was written; nobody looked them up since. docs/cost.md shows the sum.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

# Of a finished task, at most, by 1 to 20 listeners with much or little to do: its creation, claim and end,
# and what they read to find it.
PER_TASK: Mapping[str, float] = {"reads": 3.8, "writes": 3.1, "deletes": 0.0}
# While a task is drawn its progress is written, at most once a second.
PROGRESS_WRITES_A_SECOND = 1.0
FREE_A_DAY: Mapping[str, int] = {"reads": 50_000, "writes": 20_000, "deletes": 20_000}
DOLLARS: Mapping[str, float] = {"reads": 0.06e-5, "writes": 0.18e-5, "deletes": 0.02e-5}


@dataclass(frozen=True)
class Estimate:
    """Billed operations of so many tasks, and what they cost beyond what is free."""

    reads: float
    writes: float
    deletes: float

    @property
    def dollars(self) -> float:
        """Without anything free."""
        return sum((count * DOLLARS[name] for name, count in asdict(self).items()), 0.0)

    def dollars_of_a_day(self) -> float:
        """If all of it falls into one day, of which the first operations are free."""
        beyond = {name: max(0.0, count - FREE_A_DAY[name]) for name, count in asdict(self).items()}
        return Estimate(**beyond).dollars


def of_tasks(tasks: float, seconds_each: float) -> Estimate:
    """What the listeners are billed for so many finished tasks that take so many seconds each."""
    progress = tasks * seconds_each * PROGRESS_WRITES_A_SECOND
    return Estimate(
        tasks * PER_TASK["reads"], tasks * PER_TASK["writes"] + progress, tasks * PER_TASK["deletes"]
    )
