"""Pixeldraw: a grid of large pixels that CLIP guides towards the prompts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from contract.params import PixeldrawParams, Quality
from renderers.base import Job, Rendering, Watch
from renderers.beginnings import best_beginning
from renderers.cells import ASPECTS, lattice_of
from renderers.clip_guided import PHOTO_PLANS, SCENE_CUTOUTS, SCENE_PLANS, ClipGuided
from renderers.cutouts import CutoutSettings
from renderers.guidance import Guides
from renderers.guided import Plan
from renderers.losses import PictureLosses
from renderers.palettes import parse_palette
from renderers.pixel_grid import GridTuning, PixelGrid


@dataclass(frozen=True)
class Tuning:
    """What suits one sort of CLIP."""

    grid: GridTuning
    cutouts: CutoutSettings
    plans: Mapping[Quality, Plan]


# For CLIPs of photographs: the cuts and steps of pixray.
PHOTOS = Tuning(
    grid=GridTuning(rate=0.02, coarse_gain=1.2, smoothness=0.1, start_noise=0.1),
    cutouts=CutoutSettings(),
    plans=PHOTO_PLANS,
)

# For small CLIPs of drawn scenes: they know whole scenes, whose colours matter.
SCENES = Tuning(
    grid=GridTuning(
        rate=0.003, coarse_gain=1.41, smoothness=0.7, start_noise=0.02, commitment=1.0, lean=1.0, hold=5.0
    ),
    cutouts=SCENE_CUTOUTS,
    plans=SCENE_PLANS,
)


class Pixeldraw(ClipGuided[PixeldrawParams, Tuning]):
    """The renderer. Pictures are crisp, about `size` pixels along the longer side (`pixel_grid.enlarge`)."""

    name: ClassVar[str] = "pixeldraw"
    summary: ClassVar[str] = "Draws with a grid of large pixels of several shapes, guided by CLIP"
    Params = PixeldrawParams
    photos, scenes = PHOTOS, SCENES

    def _render_one(self, job: Job[PixeldrawParams], watch: Watch, index: int) -> Rendering:
        guides, tuning = self._guides(job)
        grid = self._grid(job, guides, tuning)
        drawn = self._draw(job, guides, tuning, grid, watch, index)
        rows, columns = grid.shape
        return drawn.as_rendering(grid.finished(job.params.size), {"rows": rows, "columns": columns})

    def _grid(self, job: Job[PixeldrawParams], guides: Guides, tuning: Tuning) -> PixelGrid:
        params = job.params
        ratio = float(ASPECTS[params.aspect])
        beginning = best_beginning(guides.first, ratio) if tuning.grid.lean else None
        return PixelGrid(
            lattice_of(params.shape, params.cells_shown(), params.aspect),
            tuning.grid,
            job.seed,
            device=self._device,
            resolution=guides.first.clip.size,
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
