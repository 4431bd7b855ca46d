"""Real processes under SIGKILL: a local Firebase and listeners, one of which is killed every few seconds."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from contract.errors import Unreachable
from contract.task import NewTask
from listener.firebase import Firebase, connect
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.faults.cluster import Cluster, Soak
from tests.faults.ledger import FINISHED, Ledger
from tests.faults.whole import wrong_with
from tests.faults.witnessed import witnessed

T = TypeVar("T")


@dataclass
class Outcome:
    """What came of it."""

    seconds: float = 0.0
    kills: list[tuple[float, str]] = field(default_factory=list)
    ledger: Ledger | None = None
    # From each kill of a listener until the tasks that it held were finished, in seconds.
    delays: list[float] = field(default_factory=list)


def soak(size: Soak, folder: Path, say: Callable[[str], None] = lambda line: None) -> Outcome:
    """Submit, kill until all is finished, and check the books."""
    cluster = Cluster(size, folder)
    try:
        outcome = _run(size, cluster, say)
        cluster.stop_listeners()
        files = _files(cluster)
    finally:
        cluster.stop()
    outcome.ledger = _books(cluster, size, files)
    outcome.delays = _delays(outcome)
    return outcome


def _run(size: Soak, cluster: Cluster, say: Callable[[str], None]) -> Outcome:
    chance, outcome = random.Random(size.seed), Outcome()
    client = _client(cluster)
    queue = TaskQueue(client.db, tell=lambda event: None)
    for number in range(size.tasks):
        new = NewTask(
            uid=f"u{number % 20}", prompt=f"picture t{number}", renderer="pixeldraw", params={"iterations": 3}
        )
        _insist(lambda new=new, number=number: queue.submit(new, f"t{number}"))  # type: ignore[misc]
    began = time.monotonic()
    deadline, due = began + size.patience, began + size.every
    while (left := _insist(lambda: _unfinished(client, size.tasks))) and time.monotonic() < deadline:
        if size.every and time.monotonic() >= due:
            victim = chance.choice(cluster.names)
            outcome.kills.append((time.time(), victim))
            cluster.kill(victim)
            say(f"{time.monotonic() - began:6.1f} s  killed {victim}; {left} tasks left")
            due = time.monotonic() + size.every
        time.sleep(0.2)
    outcome.seconds = time.monotonic() - began
    client.close()
    return outcome


def _client(cluster: Cluster) -> Firebase:
    return connect(Settings.from_environment(cluster.environment()), "owner/1")


def _insist(ask: Callable[[], T]) -> T:
    while True:
        try:
            return ask()
        except Unreachable:
            time.sleep(0.2)


def _unfinished(client: Firebase, tasks: int) -> int:
    """Tasks that aren't over, by one look at all of them."""
    try:
        found = client.db.collection("queue").select(["status"]).get(timeout=10)
    except Exception as error:  # whatever a server that was just killed brings about
        raise Unreachable(str(error)) from error
    return tasks - sum(document.get("status") in FINISHED for document in found)


def _files(cluster: Cluster) -> dict[str, tuple[str, bytes]]:
    client = _client(cluster)
    try:
        blobs = client.bucket.list_blobs(prefix="results/")
        return {str(blob.name): (str(blob.md5_hash), blob.download_as_bytes()) for blob in blobs}
    finally:
        client.close()


def _books(cluster: Cluster, size: Soak, files: dict[str, tuple[str, bytes]]) -> Ledger:
    at = 0.0
    ledger = Ledger(lambda: at, {"owner"})
    ledger.files = files
    for change, caller, micros in witnessed(cluster.data):
        at = micros / 1e6
        ledger.record([change], caller, micros)
    ledger.close({f"t{number}" for number in range(size.tasks)}, set(), wrong_with)
    return ledger


def _delays(outcome: Outcome) -> list[float]:
    """For each task that a listener held when it was killed: from then until it was finished."""
    assert outcome.ledger is not None
    delays = []
    for at, victim in outcome.kills:
        for known in outcome.ledger.tasks.values():
            held = [
                claim
                for claim in known.claims
                if str(claim["worker"]).startswith(f"{victim}.") and claim["at"] <= at
            ]
            last: Any = max(held, key=lambda claim: claim["at"], default=None)
            later = [claim for claim in known.claims if last is not None and claim["at"] > last["at"]]
            over = known.finished is not None and known.finished <= at
            if last is not None and not over and not (later and later[0]["at"] <= at):
                delays.append((known.finished or at) - at)
    return delays
