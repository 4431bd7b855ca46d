"""Everything at once, from a seed: lost answers, workers that die, come back as zombies, leave, and fail.

Afterwards the books must balance: no task is lost, none has two results, and no zombie was listened to.
"""

import random
import threading
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contract.errors import LostClaim, OutOfMemory
from contract.task import Progress, Status
from listener.firebase import connect
from listener.holding import HeldTask
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener import faults
from tests.listener.conftest import Submit
from tests.listener.factories import a_result, take
from tests.listener.faults import BadLine
from tests.listener.running import eventually

pytestmark = pytest.mark.slow

TASKS = 40
WORKERS = 4


class Books:
    """What the workers believe they did."""

    def __init__(self) -> None:
        self.accepted: defaultdict[str, list[int]] = defaultdict(list)
        self.zombies: list[tuple[TaskQueue, HeldTask]] = []
        self.listened_to: list[str] = []
        self.settled = threading.Event()


def work(queue: TaskQueue, line: BadLine, chance: random.Random, books: Books) -> None:
    """Claim and do anything that a worker may do, until all is settled."""
    while not books.settled.wait(0.01):
        if chance.random() < 0.3:
            line.lose = 1
        queue.reap()
        queue.promote()
        held = take(queue)
        if held is None:
            continue
        try:
            queue.show(held, Progress(epoch=held.claim.epoch, step=1, steps=2))
            fate = chance.choices(["finish", "die", "release", "fail", "renew"], [6, 1, 1, 1, 1])[0]
            if fate == "die":
                books.zombies.append((queue, held))
            elif fate == "release":
                queue.release(held)
            elif fate == "fail":
                queue.fail(held, OutOfMemory("full"))
            else:
                queue.renew(held)
                queue.finish(held, a_result(seed=held.claim.epoch))
                books.accepted[held.id].append(held.claim.epoch)
        except LostClaim:
            continue


def rise_again(books: Books) -> None:
    """Each dead worker comes back after its lease and tries to finish what is no longer its own."""
    for queue, held in books.zombies:
        try:
            queue.show(held, Progress(epoch=held.claim.epoch, step=2, steps=2))
            queue.finish(held, a_result(seed=held.claim.epoch))
        except LostClaim:
            continue
        books.listened_to.append(held.id)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_books_balance(
    seed: int, settings: Settings, submit: Submit, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [submit(uid=f"u{number}") for number in range(TASKS)]
    books, line = Books(), faults.put_on(monkeypatch)
    connections = [connect(replace(settings, worker=f"w{number}")) for number in range(WORKERS)]
    queues = [
        TaskQueue(connection.db, f"w{number}", lease_seconds=2.0, retry_seconds=0.2, tell=lambda event: None)
        for number, connection in enumerate(connections)
    ]
    for queue in queues:
        queue.clock._offset += random.Random(seed).uniform(-3600, 3600)
    threads = [
        threading.Thread(target=work, args=(queue, line, random.Random(f"{seed} {number}"), books))
        for number, queue in enumerate(queues)
    ]
    for thread in threads:
        thread.start()
    eventually(lambda: settled(db), 60, every=0.3)
    books.settled.set()
    for thread in threads:
        thread.join()
    rise_again(books)

    tasks = {document.id: document.to_dict() for document in db.collection("queue").get()}
    assert set(tasks) == set(ids)
    statuses = Counter(task["status"] for task in tasks.values())
    assert set(statuses) <= {"done", "failed"}
    assert statuses["done"] > TASKS // 2
    assert books.zombies
    assert books.listened_to == []
    for id, task in tasks.items():
        results = books.accepted[id]
        assert len(results) == (1 if task["status"] == "done" else 0), (id, task)
        if results:
            assert task["result"]["seed"] == task["claim"]["epoch"] == results[0]
        else:
            assert task["attempt"] == task["max_attempts"]
        assert task["attempt"] <= min(task["max_attempts"], task["claim"]["epoch"])
        lease = task["claim"]["lease_until"] - task["claim"]["at"]
        assert timedelta(seconds=1.9) < lease < timedelta(seconds=30)
    for connection in connections:
        connection.close()


def settled(db: Any) -> bool:
    """Whether nothing more will happen."""
    documents = db.collection("queue").select(["status"]).get()
    return all(Status(document.get("status")).finished for document in documents)
