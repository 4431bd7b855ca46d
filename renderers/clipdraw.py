"""Clipdraw: strokes of the brush that CLIP guides towards the prompts.

Frans, Soros and Witkowski, "CLIPDraw", 2021 (arXiv 2106.14843).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from contract.params import ClipdrawParams, Quality
from contract.prompts import Prompt
from renderers.base import Job, Rendering, Watch
from renderers.beginnings import best_beginning
from renderers.cells import ASPECTS
from renderers.clip_guided import SCENE_CUTOUTS, SCENE_PLANS, ClipGuided
from renderers.cutouts import CutoutSettings
from renderers.guidance import Guides
from renderers.guided import Plan
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
    cutouts=SCENE_CUTOUTS,
    plans=SCENE_PLANS,
)


class Clipdraw(ClipGuided[ClipdrawParams, Tuning]):
    """The renderer. Pictures have `size` pixels along the longer side, and the SVG draws the same."""

    name: ClassVar[str] = "clipdraw"
    summary: ClassVar[str] = "Draws with strokes of a brush, guided by CLIP; also as SVG"
    Params = ClipdrawParams
    photos, scenes = PHOTOS, SCENES

    def _render_one(self, job: Job[ClipdrawParams], watch: Watch, index: int) -> Rendering:
        params = job.params
        guides, tuning = self._guides(with_negatives(job))
        canvas = self._canvas(job, guides, tuning)
        drawn = self._draw(job, guides, tuning, canvas, watch, index)
        scale = params.size / max(canvas.sides)
        strokes, background = canvas.strokes(scale)
        title = " | ".join(prompt.text for prompt in job.prompts)
        svg = svg_of(strokes, background, *canvas.pixels(scale), title, closed=params.closed)
        return drawn.as_rendering(canvas.finished(scale), {"strokes": len(strokes.widths)}, svg)

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
