"""The worker: claim → render → upload → finish, one task after another, until it is told to leave.

It never touches the database: what becomes of a task is said to the queue, in the words of `TaskQueue`.
"""

import logging
import random
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import renderers
from contract.errors import (
    Cancelled,
    Draining,
    LostClaim,
    SetupError,
    TaskError,
    Unexpected,
    Unreachable,
)
from contract.events import Lost
from contract.task import Result, Task, WorkerState
from listener.holding import HeldTask
from listener.housekeeping import Housekeeping
from listener.logs import log, log_event
from listener.presence import Presence
from listener.results import recipe_of, upload_result
from listener.seeds import seed_number
from listener.storage import ResultStore
from listener.task_queue import TaskQueue
from listener.video import Film
from listener.wakeups import Bell, Cancellations
from listener.watch import Orders, TaskWatch
from renderers.base import Job, Weights

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


class Shelf:
    """Renderers that are set up, each on its first task, and kept."""

    def __init__(self, device: str, models: Weights, names: tuple[str, ...]) -> None:
        self.names = names
        self._device = device
        self._models = models
        self._ready: dict[str, Any] = {}
        self._all = frozenset(renderers.known())

    def get(self, name: str) -> Any:
        """A renderer with its weights loaded. Raises `SetupError` for one that can't run here."""
        if name not in self._ready:
            began = time.monotonic()
            renderer = renderers.load(name)
            renderer.setup(self._device, self._models)
            self._ready[name] = renderer
            log("renderer_ready", renderer=name, seconds=round(time.monotonic() - began, 1))
        return self._ready[name]

    def served(self) -> tuple[str, ...]:
        """The renderers to ask the queue for; none are named if it is all that there are."""
        return () if self._all <= set(self.names) else self.names

    def give_up(self, name: str) -> None:
        """Serve a renderer no more. Raises `SetupError` when none is left."""
        self.names = tuple(other for other in self.names if other != name)
        if not self.names:
            raise SetupError("no renderer can run on this machine; the log says why")


class Worker:
    """One listener's loop."""

    def __init__(
        self,
        queue: TaskQueue,
        store: ResultStore,
        shelf: Shelf,
        bell: Bell,
        cancellations: Cancellations,
        housekeeping: Housekeeping,
        presence: Presence,
    ) -> None:
        self.finished = 0
        self._queue = queue
        self._store = store
        self._shelf = shelf
        self._bell = bell
        self._housekeeping = housekeeping
        self._presence = presence
        self._draining = threading.Event()
        self._orders = Orders(self._draining.is_set, cancellations.include)

    def drain(self) -> None:
        """Leave: give the current task back, and claim no other. May be called from a signal handler."""
        self._draining.set()
        self._bell.ring()

    def leaves_within(self, seconds: float) -> bool:
        """Wait so long, unless it is told to leave before; whether it was."""
        return self._draining.wait(seconds)

    def run(self) -> None:
        """Work until `drain`. Raises `SetupError` when this machine can't render anything any more."""
        pause = SHORTEST_PAUSE
        while not self._draining.is_set():
            try:
                held = self._queue.claim(self._shelf.served())
            except Unreachable as error:
                log("queue_unreachable", logging.WARNING, error=str(error))
                pause = self._rest(pause)
                continue
            pause = SHORTEST_PAUSE
            if held is None:
                self._presence.now(WorkerState.IDLE)
                self._bell.wait()
                continue
            self._bell.stop()
            self._presence.now(WorkerState.RENDERING, held.id)
            self._work(held)

    def _work(self, held: HeldTask) -> None:
        """One task from its claim to its end, whatever that is."""
        try:
            self._insist(self._attempt(held))
        except LostClaim as lost:
            log_event(Lost.build(held.id, held.claim, str(lost)))

    def _attempt(self, held: HeldTask) -> Callable[[], object]:
        """Render and upload; returns what is to be said to the queue. Raises `LostClaim`."""
        try:
            result = self._render(held)
            return partial(self._finish, held, result)
        except LostClaim:
            raise
        except Cancelled:
            return partial(self._queue.stop, held)
        except Draining:
            return partial(self._queue.release, held)
        except TaskError as error:
            return partial(self._fail, held, error)
        except SetupError as error:
            log("renderer_unusable", logging.ERROR, task=held.id, error=str(error))
            return partial(self._pass_on, held)
        except Exception as error:
            log("unexpected", logging.ERROR, exc_info=True, task=held.id, epoch=held.claim.epoch)
            return partial(self._fail, held, Unexpected(f"{type(error).__name__}: {error}"[:500]))

    def _render(self, held: HeldTask) -> Result:
        task = held.task()
        with tempfile.TemporaryDirectory(prefix="brushfire-") as folder:
            film = Film(Path(folder) / "video.mp4")
            with TaskWatch(self._queue, held, film, self._orders) as watch:
                job = self._job(task)
                renderer = self._shelf.get(task.renderer)
                began = time.monotonic()
                [rendering] = renderer.render([job], watch)
                seconds = time.monotonic() - began
                watch.check()
                recipe = recipe_of(task, job.seed, rendering)
                return upload_result(self._store, held, recipe, rendering, film.close(recipe), seconds)

    def _job(self, task: Task) -> Job[Any]:
        """The task as its renderer takes it; `InvalidTask` names the field that is no use."""
        params = task.options()
        return Job(task.prompts(), params, seed_number(params.seed, task.id))

    def _fail(self, held: HeldTask, error: TaskError) -> None:
        again = self._queue.fail(held, error)
        if again is not None:
            self._housekeeping.expect(again)

    def _finish(self, held: HeldTask, result: Result) -> None:
        self._queue.finish(held, result)
        self.finished += 1

    def _pass_on(self, held: HeldTask) -> None:
        """Another machine may have what this one lacks: the task is not at fault, and not counted."""
        self._queue.release(held)
        self._shelf.give_up(held.task().renderer)

    def _insist(self, say: Callable[[], object]) -> None:
        """Say it to the queue until it is heard: what was rendered should not be lost to a bad line.

        Once the lease has run out meanwhile, the queue answers with `LostClaim`.
        """
        pause = SHORTEST_PAUSE
        while True:
            try:
                say()
            except Unreachable as error:
                log("queue_unreachable", logging.WARNING, error=str(error))
                if self._draining.is_set():
                    return
                pause = self._rest(pause)
            else:
                return

    def _rest(self, pause: float) -> float:
        """Wait a while, shorter if draining; returns how long to wait next time."""
        self._draining.wait(pause * random.uniform(0.5, 1.0))
        return min(pause * 2, LONGEST_PAUSE)
