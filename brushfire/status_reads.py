"""What `brushfire status` reads, and how many documents that is billed as."""

import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from brushfire.status_sums import priced, seconds_to_empty
from contract.errors import InvalidTask
from contract.task import Failure, Status, Worker
from listener.edge import PATIENCE, server_errors

MOST_WORKERS = 50
MOST_ERRORS = 5
# A worker that was silent for longer has nothing to say of now.
FORGOTTEN = timedelta(days=1)
HOUR = timedelta(hours=1)
# What changes from moment to moment; the others only grow.
MOVING = (Status.QUEUED, Status.SCHEDULED, Status.RUNNING)
# The meter's name for a listener: the product that it gives as user agent.
LISTENER = "brushfire-listener"
# A progress write is for the person who watches; it is counted apart from what the queue itself needs.
PROGRESS = "queue/*/live"


@dataclass(frozen=True)
class Reads:
    """How many documents were read for what is shown, and since when (monotonic), while it is followed."""

    count: int = 0
    since: float | None = None


class Reader:
    """Reads a site's state. Everything raises `Unreachable` while Firestore doesn't answer."""

    def __init__(self, db: firestore.Client, project: str, emulator: str | None) -> None:
        self.count = 0
        self._db = db
        self._project = project
        self._emulator = emulator
        self._lock = threading.Lock()

    def all(self) -> dict[str, Any]:
        """Everything: about one read a status, a worker, and a recent error."""
        # All at once: a real project answers each of them after a while, and the sum would be a second.
        with server_errors(), ThreadPoolExecutor(max_workers=len(Status) + 4) as at_once:
            queue = {status.value: at_once.submit(self._tasks, status) for status in Status}
            workers, errors = at_once.submit(self._workers), at_once.submit(self._errors)
            ended = at_once.submit(self._ended_since, datetime.now(UTC) - HOUR)
            cost = at_once.submit(self._cost if self._emulator else self._estimate)
            status: dict[str, Any] = {
                "project": self._project,
                "queue": {name: count.result() for name, count in queue.items()},
                "workers": workers.result(),
                "errors": errors.result(),
                "ended_last_hour": ended.result(),
            }
            status["seconds_to_empty"] = seconds_to_empty(status["queue"]["queued"], status["workers"])
            status["cost"] = priced(cost.result(), status["workers"])
            return status

    def refresh(self, status: dict[str, Any]) -> None:
        """Only the counts of what moves: three reads."""
        with server_errors(), ThreadPoolExecutor(max_workers=len(MOVING)) as at_once:
            counts = {moving.value: at_once.submit(self._tasks, moving) for moving in MOVING}
            status["queue"] |= {name: count.result() for name, count in counts.items()}
        now = datetime.now(UTC)
        status["seconds_to_empty"] = seconds_to_empty(status["queue"]["queued"], status["workers"])
        for worker in status["workers"]:
            worker["seconds_since_seen"] = _silent(worker["last_seen"], now)

    def _tasks(self, status: Status) -> int:
        """Tasks of a status: one billed read, however many there are up to a thousand."""
        return self._counted(self._db.collection("queue").where(filter=FieldFilter("status", "==", status)))

    def _counted(self, query: Any) -> int:
        number = int(query.count().get(**PATIENCE)[0][0].value)
        self._read_so_many(-(-number // 1000))
        return number

    def _read_so_many(self, documents: int) -> None:
        with self._lock:
            self.count += max(1, documents)

    def _ended_since(self, since: datetime) -> int:
        """Tasks that ended, however they did."""
        return self._counted(
            self._db.collection("queue").where(filter=FieldFilter("finished_at", ">=", since))
        )

    def _workers(self) -> list[dict[str, Any]]:
        """The workers that were seen last: one billed read each."""
        now = datetime.now(UTC)
        recent = self._db.collection("workers").where(filter=FieldFilter("last_seen", ">=", now - FORGOTTEN))
        newest = recent.order_by("last_seen", direction="DESCENDING").limit(MOST_WORKERS)
        return [found for document in self._read(newest) if (found := _worker(document, now)) is not None]

    def _errors(self) -> list[dict[str, Any]]:
        """The tasks that failed last: one billed read each."""
        failed = self._db.collection("queue").where(filter=FieldFilter("status", "==", Status.FAILED))
        last = failed.order_by("finished_at", direction="DESCENDING").limit(MOST_ERRORS)
        found = []
        for document in self._read(last):
            fields = document.to_dict()
            error = fields.get("error")
            if isinstance(error, dict):
                failure = Failure.parse(error, "error")
                found.append(
                    {
                        "task": document.id,
                        "renderer": str(fields.get("renderer")),
                        "finished_at": _text(fields.get("finished_at")),
                        "code": failure.code,
                        "message": failure.message,
                    }
                )
        return found

    def _read(self, query: Any) -> list[Any]:
        documents = list(query.stream(**PATIENCE))
        self._read_so_many(len(documents))
        return documents

    def _cost(self) -> dict[str, Any] | None:
        """What the listeners were billed since the local Firebase counts, by its meter; None without one."""
        try:
            with urllib.request.urlopen(f"http://{self._emulator}/emulator/v1/meter", timeout=5) as answer:
                meter = json.load(answer)
        except OSError:
            return None
        since = datetime.fromisoformat(meter["since"])
        finished = self._ended_since(since)
        rows = [row for row in meter["rows"] if row["client"] == LISTENER]
        total = _sum(row for row in rows if row["collection"] != PROGRESS)
        per_task = {name: round(count / finished, 2) for name, count in total.items()} if finished else None
        return {
            "estimated": False,
            "since": meter["since"],
            "finished_tasks": finished,
            "listeners": total,
            "progress": _sum(row for row in rows if row["collection"] == PROGRESS),
            "per_task": per_task,
        }

    def _estimate(self) -> dict[str, Any]:
        """Nobody meters a real project for us: the tasks of a day are counted, and the rest is worked out."""
        since = datetime.now(UTC) - timedelta(days=1)
        return {"estimated": True, "since": since.isoformat(), "finished_tasks": self._ended_since(since)}


def _worker(document: Any, now: datetime) -> dict[str, Any] | None:
    try:
        worker = Worker.parse(document.to_dict(), "workers")
    except InvalidTask:
        return None  # a listener of another release
    return {
        "worker": document.id,
        "state": worker.state.value,
        "task": worker.task,
        "device": worker.device,
        "renderers": worker.renderers,
        "seconds_a_task": worker.seconds,
        "note": worker.note,
        "lacks": worker.lacks,
        "last_seen": _text(worker.last_seen),
        "seconds_since_seen": _silent(_text(worker.last_seen), now),
    }


def _silent(last_seen: str | None, now: datetime) -> float | None:
    return None if last_seen is None else (now - datetime.fromisoformat(last_seen)).total_seconds()


def _text(at: Any) -> str | None:
    return str(at.isoformat()) if isinstance(at, datetime) else None


def _sum(rows: Any) -> dict[str, int]:
    total = {"reads": 0, "writes": 0, "deletes": 0}
    for row in rows:
        for name in total:
            total[name] += row[name]
    return total
