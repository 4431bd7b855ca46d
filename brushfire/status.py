"""`brushfire status`: what the queue and the workers are doing, and what the listeners' work has cost."""

import argparse
import json
import urllib.request
from datetime import UTC, datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter
from rich.console import Console
from rich.table import Table

from brushfire import __version__, running
from contract.task import Status, Worker
from listener.firebase import connect
from listener.settings import Settings

MOST_WORKERS = 50
# The meter's name for a listener: the product that it gives as user agent.
LISTENER = "brushfire-listener"
# A progress write is for the person who watches; it is counted apart from what the queue itself needs.
PROGRESS = "queue/*/live"


def run(args: argparse.Namespace) -> int:
    """Print it once, as tables or as one JSON object."""
    settings = Settings.from_environment(running.environment())
    firebase = connect(settings, f"brushfire-cli/{__version__}")
    status: dict[str, Any] = {
        "project": settings.project,
        "queue": _queue(firebase.db),
        "workers": _workers(firebase.db),
        "cost": _cost(firebase.db, settings.firestore_host) if settings.firestore_host else None,
    }
    firebase.close()
    if args.json:
        print(json.dumps(status))
    else:
        _show(status)
    return 0


def _queue(db: firestore.Client) -> dict[str, int]:
    """Tasks by status: one billed read each, however many there are up to a thousand."""
    tasks = db.collection("queue")
    return {
        status.value: _count(tasks.where(filter=FieldFilter("status", "==", status))) for status in Status
    }


def _workers(db: firestore.Client) -> list[dict[str, Any]]:
    """The workers that were seen last: one billed read each."""
    newest = db.collection("workers").order_by("last_seen", direction="DESCENDING").limit(MOST_WORKERS)
    now = datetime.now(UTC)
    found = []
    for document in newest.stream():
        worker = Worker.parse(document.to_dict(), "workers")
        silent = (now - worker.last_seen).total_seconds() if worker.last_seen else None
        found.append(
            {
                "worker": document.id,
                "state": worker.state.value,
                "task": worker.task,
                "device": worker.device,
                "renderers": worker.renderers,
                "seconds_since_seen": silent,
            }
        )
    return found


def _cost(db: firestore.Client, address: str) -> dict[str, Any] | None:
    """What the listeners were billed since the local Firebase counts, by its meter; None without one."""
    try:
        with urllib.request.urlopen(f"http://{address}/emulator/v1/meter", timeout=5) as answer:
            meter = json.load(answer)
    except OSError:
        return None
    since = datetime.fromisoformat(meter["since"])
    finished = _count(db.collection("queue").where(filter=FieldFilter("finished_at", ">=", since)))
    rows = [row for row in meter["rows"] if row["client"] == LISTENER]
    total = _sum(row for row in rows if row["collection"] != PROGRESS)
    return {
        "since": meter["since"],
        "finished_tasks": finished,
        "listeners": total,
        "progress": _sum(row for row in rows if row["collection"] == PROGRESS),
        "per_task": {name: round(count / finished, 2) for name, count in total.items()} if finished else None,
    }


def _count(query: Any) -> int:
    return int(query.count().get()[0][0].value)


def _sum(rows: Any) -> dict[str, int]:
    total = {"reads": 0, "writes": 0, "deletes": 0}
    for row in rows:
        for name in total:
            total[name] += row[name]
    return total


def _show(status: dict[str, Any]) -> None:
    console = Console()
    queue = Table("status", "tasks", title=f"queue of {status['project']}")
    for name, count in status["queue"].items():
        queue.add_row(name, str(count))
    console.print(queue)
    workers = Table("worker", "state", "task", "device", "renderers", "seen", title="workers")
    for worker in status["workers"]:
        silent = worker["seconds_since_seen"]
        seen = "never" if silent is None else f"{silent:.0f} s ago"
        shown = (worker["worker"], worker["state"], worker["task"] or "", worker["device"])
        workers.add_row(*shown, ", ".join(worker["renderers"]), seen)
    console.print(workers)
    if status["cost"] is not None:
        _show_cost(console, status["cost"])


def _show_cost(console: Console, cost: dict[str, Any]) -> None:
    title = (
        f"what listeners were billed since {cost['since'][:19]}Z, for {cost['finished_tasks']} finished tasks"
    )
    table = Table("", "reads", "writes", "deletes", title=title)
    for name, words in (
        ("listeners", "the queue"),
        ("progress", "progress"),
        ("per_task", "per finished task"),
    ):
        if cost[name] is not None:
            table.add_row(words, *(str(count) for count in cost[name].values()))
    console.print(table)
