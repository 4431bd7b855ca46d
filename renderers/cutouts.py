"""Cutouts: the many views of one picture that CLIP judges, all taken by a single `grid_sample`.

Each cut's geometry (crop, aspect, perspective) is composed to one homography and its colour jitter to one
3 × 3 matrix, which gives the pictures that a chain of augmentations gives, at a fraction of the work.
The kinds follow pixray: `zoom` cuts look at a part, `wide` ones at the whole.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from renderers.cut_sampling import sample_cuts

Padding = Literal["reflection", "border"]

_CORNERS = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
_LUMA = torch.tensor([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class CutoutSettings:
    """How cuts are drawn. Sides are fractions of the picture's; chances are in [0, 1]."""

    # Of all cuts, those that look at the whole picture.
    wide_share: float = 0.4
    # A zoom cut's side, and how much wider than high it may be.
    zoom_side: tuple[float, float] = (0.25, 0.95)
    zoom_ratio: tuple[float, float] = (0.85, 1.2)
    # How large the whole picture is in a wide cut, how far it may be off the middle, and the grey around it
    # (None: the picture's own padding).
    wide_side: tuple[float, float] = (0.9, 1.0)
    wide_shift: float = 0.1
    wide_fill: float | None = 0.5
    # Of pictures that aren't square: how far cuts keep to the square in the middle, 0 (not) to 1. A CLIP that
    # knows whole scenes alone asks for the whole prompt in every cut, also in those at the ends.
    gather: float = 0.0
    # How far a corner may move inward, and how often corners move at all.
    zoom_perspective: float = 0.4
    wide_perspective: float = 0.2
    perspective_chance: float = 0.7
    # Hue in turns, saturation as a factor's distance from 1, and how often either changes.
    hue: float = 0.1
    saturation: float = 0.1
    colour_chance: float = 0.8
    # The noise's deviation is uniform in [0, this].
    noise: float = 0.1


@dataclass(frozen=True)
class CutoutPlan:
    """The cuts of one step, drawn but not yet taken.

    Points of cuts and pictures are in [-1, 1]². `windows` (cuts × 3 × 3) take a point of the cut to one of
    the picture seen in perspective, and `perspectives` (cuts × 3 × 3) take that to the picture itself. `hue`
    (cuts) is in radians, `saturation` (cuts) a factor, `noise` (cuts) a deviation, `noise_at` (cuts × 2) in
    [0, 1) says where each cut's is taken from. The last `filled` cuts show `fill` outside the picture; the
    others show its `padding`.
    """

    windows: Tensor
    perspectives: Tensor
    hue: Tensor
    saturation: Tensor
    noise: Tensor
    noise_at: Tensor
    filled: int
    fill: float
    padding: Padding

    def homographies(self) -> Tensor:
        """All geometry of each cut at once: cuts × 3 × 3."""
        return self.perspectives @ self.windows

    def colours(self) -> Tensor:
        """All change of colour of each cut at once, to be applied to RGB columns: cuts × 3 × 3."""
        return saturation_matrices(self.saturation) @ hue_matrices(self.hue)


def plan_cutouts(
    count: int, height: int, width: int, settings: CutoutSettings, generator: torch.Generator
) -> CutoutPlan:
    """Draw `count` cuts of a picture of `height` × `width` (any unit) with a generator on the CPU."""
    wide = round(count * settings.wide_share)
    zoom = count - wide
    windows = torch.cat(
        [
            _zoom_windows(zoom, height, width, settings, generator),
            _wide_windows(wide, height, width, settings, generator),
        ]
    )
    reach = torch.cat(
        [torch.full((zoom,), settings.zoom_perspective), torch.full((wide,), settings.wide_perspective)]
    )
    reach = reach * (torch.rand(count, generator=generator) < settings.perspective_chance)
    changed = (torch.rand(count, generator=generator) < settings.colour_chance).float()
    return CutoutPlan(
        windows=windows,
        perspectives=_perspectives(reach, generator),
        hue=2 * math.pi * changed * _uniform((-settings.hue, settings.hue), count, generator),
        saturation=1 + changed * _uniform((-settings.saturation, settings.saturation), count, generator),
        noise=settings.noise * torch.rand(count, generator=generator),
        filled=0 if settings.wide_fill is None else wide,
        fill=settings.wide_fill or 0.0,
        padding="reflection" if torch.rand((), generator=generator) < 0.5 else "border",
        noise_at=torch.rand(count, 2, generator=generator),
    )


def take_cutouts(picture: Tensor, plan: CutoutPlan, size: int, generator: torch.Generator) -> Tensor:
    """The cuts of a picture (1 × 3 × H × W, in [0, 1]): cuts × 3 × size × size, differentiable.

    `generator` is on the picture's device and draws the noise alone.
    """
    count, device = len(plan.windows), picture.device
    grid = sampling_grid(plan.homographies().to(device), size)
    outside = grid[count - plan.filled :].abs().amax(-1) > 1
    noise = _noise(plan, size, generator)
    colours = plan.colours().to(device)
    return sample_cuts(picture, grid, colours, noise, plan.padding, outside, plan.fill)


def sampling_grid(homographies: Tensor, size: int) -> Tensor:
    """Where the centre of each pixel of a cut lies in the picture: cuts × size × size × 2 (x, y)."""
    centres = (torch.arange(size, device=homographies.device) + 0.5) * (2 / size) - 1
    # A point's image is what its row gives and what its column gives, added: much quicker than a product of
    # matrices for every point.
    of_rows = homographies[:, :, 1, None] * centres + homographies[:, :, 2, None]
    of_columns = homographies[:, :, 0, None] * centres
    mapped = of_rows[..., None] + of_columns[:, :, None, :]
    return (mapped[:, :2] / mapped[:, 2:]).permute(0, 2, 3, 1)


def _noise(plan: CutoutPlan, size: int, generator: torch.Generator) -> Tensor:
    """Gaussian noise, cuts × 3 × size × size: windows of one field, each at a place of its own.

    To draw as many numbers as the cuts have pixels would take a quarter of a step's time for them on a CPU.
    """
    field = torch.randn((3, 2 * size, 2 * size), generator=generator, device=generator.device)
    corners = (plan.noise_at * size).long().tolist()
    windows = torch.stack([field[:, y : y + size, x : x + size] for y, x in corners])
    return windows.mul_(plan.noise.to(generator.device)[:, None, None, None])


def perspective_to_square(corners: Tensor) -> Tensor:
    """The homographies (n × 3 × 3) that take four corners (n × 4 × 2) to those of the square [-1, 1]².

    Corners go clockwise from the top left. The eight unknowns solve the usual linear system (Heckbert 1989).
    """
    x, y = corners.unbind(-1)
    u, v = _CORNERS.to(corners).expand_as(corners).unbind(-1)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    upper = torch.stack([x, y, one, zero, zero, zero, -u * x, -u * y], -1)
    lower = torch.stack([zero, zero, zero, x, y, one, -v * x, -v * y], -1)
    solved = torch.linalg.solve(torch.cat([upper, lower], 1), torch.cat([u, v], 1))
    return torch.cat([solved, one[:, :1]], 1).reshape(-1, 3, 3)


def hue_matrices(angles: Tensor) -> Tensor:
    """Turns of RGB columns about the grey axis (Rodrigues), by angles (n) in radians: n × 3 × 3."""
    even = torch.full((3, 3), 1 / 3)
    cross = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    cosine, sine = angles.cos()[:, None, None], angles.sin()[:, None, None]
    return cosine * torch.eye(3) + (1 - cosine) * even + sine * cross


def saturation_matrices(factors: Tensor) -> Tensor:
    """Blends of RGB columns with their own luminance, by factors (n; 0 is grey, 1 no change): n × 3 × 3."""
    factor = factors[:, None, None]
    return factor * torch.eye(3) + (1 - factor) * _LUMA.expand(3, 3)


def _zoom_windows(
    count: int, height: int, width: int, settings: CutoutSettings, generator: torch.Generator
) -> Tensor:
    """Windows inside the picture, nearly square in its pixels, as affine matrices."""
    side = _uniform(settings.zoom_side, count, generator) * min(height, width)
    low, high = (math.log(ratio) for ratio in settings.zoom_ratio)
    stretch = torch.exp(0.5 * _uniform((low, high), count, generator))
    half_x = (side * stretch / width).clamp(max=1.0)
    half_y = (side / stretch / height).clamp(max=1.0)
    near_x, near_y = _square_in_the_middle(height, width, settings.gather)
    centre_x = near_x * (1 - half_x) * _uniform((-1, 1), count, generator)
    centre_y = near_y * (1 - half_y) * _uniform((-1, 1), count, generator)
    return _affine(half_x, half_y, centre_x, centre_y)


def _wide_windows(
    count: int, height: int, width: int, settings: CutoutSettings, generator: torch.Generator
) -> Tensor:
    """Windows around the whole picture, drawn to the cut's square."""
    half = 1 / _uniform(settings.wide_side, count, generator)
    near_x, near_y = _square_in_the_middle(height, width, settings.gather)
    shift = (-2 * settings.wide_shift, 2 * settings.wide_shift)
    move_x, move_y = _uniform(shift, count, generator), _uniform(shift, count, generator)
    return _affine(near_x * half, near_y * half, near_x * move_x, near_y * move_y)


def _square_in_the_middle(height: int, width: int, gather: float) -> tuple[float, float]:
    """The shares of width and height to keep to: those of the square if `gather` is 1, all if it is 0."""
    side = min(height, width)
    return 1 - gather * (1 - side / width), 1 - gather * (1 - side / height)


def _affine(half_x: Tensor, half_y: Tensor, centre_x: Tensor, centre_y: Tensor) -> Tensor:
    zero, one = torch.zeros_like(half_x), torch.ones_like(half_x)
    rows = [half_x, zero, centre_x, zero, half_y, centre_y, zero, zero, one]
    return torch.stack(rows, -1).reshape(-1, 3, 3)


def _perspectives(reach: Tensor, generator: torch.Generator) -> Tensor:
    """Homographies whose corners moved inward by up to `reach` (n) of the half side."""
    inward = torch.rand(len(reach), 4, 2, generator=generator) * reach[:, None, None]
    return perspective_to_square(_CORNERS * (1 - inward))


def _uniform(bounds: tuple[float, float], count: int, generator: torch.Generator) -> Tensor:
    low, high = bounds
    return low + (high - low) * torch.rand(count, generator=generator)
