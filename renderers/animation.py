"""Flying through a picture: zoom, pan and rotation between one frame and the next."""

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from contract.params import VqganClipParams


@dataclass(frozen=True)
class Movement:
    """How a frame differs from the one before it. `zoom` is a factor, `pan` in widths and heights of the
    picture (right and down), `rotation` in degrees clockwise; `steps` of guidance lie between two frames."""

    zoom: float = 1.0
    pan: tuple[float, float] = (0.0, 0.0)
    rotation: float = 0.0
    steps: int = 5

    @classmethod
    def of(cls, params: VqganClipParams) -> Self:
        """What a job's options ask for."""
        return cls(params.zoom, (params.pan_x, params.pan_y), params.rotation, params.frame_steps)

    @property
    def still(self) -> bool:
        """Whether nothing moves."""
        return self.zoom == 1 and self.pan == (0, 0) and self.rotation == 0

    def is_due(self, step: int) -> bool:
        """Whether a frame ends with this step (1-based)."""
        return not self.still and step % self.steps == 0

    def moved(self, picture: Tensor) -> Tensor:
        """The next frame's beginning: 1 × 3 × H × W moved, its own reflection where it shows its outside."""
        height, width = picture.shape[-2:]
        grid = _centres(height, width, self._matrix(height, width)).to(picture.device)
        return grid_sample(
            picture, grid[None], mode="bicubic", padding_mode="reflection", align_corners=False
        )

    def _matrix(self, height: int, width: int) -> Tensor:
        """2 × 3: from a point of the new frame to that of the old one, both in [-1, 1]² of x and y.

        The turn is made in pixels, so that it doesn't shear a picture that isn't square.
        """
        angle, aspect = math.radians(-self.rotation), width / height
        cosine, sine = math.cos(angle) / self.zoom, math.sin(angle) / self.zoom
        turn = torch.tensor([[cosine, -sine / aspect], [sine * aspect, cosine]])
        shift = 2 * torch.tensor(self.pan)
        return torch.cat([turn, -(turn @ shift)[:, None]], 1)


def _centres(height: int, width: int, matrix: Tensor) -> Tensor:
    """Where the centre of each pixel lies after a 2 × 3 matrix: H × W × 2."""
    rows = (torch.arange(height) + 0.5) * (2 / height) - 1
    columns = (torch.arange(width) + 0.5) * (2 / width) - 1
    down, across = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([across, down, torch.ones_like(down)], -1) @ matrix.T
