"""Pixeldraw: a grid of large pixels that CLIP guides towards the prompts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch

from contract.params import PixeldrawParams, Quality
from renderers.base import Job, Rendering, Watch, Weights
from renderers.beginnings import best_beginning
from renderers.cells import ASPECTS, lattice_of
from renderers.clip import Clip
from renderers.cutouts import CutoutSettings
from renderers.guidance import guides_for
from renderers.guided import GuidedLoop, Plan
from renderers.losses import PictureLosses
from renderers.palettes import parse_palette
from renderers.pixel_grid import GridTuning, PixelGrid


@dataclass(frozen=True)
class Tuning:
    """What suits one sort of CLIP."""

    grid: GridTuning
    cutouts: CutoutSettings
    plans: Mapping[Quality, Plan]


# For CLIPs of photographs: the cuts, counts and steps of pixray.
PHOTOS = Tuning(
    grid=GridTuning(rate=0.02, coarse_gain=1.2, smoothness=0.1, start_noise=0.1),
    cutouts=CutoutSettings(),
    plans={
        "draft": Plan(iterations=150, cuts=16),
        "normal": Plan(iterations=250, cuts=30),
        "better": Plan(iterations=350, cuts=40),
        "best": Plan(iterations=500, cuts=60),
    },
)

# For small CLIPs of drawn scenes with robust gradients: they know whole scenes, whose colours matter.
SCENES = Tuning(
    grid=GridTuning(
        rate=0.003, coarse_gain=1.41, smoothness=0.7, start_noise=0.02, commitment=1.0, lean=1.0, hold=5.0
    ),
    cutouts=CutoutSettings(
        wide_share=0.3,
        wide_side=(0.85, 1.0),
        wide_fill=None,
        gather=1.0,
        zoom_side=(0.45, 1.0),
        zoom_ratio=(0.9, 1.1),
        perspective_chance=0,
        colour_chance=0,
        noise=0.03,
    ),
    plans={
        "draft": Plan(iterations=50, cuts=8),
        "normal": Plan(iterations=120, cuts=14),
        "better": Plan(iterations=220, cuts=24),
        "best": Plan(iterations=320, cuts=40),
    },
)


class Pixeldraw:
    """The renderer. Its CLIPs are loaded once, each when it is first asked for."""

    name: ClassVar[str] = "pixeldraw"
    summary: ClassVar[str] = "Draws with a grid of large pixels of several shapes, guided by CLIP"
    Params = PixeldrawParams

    def setup(self, device: str, models: Weights) -> None:
        """Load the operator's CLIP onto `device`. Raises `MissingWeights` or `DamagedWeights`."""
        self._device = device
        self._models = models
        models.loaded("clip", None, lambda located: Clip.load(located, device))

    def render(self, jobs: Sequence[Job[PixeldrawParams]], watch: Watch) -> list[Rendering]:
        """One crisp picture a job, about `size` pixels along its longer side (see `pixel_grid.enlarge`)."""
        return [self._render_one(job, watch, index) for index, job in enumerate(jobs)]

    def _render_one(self, job: Job[PixeldrawParams], watch: Watch, index: int) -> Rendering:
        params = job.params
        guides = guides_for(job, self._models, self._device)
        clip = guides.first.clip
        tuning = SCENES if "robust" in clip.located.traits else PHOTOS
        beginning = best_beginning(guides.first, float(ASPECTS[params.aspect])) if tuning.grid.lean else None
        grid = PixelGrid(
            lattice_of(params.shape, params.cells_shown(), params.aspect),
            tuning.grid,
            job.seed,
            device=self._device,
            resolution=clip.size,
            palette=None if params.palette is None else parse_palette(params.palette),
            hard=params.palette_mode == "hard",
            init_image=job.init_image,
            beginning=beginning,
            losses=PictureLosses.of(
                params,
                job.init_image,
                self._device,
                smoothness=tuning.grid.smoothness,
                beginning=beginning,
                hold=tuning.grid.hold,
            ),
        )
        plan = tuning.plans[params.quality].asked(params)
        loop = GuidedLoop(grid, guides, plan, tuning.cutouts, job.seed, auto_stop=params.auto_stop)
        if job.resume is not None:
            loop.resume(job.resume)
        score = loop.run(watch, index)
        return Rendering(
            images=[grid.finished(params.size)],
            score=score,
            model=guides.model,
            model_hash=guides.model_hash,
            facts={
                "iterations": loop.step,
                "cuts": loop.cuts,
                "rows": grid.shape[0],
                "columns": grid.shape[1],
                "torch": torch.__version__,
            },
        )
