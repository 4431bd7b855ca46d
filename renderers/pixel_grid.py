"""The canvas of Pixeldraw: a grid of large pixels, learned as a sum of ever finer grids."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from renderers.base import Image
from renderers.cells import Lattice
from renderers.losses import PictureLosses
from renderers.pictures import clamp_with_gradient, to_image, to_levels, to_tensor

PREVIEW_PIXELS = 256
# Pixels along a cell when a picture's colours are measured.
MEASURED = 8


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
    # How strongly it is held to that composition.
    hold: float = 0.0
    # Weight of the pull of a palette's colours.
    commitment: float = 10.0


class PixelGrid:
    """A grid of rows × columns colours on a device, alone or bound to a palette's colours."""

    def __init__(
        self,
        cells: Lattice,
        tuning: GridTuning,
        seed: int,
        *,
        device: str = "cpu",
        resolution: int = 0,
        palette: np.ndarray[Any, np.dtype[np.float32]] | None = None,
        hard: bool = True,
        init_image: Image | None = None,
        beginning: Tensor | None = None,
        losses: PictureLosses | None = None,
    ) -> None:
        """`resolution`: pixels that the shorter side of `picture()` has at least.

        `beginning`: a picture, 1 × 3 × H × W in [0, 1], towards which the first one leans from grey.
        `hard`: whether a palette's colours alone are shown. `losses`: what the grid costs by itself; by
        default the tuning's smoothness.
        """
        self.cells, self.shape = cells, (cells.rows, cells.columns)
        self._tuning = tuning
        self._losses = losses or PictureLosses(smoothness=tuning.smoothness)
        self._scale = max(1, -(-resolution // round(min(cells.height, cells.width))))
        self._index = cells.index(*cells.pixels(self._scale), device)
        self._palette = None if palette is None else torch.tensor(palette, device=device)
        self._hard, self._device = hard, device
        seen = max(1, round(PREVIEW_PIXELS // max(cells.height, cells.width)))
        self._preview_index = cells.index(*cells.pixels(seen), device)
        start = (
            _means(to_tensor(init_image), cells)
            if init_image is not None
            else _start(cells, tuning, seed, beginning)
        )
        self._levels = [level.to(device).requires_grad_() for level in _split(start)]
        self._soft = self._mixed()

    def parameters(self) -> list[tuple[Tensor, float]]:
        """Grids from coarse to fine, and their learning rates."""
        count = len(self._levels)
        rates = [self._tuning.rate * self._tuning.coarse_gain ** (count - 1 - i) for i in range(count)]
        return list(zip(self._levels, rates, strict=True))

    def picture(self) -> Tensor:
        """1 × 3 × H × W in [0, 1]: every cell a few pixels."""
        self._soft = self._mixed()
        colours = clamp_with_gradient(self._soft)
        if self._palette is not None and self._hard:
            colours = colours + (self._nearest(colours.detach()) - colours).detach()
        if self.cells.shape == "square":
            return colours.repeat_interleave(self._scale, -1).repeat_interleave(self._scale, -2)
        return _spread(colours, self._index)

    def penalty(self) -> Tensor:
        """The picture's own losses, and the distance to the nearest colours of the palette."""
        within = clamp_with_gradient(self._soft)
        loss = self._losses(within)
        if self._palette is not None:
            nearest = self._nearest(within.detach())
            loss = loss + self._tuning.commitment * (nearest - self._soft).square().mean()
        return loss

    @torch.no_grad()
    def finished(self, longer_side: int) -> Image:
        """The picture with crisp cells, about so many pixels along its longer side (see `enlarge`)."""
        if self.cells.shape == "square":
            return enlarge(to_image(self._shown()), longer_side)
        scale = longer_side / max(self.cells.height, self.cells.width)
        return to_image(_spread(self._shown(), self.cells.index(*self.cells.pixels(scale), self._device)))

    @torch.no_grad()
    def preview(self) -> Tensor:
        """The cells at a whole multiple of their size, between 128 and 320 pixels along the longer side."""
        return to_levels(_spread(self._shown(), self._preview_index))

    def _shown(self) -> Tensor:
        colours = self._mixed().clamp(0, 1)
        return self._nearest(colours) if self._palette is not None and self._hard else colours

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


def _start(cells: Lattice, tuning: GridTuning, seed: int, beginning: Tensor | None) -> Tensor:
    """Grey with a little noise, or that much of a beginning."""
    generator = torch.Generator().manual_seed(seed)
    start = 0.5 + tuning.start_noise * torch.randn(1, 3, cells.rows, cells.columns, generator=generator)
    if beginning is None:
        return start
    return start + tuning.lean * (_means(beginning.cpu(), cells) - 0.5)


def _means(picture: Tensor, cells: Lattice) -> Tensor:
    """The mean colour of a picture (1 × 3 × H × W) in each cell: 1 × 3 × rows × columns."""
    if cells.shape == "square":
        return interpolate(picture, (cells.rows, cells.columns), mode="area")
    fine = interpolate(picture, cells.pixels(MEASURED), mode="area")[0].flatten(1)
    index = cells.index(*cells.pixels(MEASURED)).flatten()
    count = cells.rows * cells.columns
    total = torch.zeros(3, count).index_add_(1, index, fine)
    pixels = torch.zeros(count).index_add_(0, index, torch.ones(len(index)))
    # A cell that is out of the picture has no pixel, and no colour that is seen.
    means = torch.where(pixels > 0, total / pixels.clamp(min=1), 0.5)
    return means.view(1, 3, cells.rows, cells.columns)


def _spread(colours: Tensor, index: Tensor) -> Tensor:
    """Each pixel the colour of its cell: 1 × 3 × rows × columns to 1 × 3 × H × W."""
    spread: Tensor = colours.flatten(2)[:, :, index]
    return spread


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
