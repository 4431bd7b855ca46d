"""Pictures as tensors and back, and the clamp that keeps what is learned inside [0, 1]."""

import torch
from torch import Tensor

from renderers.base import Image


def to_tensor(image: Image, device: str = "cpu") -> Tensor:
    """A picture as 1 × 3 × H × W in [0, 1], float32."""
    return torch.tensor(image, dtype=torch.float32, device=device).permute(2, 0, 1)[None] / 255


def to_levels(picture: Tensor) -> Tensor:
    """1 × 3 × H × W in [0, 1] as H × W × 3 of uint8, on the same device."""
    return (picture.detach()[0].clamp(0, 1).permute(1, 2, 0) * 255).round().to(torch.uint8)


def to_image(picture: Tensor) -> Image:
    """1 × 3 × H × W in [0, 1] as a picture."""
    image: Image = to_levels(picture).cpu().numpy()
    return image


def clamp_with_gradient(values: Tensor) -> Tensor:
    """clamp to [0, 1], whose gradient g passes only where g·(x − clamp x) ≥ 0: where it leads back inside.

    As in pixray and VQGAN+CLIP; a plain clamp's gradient is 0 outside, so that a value stays there for ever.
    """
    excess = (values - values.clamp(0, 1)).detach()
    clamped = values - excess
    if clamped.requires_grad:

        def inward(gradient: Tensor) -> Tensor:
            return gradient * (gradient * excess >= 0)

        clamped.register_hook(inward)  # type: ignore[no-untyped-call]
    return clamped
