"""The canvas of Pixeldraw: a grid of large square pixels, learned as a sum of ever finer grids."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from contract.params import Aspect
from renderers.base import Image
from renderers.losses import PictureLosses
from renderers.pictures import clamp_with_gradient, to_image, to_levels, to_tensor

# Width to height.
ASPECTS: dict[Aspect, Fraction] = {
    "square": Fraction(1),
    "portrait": Fraction(4, 5),
    "widescreen": Fraction(16, 9),
}
PREVIEW_PIXELS = 256


def grid_shape(cells: int, aspect: Aspect) -> tuple[int, int]:
    """Rows and columns of a grid with `cells` along its shorter side: 40 gives 40×40, 50×40 or 40×71."""
    ratio = ASPECTS[aspect]
    longer = round(cells * max(ratio, 1 / ratio))
    return (cells, longer) if ratio >= 1 else (longer, cells)


def enlarge(grid: Image, longer_side: int) -> Image:
    """The grid with every cell a square of the same whole number of pixels, at least one.

    The number is the one that brings the longer side nearest to `longer_side`: 40 cells asked for at 512
    pixels come out at 520, 13 pixels a cell.
    """
    factor = max(1, round(longer_side / max(grid.shape[:2])))
    return grid.repeat(factor, axis=0).repeat(factor, axis=1)


@dataclass(frozen=True)
class GridTuning:
    """How a grid learns."""

    # Adam's rate for the finest grid; each grid that is twice as coarse has `coarse_gain` times more.
    rate: float
    coarse_gain: float
    # Weight of the total variation, and deviation of the first picture's noise about grey.
    smoothness: float
    start_noise: float
    # How far the first picture leans from grey towards the composition that fits best, 0 to 1.
    lean: float = 0.0
    # Weight of the pull of a palette's colours.
    commitment: float = 10.0


class PixelGrid:
    """A grid of rows × columns colours on a device, alone or bound to a palette's colours."""

    def __init__(
        self,
        shape: tuple[int, int],
        tuning: GridTuning,
        seed: int,
        *,
        device: str = "cpu",
        resolution: int = 0,
        palette: np.ndarray[Any, np.dtype[np.float32]] | None = None,
        init_image: Image | None = None,
        beginning: Tensor | None = None,
        losses: PictureLosses | None = None,
    ) -> None:
        """`resolution`: pixels that the shorter side of `picture()` has at least.

        `beginning`: a picture, 1 × 3 × H × W in [0, 1], towards which the first one leans from grey.
        `losses`: what the grid costs by itself; by default the tuning's smoothness.
        """
        self.shape = shape
        self._tuning = tuning
        self._losses = losses or PictureLosses(smoothness=tuning.smoothness)
        self._factor = max(1, -(-resolution // min(shape)))
        self._palette = None if palette is None else torch.tensor(palette, device=device)
        start = (
            _shrunk(init_image, shape) if init_image is not None else _start(shape, tuning, seed, beginning)
        )
        self._levels = [level.to(device).requires_grad_() for level in _split(start)]
        self._soft = self._mixed()

    def parameters(self) -> list[tuple[Tensor, float]]:
        """Grids from coarse to fine, and their learning rates."""
        count = len(self._levels)
        rates = [self._tuning.rate * self._tuning.coarse_gain ** (count - 1 - i) for i in range(count)]
        return list(zip(self._levels, rates, strict=True))

    def picture(self) -> Tensor:
        """1 × 3 × H × W in [0, 1]: every cell a square of a few pixels."""
        self._soft = self._mixed()
        colours = clamp_with_gradient(self._soft)
        if self._palette is not None:
            colours = colours + (self._nearest(colours.detach()) - colours).detach()
        return colours.repeat_interleave(self._factor, -1).repeat_interleave(self._factor, -2)

    def penalty(self) -> Tensor:
        """The picture's own losses, and the distance to the nearest colours of the palette."""
        within = clamp_with_gradient(self._soft)
        loss = self._losses(within)
        if self._palette is not None:
            nearest = self._nearest(within.detach())
            loss = loss + self._tuning.commitment * (nearest - self._soft).square().mean()
        return loss

    @torch.no_grad()
    def pixels(self) -> Image:
        """The grid itself, one pixel a cell."""
        return to_image(self._shown())

    @torch.no_grad()
    def preview(self) -> Tensor:
        """The grid at a whole multiple of its size, between 128 and 320 pixels along the longer side."""
        factor = PREVIEW_PIXELS // max(self.shape)
        return to_levels(self._shown()).repeat_interleave(factor, 0).repeat_interleave(factor, 1)

    def _shown(self) -> Tensor:
        colours = self._mixed().clamp(0, 1)
        return colours if self._palette is None else self._nearest(colours)

    def _mixed(self) -> Tensor:
        """The sum of all grids at the size of the finest, not clamped."""
        mixed: Tensor = torch.stack([_resize(level, self.shape) for level in self._levels]).sum(0)
        return mixed

    def _nearest(self, colours: Tensor) -> Tensor:
        """The palette's colour nearest to each cell's."""
        assert self._palette is not None
        cells = colours[0].flatten(1).T
        index = torch.cdist(cells, self._palette).argmin(1)
        return self._palette[index].T.reshape(colours.shape)


def _start(shape: tuple[int, int], tuning: GridTuning, seed: int, beginning: Tensor | None) -> Tensor:
    """Grey with a little noise, or that much of a beginning."""
    generator = torch.Generator().manual_seed(seed)
    start = 0.5 + tuning.start_noise * torch.randn(1, 3, *shape, generator=generator)
    if beginning is None:
        return start
    return start + tuning.lean * (interpolate(beginning.cpu(), shape, mode="area") - 0.5)


def _shrunk(image: Image, shape: tuple[int, int]) -> Tensor:
    """A picture of any size as a grid."""
    return interpolate(to_tensor(image), shape, mode="area")


def _split(start: Tensor) -> list[Tensor]:
    """A picture as grids of 2, 4, 8 … cells along the shorter side, each what the coarser ones lack."""
    shape = (start.shape[-2], start.shape[-1])
    levels: list[Tensor] = []
    rest = start
    cells = 2
    while cells < min(shape):
        coarse = (max(1, round(shape[0] * cells / min(shape))), max(1, round(shape[1] * cells / min(shape))))
        level = interpolate(rest, coarse, mode="area")
        levels.append(level)
        rest = rest - _resize(level, shape)
        cells *= 2
    return [*levels, rest.clone()]


def _resize(level: Tensor, shape: tuple[int, int]) -> Tensor:
    if tuple(level.shape[-2:]) == shape:
        return level
    return interpolate(level, shape, mode="bilinear", align_corners=False)
