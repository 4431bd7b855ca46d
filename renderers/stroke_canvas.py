"""The canvas of Clipdraw: strokes and what is behind them, learned."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from renderers.base import Image
from renderers.losses import PictureLosses
from renderers.pictures import clamp_with_gradient, to_image, to_levels, to_tensor
from renderers.strokes import Strokes, rasterise

PREVIEW_SIDE = 256
# Final pictures are drawn in bands of about so many pixels, which bounds their memory.
BAND = 1 << 18
# An edge of a finished picture is this many pixels wide: as crisp as a viewer draws the SVG.
CRISP = 1.5
CHORDS_TO_LEARN, CHORDS_TO_SHOW = 6, 16


@dataclass(frozen=True)
class StrokeTuning:
    """How strokes begin and learn. Lengths are in shorter sides of the picture."""

    strokes: int
    widths: tuple[float, float]
    # How far each point of a stroke may lie from the one before.
    reach: float
    # Adam's rates, in shorter sides for points and as shares of the widths' range for widths.
    point_rate: float
    width_rate: float
    colour_rate: float
    # The opacity that strokes begin with, at least; None: all are opaque and stay so.
    opacity: float | None
    # The colour behind, or None if it is learned.
    background: tuple[float, float, float] | None
    smoothness: float = 0.0
    # Pixels along the shorter side while it learns, per pixel of CLIP's.
    detail: float = 1.0
    # How far colours lean from chance towards those of the composition that fits best, 0 to 1.
    lean: float = 0.0
    # How strongly the picture is held to that composition.
    hold: float = 0.0


class StrokeCanvas:
    """Strokes on a canvas whose shorter side is 1, `width` and `height` its sides."""

    def __init__(
        self,
        sides: tuple[float, float],
        tuning: StrokeTuning,
        seed: int,
        *,
        resolution: int,
        curves: int = 2,
        closed: bool = False,
        device: str = "cpu",
        beginning: Tensor | None = None,
        init_image: Image | None = None,
        losses: PictureLosses | None = None,
    ) -> None:
        """`sides`: height and width. `resolution`: pixels of the shorter side of `picture()`.

        Strokes take their first colours from `init_image`, or lean towards those of `beginning`
        (1 × 3 × h × w in [0, 1]).
        """
        self.sides, self._tuning, self._closed = sides, tuning, closed
        self._resolution = resolution
        self._losses = losses or PictureLosses(smoothness=tuning.smoothness)
        start = to_tensor(init_image) if init_image is not None else beginning
        lean = 1.0 if init_image is not None else tuning.lean
        generator = torch.Generator().manual_seed(seed)
        points = _scattered(tuning, sides, curves, generator)
        colours = torch.rand(tuning.strokes, 3, generator=generator)
        behind = torch.full((3,), 0.5)
        if start is not None:
            start = start.cpu()
            colours = colours + lean * (_under(points, sides, start) - colours)
            behind = behind + lean * (_border(start) - behind)
        self._points = (points[:, :-1] if closed else points).to(device).requires_grad_()
        # Broad strokes lie below narrow ones.
        self._widths = torch.linspace(1, 0, tuning.strokes).square().to(device).requires_grad_()
        self._colours = colours.to(device).requires_grad_()
        if tuning.opacity is None:
            self._opacities = torch.ones(tuning.strokes, device=device)
        else:
            chance = torch.rand(tuning.strokes, generator=generator)
            self._opacities = (tuning.opacity + (1 - tuning.opacity) * chance).to(device).requires_grad_()
        fixed = tuning.background is not None
        self._background = (torch.tensor(tuning.background) if fixed else behind).to(device)
        self._background.requires_grad_(not fixed)
        self._drawn = torch.zeros(0)

    def parameters(self) -> list[tuple[Tensor, float]]:
        """Points, widths, colours, and opacities and background if they are learned."""
        tuning = self._tuning
        learned = [
            (self._points, tuning.point_rate),
            (self._widths, tuning.width_rate),
            (self._colours, tuning.colour_rate),
            (self._opacities, tuning.colour_rate),
            (self._background, tuning.colour_rate),
        ]
        return [(tensor, rate) for tensor, rate in learned if tensor.requires_grad]

    def picture(self) -> Tensor:
        """1 × 3 × H × W in [0, 1]."""
        height, width = self.pixels(self._resolution)
        strokes, background = self.strokes(self._resolution)
        self._drawn = rasterise(strokes, background, height, width, CHORDS_TO_LEARN)
        return self._drawn

    def penalty(self) -> Tensor:
        """The picture's own losses."""
        return self._losses(self._drawn)

    @torch.no_grad()
    def preview(self) -> Tensor:
        """The picture with a longer side of about 256 pixels: H × W × 3, uint8."""
        scale = round(PREVIEW_SIDE / max(self.sides))
        strokes, background = self.strokes(scale)
        return to_levels(rasterise(strokes, background, *self.pixels(scale), CHORDS_TO_LEARN))

    @torch.no_grad()
    def finished(self, scale: float) -> Image:
        """The picture with a shorter side of `scale` pixels, drawn anew from the strokes."""
        strokes, background = self.strokes(scale)
        height, width = self.pixels(scale)
        step = max(16, BAND // width)
        bands = []
        for top in range(0, height, step):
            moved = strokes.points - torch.tensor([0.0, float(top)], device=strokes.points.device)
            band = Strokes(moved, strokes.widths, strokes.colours, strokes.opacities)
            rows = min(step, height - top)
            bands.append(rasterise(band, background, rows, width, CHORDS_TO_SHOW, CRISP))
        return to_image(torch.cat(bands, -2))

    def pixels(self, scale: float) -> tuple[int, int]:
        """Height and width when the shorter side has `scale` pixels."""
        return round(self.sides[0] * scale), round(self.sides[1] * scale)

    def strokes(self, scale: float) -> tuple[Strokes, Tensor]:
        """The strokes in pixels when the shorter side has `scale` of them, and the background (3)."""
        points = self._points
        if self._closed:
            points = torch.cat([points, points[:, :1]], 1)
        thinnest, widest = self._tuning.widths
        widths = thinnest + (widest - thinnest) * clamp_with_gradient(self._widths)
        drawn = Strokes(
            points * scale,
            widths * scale,
            clamp_with_gradient(self._colours),
            clamp_with_gradient(self._opacities),
        )
        return drawn, clamp_with_gradient(self._background)


def _scattered(
    tuning: StrokeTuning, sides: tuple[float, float], curves: int, generator: torch.Generator
) -> Tensor:
    """Strokes anywhere: the first point of each is uniform, each other one near the one before (CLIPDraw)."""
    height, width = sides
    first = torch.rand(tuning.strokes, 1, 2, generator=generator) * torch.tensor([width, height])
    steps = 2 * tuning.reach * (torch.rand(tuning.strokes, 3 * curves, 2, generator=generator) - 0.5)
    return torch.cat([first, first + steps.cumsum(1)], 1)


def _under(points: Tensor, sides: tuple[float, float], picture: Tensor) -> Tensor:
    """The picture's colour at the middle of each stroke: strokes × 3."""
    height, width = sides
    middle = points.mean(1) / torch.tensor([width, height]) * 2 - 1
    found = torch.nn.functional.grid_sample(
        picture, middle.clamp(-1, 1)[None, None], mode="bilinear", padding_mode="border", align_corners=False
    )
    return found[0, :, 0].T.contiguous()


def _border(picture: Tensor) -> Tensor:
    """The mean colour of a picture's edge (3)."""
    small = interpolate(picture, (16, 16), mode="area")[0]
    inner = torch.zeros(16, 16, dtype=torch.bool)
    inner[1:-1, 1:-1] = True
    return small[:, ~inner].mean(1)
