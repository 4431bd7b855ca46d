"""How `brushfire status` looks in a terminal."""

import time
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from brushfire.status_reads import Reads
from brushfire.status_sums import SILENT_SECONDS

COLOURS = {
    "queued": "cyan",
    "scheduled": "yellow",
    "running": "blue",
    "done": "green",
    "failed": "red",
    "rejected": "magenta",
}
STATES = {"rendering": "blue", "idle": "green", "draining": "yellow", "broken": "red"}


def view(status: dict[str, Any], reads: Reads) -> RenderableType:
    """The queue, the workers, the last errors, the cost, and what looking at them costs."""
    parts: list[RenderableType] = [_queue(status), _pace(status), _workers(status["workers"])]
    if status["errors"]:
        parts.append(_errors(status["errors"]))
    if status["cost"] is not None:
        parts.append(_cost(status["cost"]))
    if reads.since is not None:
        a_minute = reads.count / max(1.0, (time.monotonic() - reads.since) / 60)
        told = f"this view has read {reads.count} documents, {a_minute:.0f} a minute; Ctrl-C ends it"
        parts.append(Text(told, style="dim"))
    return Group(*parts)


def _queue(status: dict[str, Any]) -> Table:
    table = Table(title=f"queue of {status['project']}")
    for name in status["queue"]:
        table.add_column(name, justify="right", style=COLOURS.get(name))
    table.add_row(*(str(count) for count in status["queue"].values()))
    return table


def _pace(status: dict[str, Any]) -> Text:
    """How fast tasks end, and how long the line takes at that."""
    left = status["seconds_to_empty"]
    told = f"{status['ended_last_hour']} ended in the last hour"
    if left is not None and status["queue"]["queued"]:
        told += f"; the line is empty in about {_duration(left)}"
    return Text(told)


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _workers(workers: list[dict[str, Any]]) -> Table:
    table = Table("worker", "state", "device", "seconds a task", "seen", "note", title="workers")
    for worker in workers:
        silent = worker["seconds_since_seen"]
        gone = silent is None or (silent > SILENT_SECONDS and worker["state"] != "stopped")
        state = Text("silent" if gone else worker["state"], style="red" if gone else "")
        if not gone:
            state.stylize(STATES.get(worker["state"], "dim"))
        speeds = ", ".join(f"{kind} {took:.3g}" for kind, took in sorted(worker["seconds_a_task"].items()))
        notes = [worker["note"]] if worker["note"] else []
        notes += [f"lacks {', '.join(worker['lacks'])}"] if worker["lacks"] else []
        seen = "never" if silent is None else f"{silent:.0f} s ago"
        # What others wrote is text here, never markup.
        cells = (worker["worker"], state, worker["device"], speeds, seen, "; ".join(notes))
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))
    return table


def _errors(errors: list[dict[str, Any]]) -> Table:
    table = Table("at", "task", "renderer", "error", title="failed last")
    for error in errors:
        at = error["finished_at"]
        shown = datetime.fromisoformat(at).astimezone().strftime("%d %b %H:%M:%S") if at else ""
        cells = (shown, error["task"], error["renderer"], f"{error['code']}: {error['message']}")
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _cost(cost: dict[str, Any]) -> Group:
    title = (
        f"what listeners were billed since {cost['since'][:19]}Z, for {cost['finished_tasks']} finished tasks"
    )
    if cost["estimated"]:
        title = (
            f"estimated from {cost['finished_tasks']} tasks that ended in 24 hours: "
            f"${cost['dollars']:.2f} beyond what is free (see docs/cost.md)"
        )
    table = Table("", "reads", "writes", "deletes")
    named = (("listeners", "the queue"), ("progress", "progress"), ("per_task", "per finished task"))
    for name, words in named:
        if cost[name] is not None:
            table.add_row(words, *(str(count) for count in cost[name].values()))
    return Group(Text(title), table)
