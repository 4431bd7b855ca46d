"""What a picture costs by itself, whatever CLIP says: edges, dullness, asymmetry, having left its start."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from contract.params import GuidedParams
from renderers.base import Image
from renderers.pictures import to_tensor

# Pixels along the shorter side of the picture for which the weights of smoothness are meant.
REFERENCE_SIDE = 40


def edges(picture: Tensor) -> Tensor:
    """Total variation of n × 3 × H × W: the same for the same picture at any size. A scalar.

    The mean difference of neighbours, times the shorter side over `REFERENCE_SIDE`.
    """
    variation = picture.diff(dim=-1).abs().mean() + picture.diff(dim=-2).abs().mean()
    return variation * (min(picture.shape[-2:]) / REFERENCE_SIDE)


def colourfulness(picture: Tensor) -> Tensor:
    """How colourful 1 × 3 × H × W in [0, 1] is: 0 for greys, 0.4 for vivid ones (Hasler, Süsstrunk 2003)."""
    red, green, blue = picture[0].flatten(1)
    across, along = red - green, 0.5 * (red + green) - blue
    tiny = 1e-8  # where all is grey, the root's derivative would not be finite
    spread = (across.var(correction=0) + along.var(correction=0) + tiny).sqrt()
    centre = (across.mean().square() + along.mean().square() + tiny).sqrt()
    colour: Tensor = spread + 0.3 * centre
    return colour


def asymmetry(picture: Tensor) -> Tensor:
    """The mean squared difference of 1 × 3 × H × W from its mirror image. A scalar."""
    return (picture - picture.flip(-1)).square().mean()


@dataclass(frozen=True)
class PictureLosses:
    """The weights of these losses. The start is 1 × 3 × h × w in [0, 1], of any size."""

    smoothness: float = 0.0
    saturation: float = 0.0
    symmetry: float = 0.0
    init_weight: float = 0.0
    start: Tensor | None = None

    @classmethod
    def of(
        cls,
        params: GuidedParams,
        init_image: Image | None,
        device: str,
        *,
        smoothness: float = 0.0,
        beginning: Tensor | None = None,
        hold: float = 0.0,
    ) -> Self:
        """What a job asks for; `smoothness` is the renderer's own, for jobs that say nothing of it.

        A job without an init image is held to the renderer's `beginning` with the weight `hold`.
        """
        start = None if beginning is None else beginning.to(device)
        if init_image is not None:
            start, hold = to_tensor(init_image, device), params.init_weight
        return cls(
            smoothness=smoothness if params.smoothness is None else params.smoothness,
            saturation=params.saturation,
            symmetry=params.symmetry,
            init_weight=hold,
            start=start if hold else None,
        )

    def __call__(self, picture: Tensor) -> Tensor:
        """All of them of 1 × 3 × H × W in [0, 1], weighed and summed: a scalar."""
        loss = torch.zeros((), device=picture.device)
        if self.smoothness:
            loss = loss + self.smoothness * edges(picture)
        if self.saturation:
            loss = loss - self.saturation * colourfulness(picture)
        if self.symmetry:
            loss = loss + self.symmetry * asymmetry(picture)
        if self.start is not None:
            start = interpolate(self.start, picture.shape[-2:], mode="area")
            loss = loss + self.init_weight * (picture - start).square().mean()
        return loss
