"""Writes how far one task is, at most once a second."""

import base64
import logging
import threading
import time

import numpy as np

from contract.errors import BrushfireError, LostClaim, Unreachable
from contract.task import Progress
from listener.holding import HeldTask
from listener.logs import log
from listener.outage import Outage
from listener.png import encode_preview
from listener.task_queue import TaskQueue
from renderers.base import Image

SECONDS_BETWEEN = 1.0
# Seconds that a task which is over waits for its last write.
PATIENCE = 5.0


class Reporter:
    """Writes the latest progress, at most once a second, from a thread of its own."""

    def __init__(self, queue: TaskQueue, held: HeldTask, outage: Outage) -> None:
        self.lost: LostClaim | None = None
        self._outage = outage
        self._queue = queue
        self._held = held
        self._latest: tuple[int, int, Image | None, float | None] | None = None
        self._changed = threading.Condition()
        self._stopped = False
        self._first: int | None = None
        self._began = time.monotonic()
        self._image: Image | None = None
        self._thread = threading.Thread(target=self._run, name=f"progress {held.id}", daemon=True)

    def start(self) -> None:
        """From now on, time counts."""
        self._thread.start()

    def stop(self) -> None:
        """Write nothing more; returns when the last write is over, unless the server is away."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def offer(self, step: int, steps: int, image: Image | None, score: float | None) -> None:
        """What is written next, unless something newer comes before."""
        with self._changed:
            if self._first is None:
                self._first, self._began = step, time.monotonic()
            # The renderer may draw its next picture into the same memory.
            self._image = np.array(image) if image is not None else self._image
            self._latest = (step, steps, self._image, score)
            self._changed.notify()

    def _run(self) -> None:
        while (latest := self._next()) is not None:
            written = time.monotonic()
            try:
                self._queue.show(self._held, self._progress(*latest))
                self._outage.over()
            except LostClaim as lost:
                self.lost = lost
                return
            except Unreachable as error:
                self._outage.met(error)
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
        # The first step seen is left out of the pace: it may have had to warm up.
        taken = step - (self._first or step)
        pace = (time.monotonic() - self._began) / taken if taken > 0 else None
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
