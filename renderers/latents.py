"""The canvas of VQGAN+CLIP: the latents of a VQGAN, learned as a sum of grids from coarse to fine."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from contract.params import Aspect
from renderers.animation import Movement
from renderers.base import Image
from renderers.cells import ASPECTS
from renderers.losses import PictureLosses
from renderers.pictures import clamp_with_gradient, to_image, to_levels
from renderers.vqgan import Vqgan, gather, nearest

PREVIEW_SIDE = 256


def codes_at_size(size: int, aspect: Aspect, factor: int) -> tuple[int, int]:
    """Rows and columns of codes for a picture whose longer side is `size` pixels at most."""
    ratio = ASPECTS[aspect]
    shorter = size * min(ratio, 1 / ratio)
    long, short = max(1, size // factor), max(1, math.floor(shorter / factor))
    return (short, long) if ratio >= 1 else (long, short)


def codes_of_area(side: int, aspect: Aspect, factor: int) -> tuple[int, int]:
    """Rows and columns of codes for a picture of as many pixels as a square of `side`."""
    root = math.sqrt(ASPECTS[aspect])
    return max(1, round(side / root / factor)), max(1, round(side * root / factor))


@dataclass(frozen=True)
class LatentTuning:
    """How latents learn; rates and noise in units of the codebook's own spread."""

    # Adam's rate for the finest grid; each grid that is twice as coarse has `coarse_gain` times more. With
    # None there is one grid.
    rate: float
    coarse_gain: float | None = None
    # Weight of the total variation; deviation of the noise that a beginning has added.
    smoothness: float = 0.0
    start_noise: float = 0.0


class LatentCanvas:
    """Rows × columns of latents, each read as the nearest code of the codebook."""

    def __init__(
        self,
        model: Vqgan,
        shape: tuple[int, int],
        tuning: LatentTuning,
        seed: int,
        *,
        losses: PictureLosses | None = None,
        movement: Movement | None = None,
        beginning: Tensor | None = None,
    ) -> None:
        """`beginning`: the first picture, 1 × 3 × H × W of any size, in [0, 1]; without it codes by lot."""
        self.shape = shape
        self._model, self._tuning = model, tuning
        self._losses = losses or PictureLosses(smoothness=tuning.smoothness)
        self._movement = movement or Movement()
        vectors = model.quantize.vectors
        self._vectors = vectors
        self._spread = float(vectors.std(0).mean())
        self._lowest, self._highest = (edge[:, None, None] for edge in (vectors.amin(0), vectors.amax(0)))
        generator = torch.Generator().manual_seed(seed)
        if beginning is None:
            start = gather(
                torch.randint(len(vectors), (1, *shape), generator=generator).to(vectors.device), vectors
            )
        else:
            start = self._read(beginning)
        noise = torch.randn(start.shape, generator=generator).to(start.device)
        start = start + tuning.start_noise * self._spread * noise
        self._levels = [level.requires_grad_() for level in self._split(start)]
        self._drawn = torch.empty(0)
        self._ended: Tensor | None = None

    def parameters(self) -> list[tuple[Tensor, float]]:
        """Grids of latents from coarse to fine, and their learning rates."""
        gain, count = self._tuning.coarse_gain or 1.0, len(self._levels)
        rates = [self._tuning.rate * self._spread * gain ** (count - 1 - i) for i in range(count)]
        return list(zip(self._levels, rates, strict=True))

    def picture(self) -> Tensor:
        """1 × 3 × H × W in [0, 1]. The gradient passes the choice of codes straight through."""
        self._hold()
        z = self._mixed()
        read = gather(nearest(z, self._vectors), self._vectors)
        self._drawn = clamp_with_gradient(self._model.decode(z + (read - z).detach()))
        return self._drawn

    def penalty(self) -> Tensor:
        """The picture's own losses."""
        return self._losses(self._drawn)

    @torch.no_grad()
    def stepped(self, step: int, steps: int) -> None:
        """Move on to the next frame if it is due, by reading anew the picture that was drawn last, moved."""
        self._ended = None
        if self._movement.is_due(step) and step < steps:
            self._ended = self._drawn.detach()
            moved = self._movement.moved(self._ended).clamp(0, 1)
            for level, value in zip(self._levels, self._split(self._read(moved)), strict=True):
                level.copy_(value)

    def preview(self) -> Tensor | None:
        """The picture that was drawn last; of an animation the finished frames alone."""
        drawn = self._drawn if self._movement.still else self._ended
        if drawn is None:
            return None
        side = max(drawn.shape[-2:])
        if side > 2 * PREVIEW_SIDE:
            drawn = interpolate(drawn.detach(), scale_factor=PREVIEW_SIDE / side, mode="area")
        return to_levels(drawn)

    @torch.no_grad()
    def finished(self) -> Image:
        """The picture at the size at which it is drawn."""
        return to_image(self.picture())

    @torch.no_grad()
    def _hold(self) -> None:
        """Keep the latents within the codebook's range, channel by channel."""
        z = self._mixed()
        self._levels[-1] -= z - z.clamp(self._lowest, self._highest)

    def _mixed(self) -> Tensor:
        """The sum of all grids at the size of the finest."""
        mixed: Tensor = torch.stack([_resize(level, self.shape) for level in self._levels]).sum(0)
        return mixed

    @torch.no_grad()
    def _read(self, picture: Tensor) -> Tensor:
        """The codes of a picture of any size, as vectors: 1 × d × rows × columns."""
        height, width = (side * self._model.config.factor for side in self.shape)
        sized = fitted(picture.to(self._vectors.device), height, width)
        return gather(self._model.codes(sized), self._vectors)

    def _split(self, z: Tensor) -> list[Tensor]:
        """Latents as grids of 2, 4, 8 … places along the shorter side, each what the coarser ones lack."""
        levels: list[Tensor] = []
        cells = 2
        while self._tuning.coarse_gain is not None and cells < min(self.shape):
            coarse = tuple(max(1, round(side * cells / min(self.shape))) for side in self.shape)
            level = interpolate(z, coarse, mode="area")
            levels.append(level)
            z = z - _resize(level, self.shape)
            cells *= 2
        return [*levels, z.clone()]


def fitted(picture: Tensor, height: int, width: int) -> Tensor:
    """A picture (1 × 3 × H × W) at another size, anti-aliased where it gets smaller."""
    return interpolate(picture, (height, width), mode="bilinear", align_corners=False, antialias=True).clamp(
        0, 1
    )


def _resize(level: Tensor, shape: tuple[int, int]) -> Tensor:
    if tuple(level.shape[-2:]) == shape:
        return level
    return interpolate(level, shape, mode="bilinear", align_corners=False)
