"""What CLIP-guided renderers share: their CLIPs, plans for each sort of CLIP, a job's way to its picture."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch

from contract.params import GuidedParams, Quality
from renderers import heap
from renderers.base import Image, Job, Rendering, Watch, Weights
from renderers.clip import Clip
from renderers.cutouts import CutoutSettings
from renderers.guidance import Guides, guides_for
from renderers.guided import Canvas, GuidedLoop, Plan

# For CLIPs of photographs: the counts of pixray.
PHOTO_PLANS: Mapping[Quality, Plan] = {
    "draft": Plan(iterations=150, cuts=16),
    "normal": Plan(iterations=250, cuts=30),
    "better": Plan(iterations=350, cuts=40),
    "best": Plan(iterations=500, cuts=60),
}

# For small CLIPs of drawn scenes with robust gradients: they need fewer steps, and whole scenes in view.
SCENE_PLANS: Mapping[Quality, Plan] = {
    "draft": Plan(iterations=50, cuts=8),
    "normal": Plan(iterations=120, cuts=14),
    "better": Plan(iterations=220, cuts=24),
    "best": Plan(iterations=320, cuts=40),
}
SCENE_CUTOUTS = CutoutSettings(
    wide_share=0.3,
    wide_side=(0.85, 1.0),
    wide_fill=None,
    gather=1.0,
    zoom_side=(0.45, 1.0),
    zoom_ratio=(0.9, 1.1),
    perspective_chance=0,
    colour_chance=0,
    noise=0.03,
)


class Tuning(Protocol):
    """What suits one sort of CLIP; a renderer adds what its canvas needs."""

    @property
    def cutouts(self) -> CutoutSettings: ...

    @property
    def plans(self) -> Mapping[Quality, Plan]: ...


ParamsT = TypeVar("ParamsT", bound=GuidedParams)
TuningT = TypeVar("TuningT", bound=Tuning)


class ClipGuided(ABC, Generic[ParamsT, TuningT]):
    """A renderer that brings a canvas. Its CLIPs are loaded once, each when it is first asked for."""

    # For CLIPs of photographs, and for small CLIPs of drawn scenes.
    photos: TuningT
    scenes: TuningT

    def setup(self, device: str, models: Weights) -> None:
        """Load the operator's CLIP onto `device`. Raises `MissingWeights` or `DamagedWeights`."""
        self._device = device
        self._models = models
        models.loaded("clip", None, lambda located: Clip.load(located, device))

    def render(self, jobs: Sequence[Job[ParamsT]], watch: Watch) -> list[Rendering]:
        """One picture a job, its longer side about `size` pixels."""
        with heap.kept():
            return [self._render_one(job, watch, index) for index, job in enumerate(jobs)]

    @abstractmethod
    def _render_one(self, job: Job[ParamsT], watch: Watch, index: int) -> Rendering: ...

    def _guides(self, job: Job[ParamsT]) -> tuple[Guides, TuningT]:
        """The CLIPs that a job asks for, and what suits the first of them."""
        guides = guides_for(job, self._models, self._device)
        robust = "robust" in guides.first.clip.located.traits
        return guides, self.scenes if robust else self.photos

    def _draw(
        self, job: Job[ParamsT], guides: Guides, tuning: TuningT, canvas: Canvas, watch: Watch, index: int
    ) -> "Drawn":
        """Take the canvas through all its steps, or those that are left of them."""
        plan = tuning.plans[job.params.quality].asked(job.params)
        loop = GuidedLoop(canvas, guides, plan, tuning.cutouts, job.seed, auto_stop=job.params.auto_stop)
        if job.resume is not None:
            loop.resume(job.resume)
        score = loop.run(watch, index)
        work = {"iterations": loop.step, "cuts": loop.cuts}
        return Drawn(score, guides.model, guides.model_hash, work)


@dataclass(frozen=True)
class Drawn:
    """What is to be told of every guided picture."""

    score: float
    model: str
    model_hash: str
    work: Mapping[str, int]

    def as_rendering(
        self, image: Image, facts: Mapping[str, str | int | float], svg: str | None = None
    ) -> Rendering:
        """The finished picture, with `facts` of its own."""
        return Rendering(
            images=[image],
            score=self.score,
            svg=svg,
            model=self.model,
            model_hash=self.model_hash,
            facts={**self.work, **facts, "torch": torch.__version__},
        )
