"""Who asks for pictures in a simulation, and calls some of them off."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from contract.errors import InvalidTask, Unreachable
from contract.task import NewTask, Status
from listener.task_queue import TaskQueue
from tests.faults.virtual import Process, Scheduler


class People:
    """Each with some of the tasks, submitted one after the other."""

    def __init__(self, scheduler: Scheduler, chance: random.Random, tasks: int, seconds: float) -> None:
        """`seconds` is the time over which the tasks are submitted."""
        self.submitted: set[str] = set()
        # Those of which the queue has said that they are cancelled.
        self.called_off: set[str] = set()
        self._scheduler = scheduler
        self._chance = chance
        self._tasks = tasks
        self._seconds = seconds

    def start(self, process: Process, queue: TaskQueue) -> None:
        """Let them ask, each in a thread of that process."""
        people = max(1, self._tasks // 10)
        for person in range(people):
            self._scheduler.spawn(process, f"person {person}", partial(self._ask, queue, person, people))

    def _ask(self, queue: TaskQueue, person: int, people: int) -> None:
        chance = random.Random(self._chance.random())
        for number in range(person, self._tasks, people):
            self._scheduler.park(chance.uniform(0, self._seconds * people / self._tasks))
            id = f"t{number:03}"
            steps = chance.choice([1, 3, 6, 12, 30])
            new = NewTask(
                uid=f"person{person}",
                prompt=f"picture {id}",
                renderer="pixeldraw",
                params={"iterations": steps},
            )
            self._insist(partial(queue.submit, new, id))
            self.submitted.add(id)
            if chance.random() < 0.15:
                self._scheduler.park(chance.expovariate(0.1))
                if self._insist(partial(queue.cancel, id)) is Status.CANCELLED:
                    self.called_off.add(id)

    def _insist(self, say: Callable[[], Any]) -> Any:
        while True:
            try:
                return say()
            except (Unreachable, InvalidTask):
                self._scheduler.park(2.0)
