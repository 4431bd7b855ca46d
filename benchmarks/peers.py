"""The loop of the peers (pixray, VQGAN+CLIP scripts), written plainly from what is published of them.

In float32, and in their order: every cut pooled by itself, kornia's augmentations one after another, codes
by a product with one-hot rows, one loss a prompt, one backward pass through everything, and a PNG at every
iteration. Each part can be replaced, so that the gain of each replacement can be measured.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from kornia.augmentation import CenterCrop, ColorJitter, RandomAffine, RandomPerspective, RandomResizedCrop
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from renderers.clip import Clip
from renderers.vqgan import Vqgan

ZOOMED = 0.6
NOISE = 0.1


class StraightThrough(torch.autograd.Function):
    """The value of one tensor with the gradient of another."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, gradient_of: Tensor) -> Tensor:
        """`value`."""
        ctx.shape = gradient_of.shape
        return value

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor]:
        """To `gradient_of` alone."""
        return None, gradient.sum_to_size(ctx.shape)


class ClampWithGradient(torch.autograd.Function):
    """Clamped to [0, 1]; the gradient passes where it leads back inside."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """The clamped picture."""
        ctx.save_for_backward(x)
        return x.clamp(0, 1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """g where g · (x − clamp x) ≥ 0."""
        (x,) = ctx.saved_tensors
        inward: Tensor = gradient * (gradient * (x - x.clamp(0, 1)) >= 0)
        return inward


class PeerCutouts(nn.Module):
    """Cuts of a picture (1 × 3 × H × W): each pooled, then augmented; six in ten near, four wide."""

    def __init__(self, size: int, count: int) -> None:
        super().__init__()
        self.size, self.zoomed, self.count = size, round(ZOOMED * count), count
        self.average = nn.AdaptiveAvgPool2d((size, size))
        self.largest = nn.AdaptiveMaxPool2d((size, size))
        self.near = nn.Sequential(
            RandomPerspective(0.4, p=0.7),
            RandomResizedCrop(
                (size, size), scale=(0.25, 0.95), ratio=(0.85, 1.2), cropping_mode="resample", p=0.7
            ),
            ColorJitter(hue=0.1, saturation=0.1, p=0.8),
        )
        self.wide = nn.Sequential(
            RandomAffine(0, translate=(0.05, 0.05), scale=(0.9, 1.0), p=1.0),
            CenterCrop((size, size), cropping_mode="resample"),
            RandomPerspective(0.2, p=0.7),
            ColorJitter(hue=0.1, saturation=0.1, p=0.8),
        )

    def forward(self, picture: Tensor) -> Tensor:
        """count × 3 × size × size."""
        pooled = [(self.average(picture) + self.largest(picture)) / 2 for _ in range(self.count)]
        cuts = torch.cat(
            [self.near(torch.cat(pooled[: self.zoomed])), self.wide(torch.cat(pooled[self.zoomed :]))]
        )
        factors = torch.empty(self.count, 1, 1, 1, device=cuts.device).uniform_(0, NOISE)
        noisy: Tensor = cuts + factors * torch.randn_like(cuts)
        return noisy


@dataclass
class Parts:
    """What an iteration is made of. `held` keeps what is learned where it may be, after each step."""

    picture: Callable[[], Tensor]
    cutouts: Callable[[Tensor], Tensor]
    show: Callable[[Tensor], object]
    held: Callable[[], object] = lambda: None


class PeerLoop:
    """Adam on one tensor, a whole iteration at each `step()`."""

    def __init__(self, learned: Tensor, rate: float, clip: Clip, prompts: list[str], parts: Parts) -> None:
        self.adam = torch.optim.Adam([learned], lr=rate)
        self.clip, self.parts = clip, parts
        self.targets = [clip.encode_text(prompt)[None] for prompt in prompts]

    def step(self) -> None:
        """Look, judge, learn, show."""
        self.adam.zero_grad(set_to_none=True)
        picture = self.parts.picture()
        seen = self.clip.encode_images(self.parts.cutouts(picture))
        losses = [spherical(seen, target).mean() for target in self.targets]
        torch.autograd.backward(sum(losses))  # type: ignore[arg-type]
        self.adam.step()
        with torch.no_grad():
            self.parts.held()
        self.parts.show(picture.detach())


def spherical(seen: Tensor, target: Tensor) -> Tensor:
    """Squared great-circle distance of unit vectors."""
    distance: Tensor = (seen - target).norm(dim=-1).div(2).arcsin().pow(2).mul(2)
    return distance


def one_hot_codes(z: Tensor, vectors: Tensor) -> Tensor:
    """Each place of z (1 × d × rows × columns) as its nearest vector, by a product with one-hot rows."""
    x = z.movedim(1, 3)
    distances = x.pow(2).sum(-1, keepdim=True) + vectors.pow(2).sum(1) - 2 * x @ vectors.T
    chosen = functional.one_hot(distances.argmin(-1), vectors.shape[0]).to(vectors.dtype) @ vectors
    straight: Tensor = StraightThrough.apply(chosen, x)  # type: ignore[no-untyped-call]
    return straight.movedim(3, 1)


def gathered_codes(z: Tensor, vectors: Tensor) -> Tensor:
    """The same by index."""
    x = z.movedim(1, 3)
    distances = x.pow(2).sum(-1, keepdim=True) + vectors.pow(2).sum(1) - 2 * x @ vectors.T
    straight: Tensor = StraightThrough.apply(vectors[distances.argmin(-1)], x)  # type: ignore[no-untyped-call]
    return straight.movedim(3, 1)


def decoded_by_taming(model: Vqgan, z: Tensor) -> Tensor:
    """Latents to a picture in [0, 1], with taming's own `x · sigmoid(x)`, for which `Vqgan` has another."""
    # Imported here, as it prints and is slow.
    from taming.modules.diffusionmodules import model as taming

    with patch.object(taming, "nonlinearity", lambda x: x * torch.sigmoid(x)):
        return decoded(model, z)


def decoded(model: Vqgan, z: Tensor) -> Tensor:
    """The same with SiLU as one operation."""
    picture: Tensor = ClampWithGradient.apply(model.decode(z))  # type: ignore[no-untyped-call]
    return picture


def enlarged(cells: Tensor, size: int) -> Tensor:
    """A grid of cells (1 × 3 × rows × columns) as a picture of `size` pixels, in [0, 1]."""
    large = functional.interpolate(cells, size, mode="nearest")
    picture: Tensor = ClampWithGradient.apply(large)  # type: ignore[no-untyped-call]
    return picture


def save_png(picture: Tensor, path: Path) -> None:
    """What the peers do at every iteration."""
    levels = picture[0].clamp(0, 1).mul(255).byte().permute(1, 2, 0).cpu().numpy()
    Image.fromarray(levels).save(path)
