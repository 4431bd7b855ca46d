"""Listeners for `benchmarks.queue`: some in this process, each with a connection of its own.

They are what a listener is but for the renderer, which sleeps: the real queue, wake-ups, presence and
housekeeping. With `--naive` they are what most would write first: all watch the whole line, and claim in a
transaction. Each task that is claimed and each that is done is told as a line of JSON; they stop when
standard input closes.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import threading
import time
from typing import Any

from google.cloud import firestore

from benchmarks.queue_trace import Trace
from contract.events import Claimed, Event
from contract.task import Result, StoredFile, WorkerState
from listener.bell import Bell
from listener.firebase import connect
from listener.housekeeping import Housekeeping
from listener.order import Ask
from listener.presence import Presence
from listener.settings import Settings
from listener.task_queue import TaskQueue
from listener.wakeups import Cancellations

POLL_SECONDS = 60.0
FILE = StoredFile(path="results/t/1/image.png", url="http://127.0.0.1/image.png")
_telling = threading.Lock()


def tell(**fields: Any) -> None:
    """One line for the benchmark to read."""
    with _telling:
        print(json.dumps({**fields, "at": time.time()}), flush=True)


class Fleet:
    """What the listeners of this process share."""

    def __init__(self, seconds: float, at_most: int) -> None:
        self.seconds = seconds
        self.at_most = at_most
        self.leaving = threading.Event()

    def ring_at_end(self, bell: Bell) -> None:
        """Wake a sleeping listener when it is to leave."""
        self.leaving.wait()
        bell.ring()

    def render(self) -> float:
        """Take the time of a render, ±30 %; returns it."""
        seconds = self.seconds * random.uniform(0.7, 1.3)
        if seconds:
            time.sleep(seconds)
        return seconds


def listen(fleet: Fleet, name: str) -> None:
    """One real listener."""
    firebase = connect(Settings.from_environment())

    def on_event(event: Event) -> None:
        if isinstance(event, Claimed) and event.worker == name:
            tell(claimed=event.task, worker=name)

    queue = TaskQueue(firebase.db, name, tell=on_event)
    bell = Bell(queue, lambda: Ask((), fleet.at_most), POLL_SECONDS)
    housekeeping = Housekeeping(queue, POLL_SECONDS, bell.desk)
    cancellations = Cancellations(firebase.db, name)
    presence = Presence(firebase.db, name, "cpu", ["pixeldraw"], queue.speeds.table)
    presence.start()
    cancellations.start()
    housekeeping.start()
    threading.Thread(target=fleet.ring_at_end, args=(bell,), daemon=True).start()
    while not fleet.leaving.is_set():
        presence.now(WorkerState.IDLE)
        held = bell.wait()
        while held:
            seconds = fleet.render()
            claimed = []
            for number, task in enumerate(held, 1):
                ask = bell.then_claim if number == len(held) else None
                claimed += queue.finish(task, a_result(seconds), ask)
                tell(done=task.id)
            held = claimed
    tell(left=name, tried=queue.claims.reach.tried, lost=queue.claims.reach.lost)
    bell.stop(wait=True)
    housekeeping.stop()
    cancellations.stop()
    presence.stop()
    firebase.close()


def listen_naively(fleet: Fleet, name: str) -> None:
    """One listener as most would write it first."""
    firebase = connect(Settings.from_environment())
    line: list[Any] = []
    latest: list[Any] = []
    news = threading.Condition()

    def saw(documents: Any, changes: Any, at: Any) -> None:
        with news:
            line[:] = latest[:] = list(documents)
            news.notify()

    queued = firebase.db.collection("queue").where(filter=firestore.FieldFilter("status", "==", "queued"))
    watch = queued.order_by("rank").on_snapshot(saw)
    tried = lost = 0
    while not fleet.leaving.is_set():
        with news:
            news.wait_for(lambda: line or fleet.leaving.is_set(), timeout=0.5)
            if not line:
                line[:] = latest  # after a claim that failed, the task may still be there
            reference = line.pop(0).reference if line else None
        if reference is None:
            continue
        tried += 1
        try:
            won = _claim_naively(firebase.db.transaction(), reference, name)
        except Exception:  # contention, as often as the library tried
            won = False
        if not won:
            lost += 1
            continue
        tell(claimed=reference.id, worker=name)
        fleet.render()
        reference.update({"status": "done", "finished_at": firestore.SERVER_TIMESTAMP})
        tell(done=reference.id)
    tell(left=name, tried=tried, lost=lost)
    watch.unsubscribe()
    firebase.close()


@firestore.transactional  # type: ignore[untyped-decorator]  # the library ships no types
def _claim_naively(transaction: Any, reference: Any, name: str) -> bool:
    if reference.get(transaction=transaction).get("status") != "queued":
        return False
    transaction.update(reference, {"status": "running", "claim": {"worker": name}})
    return True


def a_result(seconds: float) -> Result:
    """What a render would have given."""
    return Result(images=[FILE], thumbnail=FILE, width=8, height=8, seed=1, seconds=seconds)


def main() -> None:
    """Listen until standard input closes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queue_fleet")
    parser.add_argument("--names", nargs="+", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--at-most", type=int, default=1)
    parser.add_argument("--naive", action="store_true")
    parser.add_argument("--trace", action="store_true")
    args = parser.parse_args()
    logging.getLogger("brushfire").addHandler(logging.NullHandler())
    fleet = Fleet(args.seconds, args.at_most)
    trace = Trace() if args.trace else None
    work = listen_naively if args.naive else listen
    threads = [threading.Thread(target=work, args=(fleet, name)) for name in args.names]
    for thread in threads:
        thread.start()
    for line in sys.stdin:
        # The measurement begins, or ends.
        counts = trace.take() if trace else {}
        if line == "end\n":
            tell(traced=counts)
    fleet.leaving.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
