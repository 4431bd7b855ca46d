"""Clipdraw: strokes of the brush that CLIP guides towards the prompts.

Frans, Soros and Witkowski, "CLIPDraw", 2021 (arXiv 2106.14843).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import torch

from contract.params import ClipdrawParams, Quality
from contract.prompts import Prompt
from renderers.base import Job, Rendering, Watch, Weights
from renderers.beginnings import best_beginning
from renderers.cells import ASPECTS
from renderers.clip import Clip
from renderers.cutouts import CutoutSettings
from renderers.guidance import Guides, guides_for
from renderers.guided import GuidedLoop, Plan
from renderers.losses import PictureLosses
from renderers.palettes import parse_colour
from renderers.stroke_canvas import StrokeCanvas, StrokeTuning
from renderers.svg import svg_of

# How strongly a negative prompt pushes away, as in CLIPDraw.
NEGATIVE_WEIGHT = -0.3

Style = Literal["drawing", "painting"]


@dataclass(frozen=True)
class Tuning:
    """What suits one sort of CLIP."""

    styles: Mapping[Style, StrokeTuning]
    cutouts: CutoutSettings
    plans: Mapping[Quality, Plan]


# For CLIPs of photographs: CLIPDraw's strokes, rates and cuts, on 224 pixels.
_LINES = StrokeTuning(
    strokes=256,
    widths=(1 / 224, 20 / 224),
    reach=0.05,
    point_rate=1 / 224,
    width_rate=0.01,
    colour_rate=0.01,
    opacity=0.0,
    background=(1.0, 1.0, 1.0),
)
PHOTOS = Tuning(
    styles={
        "drawing": _LINES,
        "painting": replace(
            _LINES, strokes=1024, widths=(4 / 224, 60 / 224), reach=0.1, opacity=None, background=None
        ),
    },
    cutouts=CutoutSettings(
        wide_share=0.25,
        zoom_side=(0.7, 0.95),
        wide_fill=None,
        zoom_perspective=0.5,
        colour_chance=0,
        noise=0.0,
    ),
    plans={
        "draft": Plan(iterations=150, cuts=8),
        "normal": Plan(iterations=300, cuts=12),
        "better": Plan(iterations=500, cuts=16),
        "best": Plan(iterations=1000, cuts=24),
    },
)

# For small CLIPs of drawn scenes, which know flat colours: fewer and broader strokes over a found background.
_FLAT = StrokeTuning(
    strokes=96,
    widths=(0.02, 0.3),
    reach=0.08,
    point_rate=0.006,
    width_rate=0.02,
    colour_rate=0.02,
    opacity=0.8,
    background=None,
    smoothness=0.3,
    detail=1.5,
    lean=1.0,
    hold=5.0,
)
SCENES = Tuning(
    styles={
        "drawing": _FLAT,
        "painting": replace(_FLAT, strokes=256, widths=(0.04, 0.3), opacity=None),
    },
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


class Clipdraw:
    """The renderer."""

    name: ClassVar[str] = "clipdraw"
    summary: ClassVar[str] = "Draws with strokes of a brush, guided by CLIP; also as SVG"
    Params = ClipdrawParams

    def setup(self, device: str, models: Weights) -> None:
        """Load the operator's CLIP onto `device`. Raises `MissingWeights` or `DamagedWeights`."""
        self._device = device
        self._models = models
        models.loaded("clip", None, lambda located: Clip.load(located, device))

    def render(self, jobs: Sequence[Job[ClipdrawParams]], watch: Watch) -> list[Rendering]:
        """One picture a job, its longer side `size` pixels, and the same as SVG."""
        return [self._render_one(job, watch, index) for index, job in enumerate(jobs)]

    def _render_one(self, job: Job[ClipdrawParams], watch: Watch, index: int) -> Rendering:
        params = job.params
        guides = guides_for(with_negatives(job), self._models, self._device)
        tuning = SCENES if "robust" in guides.first.clip.located.traits else PHOTOS
        canvas = self._canvas(job, guides, tuning)
        plan = tuning.plans[params.quality].asked(params)
        loop = GuidedLoop(canvas, guides, plan, tuning.cutouts, job.seed, auto_stop=params.auto_stop)
        if job.resume is not None:
            loop.resume(job.resume)
        score = loop.run(watch, index)
        scale = params.size / max(canvas.sides)
        strokes, background = canvas.strokes(scale)
        title = " | ".join(prompt.text for prompt in job.prompts)
        return Rendering(
            images=[canvas.finished(scale)],
            score=score,
            svg=svg_of(strokes, background, *canvas.pixels(scale), title, closed=params.closed),
            model=guides.model,
            model_hash=guides.model_hash,
            facts={
                "iterations": loop.step,
                "cuts": loop.cuts,
                "strokes": len(strokes.widths),
                "torch": torch.__version__,
            },
        )

    def _canvas(self, job: Job[ClipdrawParams], guides: Guides, tuning: Tuning) -> StrokeCanvas:
        params = job.params
        strokes = tuned(tuning.styles[params.style], params)
        ratio = ASPECTS[params.aspect]
        beginning = best_beginning(guides.first, float(ratio)) if strokes.lean else None
        return StrokeCanvas(
            (max(1.0, float(1 / ratio)), max(1.0, float(ratio))),
            strokes,
            job.seed,
            resolution=round(guides.first.clip.size * strokes.detail),
            curves=params.curves,
            closed=params.closed,
            device=self._device,
            beginning=beginning,
            init_image=job.init_image,
            losses=PictureLosses.of(
                params,
                job.init_image,
                self._device,
                smoothness=strokes.smoothness,
                beginning=beginning,
                hold=strokes.hold,
            ),
        )


def tuned(strokes: StrokeTuning, params: ClipdrawParams) -> StrokeTuning:
    """The tuning, but for what a job's options say. Raises `InvalidTask` naming `params.background`."""
    thinnest, widest = strokes.widths
    if params.min_width is not None:
        thinnest = params.min_width / 100
    if params.max_width is not None:
        widest = params.max_width / 100
    if params.max_width is None:
        widest = max(thinnest, widest)
    elif params.min_width is None:
        thinnest = min(thinnest, widest)
    background = strokes.background
    if params.background is not None:
        free = params.background.strip().lower() == "free"
        background = None if free else parse_colour(params.background, "params.background")
    count = params.strokes or strokes.strokes
    return replace(strokes, strokes=count, widths=(thinnest, widest), background=background)


def with_negatives(job: Job[ClipdrawParams]) -> Job[ClipdrawParams]:
    """The job with its negative prompts among its prompts, pushing."""
    texts = [text.strip() for text in (job.params.negative_prompt or "").split("|")]
    negatives = tuple(Prompt(text, NEGATIVE_WEIGHT) for text in texts if text)
    return replace(job, prompts=job.prompts + negatives)
