"""A renderer whose time is virtual: small pictures, made in steps, from the task and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np

from contract.errors import OutOfMemory
from contract.params import Params, PixeldrawParams
from renderers.base import Image, Job, Located, M, Rendering, State, Watch


class NoWeights:
    """Has none, and needs none."""

    def folder(self, kind: str, key: str | None = None) -> Located:
        raise AssertionError("a fake renderer asks for no weights")

    def loaded(self, kind: str, key: str | None, load: Callable[[Located], M]) -> M:
        raise AssertionError("a fake renderer asks for no weights")


class Patches:
    """A picture of 8 × 8 in one colour, after `iterations` steps of half a second."""

    name: ClassVar[str] = "pixeldraw"
    summary: ClassVar[str] = "Patches"
    Params: type[Params] = PixeldrawParams
    STEP_SECONDS: ClassVar[float] = 0.5
    # How many of a thousand renders run out of memory.
    FAILING: ClassVar[int] = 30

    def setup(self, device: str, models: object) -> None:
        """Nothing to load."""

    def render(self, jobs: Sequence[Job[PixeldrawParams]], watch: Watch) -> list[Rendering]:
        return [self._render(job, number, watch) for number, job in enumerate(jobs)]

    def _render(self, job: Job[PixeldrawParams], number: int, watch: Watch) -> Rendering:
        state: State = job.resume or {}
        first, steps = int(state.get("step", 0)) + 1, job.params.iterations or 4
        for step in range(first, steps + 1):
            time.sleep(self.STEP_SECONDS)
            watch.step(step, steps, None, step / steps, job=number)
            if watch.wants_checkpoint():
                watch.checkpoint({"step": step, "canvas": np.full(4, step)}, job=number)
        if int(time.monotonic() * 1e6) % 1000 < self.FAILING:
            raise OutOfMemory("the device's memory ran out")
        return Rendering([patch(job.seed)], score=0.5, model="none", model_hash="0" * 64, facts={})


def patch(seed: int) -> Image:
    """The picture of a seed."""
    return np.full((8, 8, 3), seed % 256, np.uint8)
