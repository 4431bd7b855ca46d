"""What latents look like, without the decoder: an affine map from a latent's channels to a colour."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import interpolate

# Colours that the map is fitted to: the corners of the cube, and greys, each as a flat picture.
SIDE = 8


@dataclass(frozen=True)
class Approximation:
    """`weights` [channels + 1, 3]: colours in [0, 1] as a weighed sum of channels and 1."""

    weights: Tensor
    factor: int

    @classmethod
    def of(cls, encode: Callable[[Tensor], Tensor], factor: int, device: str) -> Self:
        """Fit it to how a VAE encodes flat colours; `encode` takes n × 3 × H × W in [0, 1]."""
        corners = torch.cartesian_prod(*[torch.tensor([0.05, 0.95])] * 3)
        colours = torch.cat([corners, torch.tensor([[0.25] * 3, [0.5] * 3, [0.75] * 3])]).to(device)
        flat = colours[:, :, None, None].expand(-1, -1, SIDE * factor, SIDE * factor)
        latents = encode(flat)[:, :, SIDE // 2, SIDE // 2].float()
        known = torch.cat([latents, torch.ones(len(latents), 1, device=latents.device)], dim=1)
        # The least weights that fit: with more channels than colours there are many.
        return cls(torch.linalg.pinv(known) @ colours.float(), factor)

    def look(self, latents: Tensor, longest: int = 256) -> Tensor:
        """n latents as n × H × W × 3 of uint8, there; enlarged to the picture's size or `longest`."""
        height, width = latents.shape[2:]
        # All that can be done small is: the enlarging keeps levels within their bounds.
        rows = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1])
        levels = torch.addmm(self.weights[-1], rows, self.weights[:-1]).nan_to_num().clamp(0, 1) * 255
        small = levels.reshape(-1, height, width, 3).permute(0, 3, 1, 2)
        scale = min(self.factor, longest / max(height, width))
        size = (max(1, round(height * scale)), max(1, round(width * scale)))
        large = interpolate(small, size, mode="bilinear", align_corners=False)
        return (large + 0.5).to(torch.uint8).permute(0, 2, 3, 1).contiguous()
