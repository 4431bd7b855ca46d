"""VQGAN+CLIP: the codes of a VQGAN, guided by CLIP (Crowson et al., 2022, arXiv 2204.08583)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from PIL import Image as Pillow
from torch import Tensor

from contract.params import Quality, VqganClipParams
from renderers.animation import Movement
from renderers.base import Image, Job, Rendering, Watch, Weights
from renderers.beginnings import best_beginning
from renderers.clip_guided import PHOTO_PLANS, SCENE_CUTOUTS, ClipGuided
from renderers.cutouts import CutoutSettings
from renderers.guidance import Guidance
from renderers.guided import Plan
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
PHOTOS = Tuning(latents=LatentTuning(rate=0.2), cutouts=CutoutSettings(), plans=PHOTO_PLANS)

# For small CLIPs of drawn scenes. A step costs more than the others', so there are fewer.
SCENES = Tuning(
    latents=LatentTuning(rate=0.05, coarse_gain=1.2, smoothness=0.2, start_noise=0.1),
    cutouts=replace(SCENE_CUTOUTS, gather=0.0),
    plans={
        "draft": Plan(iterations=50, cuts=8),
        "normal": Plan(iterations=110, cuts=14),
        "better": Plan(iterations=180, cuts=24),
        "best": Plan(iterations=280, cuts=40),
    },
    composed=True,
)


class VqganClip(ClipGuided[VqganClipParams, Tuning]):
    """The renderer. Pictures have `size` pixels along the longer side, or a little less (see `_shape`)."""

    name: ClassVar[str] = "vqgan_clip"
    summary: ClassVar[str] = (
        "Draws with the codes of a VQGAN, guided by CLIP, and can fly through its pictures"
    )
    Params = VqganClipParams
    photos, scenes = PHOTOS, SCENES

    def setup(self, device: str, models: Weights) -> None:
        """Load the operator's CLIP and VQGAN onto `device`. Raises `MissingWeights` or `DamagedWeights`."""
        super().setup(device, models)
        self._vqgan(None)

    def _render_one(self, job: Job[VqganClipParams], watch: Watch, index: int) -> Rendering:
        params = job.params
        guides, tuning = self._guides(job)
        model = self._vqgan(params.vqgan)
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
        drawn = self._draw(job, guides, tuning, canvas, watch, index)
        rows, columns = canvas.shape
        return drawn.as_rendering(
            _sized(canvas.finished(), params.size, model),
            {
                "vqgan": model.located.key,
                "vqgan_hash": model.located.sha256,
                "rows": rows,
                "columns": columns,
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
