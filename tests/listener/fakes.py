"""Renderers that take no time and no weights, for what is around rendering."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np

from contract.errors import TaskError
from contract.params import Params, PixeldrawParams
from renderers.base import Image, Job, Located, M, Rendering, Watch


class NoWeights:
    """Has none, and needs none."""

    def folder(self, kind: str, key: str | None = None) -> Located:
        raise AssertionError("a fake renderer asks for no weights")

    def loaded(self, kind: str, key: str | None, load: Callable[[Located], M]) -> M:
        raise AssertionError("a fake renderer asks for no weights")


class Squares:
    """Paints the whole picture in a colour that grows brighter; `iterations` steps of `PAUSE` seconds."""

    name: ClassVar[str] = "pixeldraw"
    summary: ClassVar[str] = "Squares"
    Params: type[Params] = PixeldrawParams
    PAUSE: ClassVar[float] = 0.0
    # Whether it shows its steps.
    SHOWN: ClassVar[bool] = True
    # Set once a render is past its first step.
    begun: ClassVar[threading.Event] = threading.Event()
    # Raised once by the next render.
    fault: ClassVar[Exception | None] = None

    def setup(self, device: str, models: object) -> None:
        """Nothing to load."""

    def render(self, jobs: Sequence[Job[PixeldrawParams]], watch: Watch) -> list[Rendering]:
        return [self._render(job, watch) for job in jobs]

    def _render(self, job: Job[PixeldrawParams], watch: Watch) -> Rendering:
        fault, Squares.fault = Squares.fault, None
        if fault is not None:
            raise fault
        steps = job.params.iterations or 5
        for step in range(1, steps + 1):
            image = square(step, steps)
            watch.step(step, steps, image if self.SHOWN else None, step / steps)
            self.begun.set()
            time.sleep(self.PAUSE)
        return Rendering([image], score=0.5, model="none", model_hash="0" * 64, facts={"steps": steps})


def square(step: int, steps: int) -> Image:
    """A picture of 48 × 32 in one colour."""
    return np.full((32, 48, 3), 255 * step // steps, np.uint8)


def failing_with(error: TaskError | Exception) -> None:
    """Let the next render fail."""
    Squares.fault = error
