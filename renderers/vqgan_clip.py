"""VQGAN+CLIP: the codes of a VQGAN, guided by CLIP (Crowson et al., 2022, arXiv 2204.08583)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from PIL import Image as Pillow
from torch import Tensor

from contract.params import Quality, VqganClipParams
from renderers.animation import Movement
from renderers.base import Image, Job, Rendering, Watch, Weights
from renderers.beginnings import best_beginning
from renderers.clip import Clip
from renderers.cutouts import CutoutSettings
from renderers.guidance import Guidance, guides_for
from renderers.guided import GuidedLoop, Plan
from renderers.latents import LatentCanvas, LatentTuning, codes_at_size, codes_of_area
from renderers.losses import PictureLosses
from renderers.pictures import to_tensor
from renderers.vqgan import Vqgan


@dataclass(frozen=True)
class Tuning:
    """What suits one sort of weights."""

    latents: LatentTuning
    cutouts: CutoutSettings
    plans: Mapping[Quality, Plan]
    # Whether to begin from the plain composition that fits best rather than from codes by lot.
    composed: bool = False


# For CLIPs of photographs: the rate, cuts and steps of pixray.
PHOTOS = Tuning(
    latents=LatentTuning(rate=0.2),
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
    latents=LatentTuning(rate=0.05, coarse_gain=1.2, smoothness=0.2, start_noise=0.1),
    cutouts=CutoutSettings(
        wide_share=0.3,
        wide_side=(0.85, 1.0),
        wide_fill=None,
        zoom_side=(0.45, 1.0),
        zoom_ratio=(0.9, 1.1),
        perspective_chance=0,
        colour_chance=0,
        noise=0.03,
    ),
    plans={
        "draft": Plan(iterations=50, cuts=8),
        "normal": Plan(iterations=110, cuts=14),
        "better": Plan(iterations=180, cuts=24),
        "best": Plan(iterations=280, cuts=40),
    },
    composed=True,
)


class VqganClip:
    """The renderer. CLIPs and VQGANs are loaded once, each when it is first asked for."""

    name: ClassVar[str] = "vqgan_clip"
    summary: ClassVar[str] = (
        "Draws with the codes of a VQGAN, guided by CLIP, and can fly through its pictures"
    )
    Params = VqganClipParams

    def setup(self, device: str, models: Weights) -> None:
        """Load the operator's CLIP and VQGAN onto `device`. Raises `MissingWeights` or `DamagedWeights`."""
        self._device = device
        self._models = models
        models.loaded("clip", None, lambda located: Clip.load(located, device))
        self._vqgan(None)

    def render(self, jobs: Sequence[Job[VqganClipParams]], watch: Watch) -> list[Rendering]:
        """One picture a job, `size` pixels along its longer side, or a little less (see `_shape`)."""
        return [self._render_one(job, watch, index) for index, job in enumerate(jobs)]

    def _render_one(self, job: Job[VqganClipParams], watch: Watch, index: int) -> Rendering:
        params = job.params
        guides = guides_for(job, self._models, self._device)
        model = self._vqgan(params.vqgan)
        tuning = SCENES if "robust" in guides.first.clip.located.traits else PHOTOS
        canvas = LatentCanvas(
            model,
            _shape(model, params),
            tuning.latents,
            job.seed,
            losses=PictureLosses.of(
                params, job.init_image, self._device, smoothness=tuning.latents.smoothness
            ),
            movement=Movement.of(params),
            beginning=_beginning(job, guides.first, tuning),
        )
        plan = tuning.plans[params.quality].asked(params)
        loop = GuidedLoop(canvas, guides, plan, tuning.cutouts, job.seed, auto_stop=params.auto_stop)
        if job.resume is not None:
            loop.resume(job.resume)
        score = loop.run(watch, index)
        return Rendering(
            images=[_sized(canvas.finished(), params.size, model)],
            score=score,
            model=guides.model,
            model_hash=guides.model_hash,
            facts={
                "iterations": loop.step,
                "cuts": loop.cuts,
                "vqgan": model.located.key,
                "vqgan_hash": model.located.sha256,
                "rows": canvas.shape[0],
                "columns": canvas.shape[1],
                "torch": torch.__version__,
            },
        )

    def _vqgan(self, key: str | None) -> Vqgan:
        """A VQGAN by key, or the operator's."""
        return self._models.loaded("vqgan", key, lambda located: Vqgan.load(located, self._device))


def _shape(model: Vqgan, params: VqganClipParams) -> tuple[int, int]:
    """Rows and columns of codes: what fits into `size`, so that a side may be up to a code smaller.

    A VQGAN of small drawn scenes draws whole ones at its own size alone; its pictures are enlarged.
    """
    factor = model.config.factor
    if model.draws_small:
        return codes_of_area(model.native_size, params.aspect, factor)
    return codes_at_size(params.size, params.aspect, factor)


def _beginning(job: Job[VqganClipParams], guidance: Guidance, tuning: Tuning) -> Tensor | None:
    """The init image, or the composition that fits the prompts best, as 1 × 3 × H × W; None: by lot."""
    if job.init_image is not None:
        return to_tensor(job.init_image, guidance.clip.device)
    return best_beginning(guidance) if tuning.composed else None


def _sized(image: Image, size: int, model: Vqgan) -> Image:
    """A small picture enlarged so that its longer side is `size` pixels; others as they are."""
    if not model.draws_small:
        return image
    height, width = image.shape[:2]
    scale = size / max(height, width)
    sides = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Pillow.fromarray(image).resize(sides, Pillow.Resampling.LANCZOS))
