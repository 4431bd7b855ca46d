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
    """Paints the whole picture in a colour that grows brighter; `iterations` steps of `PAUSE` seconds.

    The jobs of a batch are painted in step with each other, and their states are the steps they are at.
    """

    name: ClassVar[str] = "pixeldraw"
    summary: ClassVar[str] = "Squares"
    Params: type[Params] = PixeldrawParams
    PAUSE: ClassVar[float] = 0.0
    # Whether it shows its steps, and hands out its state.
    SHOWN: ClassVar[bool] = True
    SAVED: ClassVar[bool] = True
    # Set once a render is past its first step.
    begun: ClassVar[threading.Event] = threading.Event()
    # Raised once by the next render.
    fault: ClassVar[Exception | None] = None
    # For each render, the jobs that it was given.
    renders: ClassVar[list[list[Job[PixeldrawParams]]]] = []

    def setup(self, device: str, models: object) -> None:
        """Nothing to load."""

    def render(self, jobs: Sequence[Job[PixeldrawParams]], watch: Watch) -> list[Rendering]:
        Squares.renders.append(list(jobs))
        fault, Squares.fault = Squares.fault, None
        if fault is not None:
            raise fault
        begins = [int((job.resume or {"step": 0})["step"]) for job in jobs]
        all_steps = [job.params.iterations or 5 for job in jobs]
        images = [job.init_image if job.init_image is not None else square(0, 1) for job in jobs]
        for step in range(min(begins) + 1, max(all_steps) + 1):
            for number, steps in enumerate(all_steps):
                if not begins[number] < step <= steps:
                    continue
                images[number] = square(step, steps)
                if self.SAVED and step < steps and watch.wants_checkpoint():
                    watch.checkpoint({"step": step, "image": images[number]}, job=number)
                shown = images[number] if self.SHOWN else None
                watch.step(step, steps, shown, step / steps, job=number)
            self.begun.set()
            time.sleep(self.PAUSE)
        return [
            Rendering([image], score=0.5, model="none", model_hash="0" * 64, facts={"steps": steps})
            for image, steps in zip(images, all_steps, strict=True)
        ]


def square(step: int, steps: int) -> Image:
    """A picture of 48 × 32 in one colour."""
    return np.full((32, 48, 3), 255 * step // steps, np.uint8)


def failing_with(error: TaskError | Exception) -> None:
    """Let the next render fail."""
    Squares.fault = error
