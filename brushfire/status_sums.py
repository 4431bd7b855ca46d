"""What `brushfire status` works out from what it has read."""

from typing import Any

from brushfire import prices

# A worker that is well says something at least every four minutes.
SILENT_SECONDS = 600.0


def priced(cost: dict[str, Any] | None, workers: list[dict[str, Any]]) -> dict[str, Any] | None:
    """An estimate with its operations and dollars, by the workers' speeds; what was metered stays."""
    if cost is None or not cost["estimated"]:
        return cost
    tasks, seconds = cost["finished_tasks"], _seconds_a_task(workers) or 0.0
    whole = prices.of_tasks(tasks, seconds)
    progress = round(tasks * seconds * prices.PROGRESS_WRITES_A_SECOND)
    return cost | {
        "listeners": {
            "reads": round(whole.reads),
            "writes": round(whole.writes) - progress,
            "deletes": round(whole.deletes),
        },
        "progress": {"reads": 0, "writes": progress, "deletes": 0},
        "per_task": dict(prices.PER_TASK) if tasks else None,
        "dollars": round(whole.dollars_of_a_day(), 4),
    }


def _seconds_a_task(workers: list[dict[str, Any]]) -> float | None:
    """The mean of what the workers measured; None if none has finished anything."""
    measured = [seconds for worker in workers for seconds in worker["seconds_a_task"].values()]
    return sum(measured) / len(measured) if measured else None


def seconds_to_empty(queued: int, workers: list[dict[str, Any]]) -> float | None:
    """How long the line takes at this pace; None if there is nobody to say how long one task takes."""
    live = [worker for worker in workers if is_live(worker)]
    a_task = _seconds_a_task(live)
    return None if a_task is None else round(queued * a_task / len(live), 1)


def is_live(worker: dict[str, Any]) -> bool:
    """Whether it takes tasks, as far as is known."""
    silent = worker["seconds_since_seen"]
    return silent is not None and silent <= SILENT_SECONDS and worker["state"] not in ("stopped", "broken")
