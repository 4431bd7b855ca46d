"""What a renderer is given to speak through: one task's progress, film, lease and orders to stop."""

import base64
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from contract.errors import BrushfireError, Cancelled, Draining, LostClaim
from contract.task import Progress
from listener.holding import HeldTask
from listener.lease import LeaseKeeper
from listener.logs import log
from listener.png import encode_preview
from listener.task_queue import TaskQueue
from listener.video import Film
from renderers.base import Image, Silent

SECONDS_BETWEEN = 1.0


@dataclass(frozen=True)
class Orders:
    """What may stop a render from outside."""

    draining: Callable[[], bool] = lambda: False
    cancelled: Callable[[HeldTask], bool] = lambda held: False


class TaskWatch(Silent):
    """`renderers.base.Watch` for one task of the queue. Use it as a context: its threads end with it."""

    def __init__(self, queue: TaskQueue, held: HeldTask, film: Film, orders: Orders) -> None:
        self._held = held
        self._film = film
        self._orders = orders
        self._lease = LeaseKeeper(queue, held)
        self._reporter = Reporter(queue, held)

    def __enter__(self) -> "TaskWatch":
        self._lease.__enter__()
        self._reporter.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reporter.stop()
        self._lease.__exit__(kind, error, trace)
        self._film.abandon()

    def step(self, i: int, n: int, image: Image | None, score: float | None, *, job: int = 0) -> None:
        """Show and film a step. Raises `Cancelled`, `Draining` or `LostClaim` when it should be the last."""
        self._lease.alive()
        self.check()
        if self._orders.draining():
            raise Draining(f"this worker is leaving; {self._held.id} goes back to the queue")
        if image is not None:
            self._film.step(i, n, image)
        self._reporter.offer(i, n, image, score)

    def check(self) -> None:
        """Raise `LostClaim` or `Cancelled` if the task should not be worked on any more."""
        lost = self._lease.lost or self._reporter.lost
        if lost is not None:
            raise lost
        if self._held.cancel_requested or self._orders.cancelled(self._held):
            raise Cancelled(f"the owner of {self._held.id} called it off")


class Reporter:
    """Writes the latest progress, at most once a second, from a thread of its own."""

    def __init__(self, queue: TaskQueue, held: HeldTask) -> None:
        self.lost: LostClaim | None = None
        self._queue = queue
        self._held = held
        self._latest: tuple[int, int, Image | None, float | None] | None = None
        self._changed = threading.Condition()
        self._stopped = False
        self._began = time.monotonic()
        self._image: Image | None = None
        self._thread = threading.Thread(target=self._run, name=f"progress {held.id}", daemon=True)

    def start(self) -> None:
        """From now on, time counts."""
        self._thread.start()

    def stop(self) -> None:
        """Write nothing more; returns when the last write is over."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def offer(self, step: int, steps: int, image: Image | None, score: float | None) -> None:
        """What is written next, unless something newer comes before."""
        with self._changed:
            if step == 1:
                self._began = time.monotonic()
            # The renderer may draw its next picture into the same memory.
            self._image = np.array(image) if image is not None else self._image
            self._latest = (step, steps, self._image, score)
            self._changed.notify()

    def _run(self) -> None:
        while (latest := self._next()) is not None:
            written = time.monotonic()
            try:
                self._queue.show(self._held, self._progress(*latest))
            except LostClaim as lost:
                self.lost = lost
                return
            except BrushfireError as error:
                log("progress_failed", logging.WARNING, task=self._held.id, error=str(error))
            with self._changed:
                self._changed.wait_for(
                    lambda: self._stopped, timeout=max(0.0, written + SECONDS_BETWEEN - time.monotonic())
                )

    def _next(self) -> tuple[int, int, Image | None, float | None] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._latest is not None)
            latest, self._latest = self._latest, None
            return None if self._stopped else latest

    def _progress(self, step: int, steps: int, image: Image | None, score: float | None) -> Progress:
        # The first step is left out of the pace: it may have had to warm up.
        pace = (time.monotonic() - self._began) / (step - 1) if step > 1 else None
        return Progress(
            epoch=self._held.claim.epoch,
            step=step,
            steps=steps,
            score=score,
            eta=None if pace is None else round(pace * (steps - step), 1),
            preview=None if image is None else data_url(encode_preview(image)),
        )


def data_url(webp: bytes) -> str:
    """A WebP as an address that holds the picture itself."""
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"
