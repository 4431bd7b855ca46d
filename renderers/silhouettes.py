"""Plain shapes, as soft masks: what simple pictures are composed of."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

# How steeply a mask's edge falls, per half side of the picture.
STEEPNESS = 32.0

# The signed distance of (across, down) from a shape of about radius 1: below 0 inside.
Shape = Callable[[Tensor, Tensor], Tensor]


def silhouette(name: str, size: int, radius: float, middle: tuple[float, float] = (0.0, 0.0)) -> Tensor:
    """A shape by name: size × size in [0, 1]. `radius` and `middle` (x, y) are in half sides."""
    along = torch.linspace(-1, 1, size)
    down, across = torch.meshgrid(along - middle[1], along - middle[0], indexing="ij")
    return torch.sigmoid(-STEEPNESS * radius * SHAPES[name](across / radius, down / radius))


def _disc(across: Tensor, down: Tensor) -> Tensor:
    return torch.hypot(across, down) - 1


def _square(across: Tensor, down: Tensor) -> Tensor:
    return torch.maximum(across.abs(), down.abs()) - 0.85


def _triangle(across: Tensor, down: Tensor) -> Tensor:
    """On its base, with its tip up."""
    return _polygon(across, down, 3, 1.1)


def _star(across: Tensor, down: Tensor) -> Tensor:
    """Five points: each tenth of the turn, folded onto one, is bounded by a straight edge."""
    tenth, tip, notch = math.pi / 5, 1.15, 0.48
    turn = torch.atan2(across, -down)
    folded = ((turn + tenth).remainder(2 * tenth) - tenth).abs()
    reach = torch.hypot(across, down)
    edge_x, edge_y = notch * math.cos(tenth) - tip, notch * math.sin(tenth)
    beside = edge_y * (reach * folded.cos() - tip) - edge_x * reach * folded.sin()
    return beside / math.hypot(edge_x, edge_y)


def _heart(across: Tensor, down: Tensor) -> Tensor:
    """A square on its corner, with a disc on each of its upper sides: the cleft is between them."""
    half, lower = 0.62, down - 0.12
    turned = torch.maximum((across + lower).abs(), (across - lower).abs()) / math.sqrt(2) - half
    lobe = half / math.sqrt(2)
    lobes = torch.hypot(across.abs() - lobe, lower + lobe) - half
    return torch.minimum(turned, lobes)


def _cross(across: Tensor, down: Tensor) -> Tensor:
    beside, above = across.abs(), down.abs()
    upright = torch.maximum(beside - 0.32, above - 1)
    lying = torch.maximum(beside - 1, above - 0.32)
    return torch.minimum(upright, lying)


def _hill(across: Tensor, down: Tensor) -> Tensor:
    """A broad triangle from the middle up."""
    return torch.maximum(-1.1 * down + 1.2 * across.abs() - 1.1, down) / 1.6


def _house(across: Tensor, down: Tensor) -> Tensor:
    """A square under a roof."""
    walls = torch.maximum(across.abs() - 0.7, (down - 0.4).abs() - 0.55)
    roof = torch.maximum(-down - 1 + 0.9 * across.abs(), down + 0.1)
    return torch.minimum(walls, roof)


def _tree(across: Tensor, down: Tensor) -> Tensor:
    """A round crown on a trunk."""
    crown = torch.hypot(across, down + 0.35) - 0.65
    trunk = torch.maximum(across.abs() - 0.13, (down - 0.5).abs() - 0.5)
    return torch.minimum(crown, trunk)


def _boat(across: Tensor, down: Tensor) -> Tensor:
    """A hull with a sail."""
    hull = torch.maximum((down - 0.55).abs() - 0.25, across.abs() - 1.1 + 0.6 * (down - 0.3))
    sail = torch.maximum(torch.maximum(-across - 0.02, down - 0.2), across - 0.75 * (down + 0.95))
    return torch.minimum(hull, sail)


def _cactus(across: Tensor, down: Tensor) -> Tensor:
    """A column with two arms."""
    column = torch.maximum(across.abs() - 0.17, down.abs() - 1)
    arms = torch.maximum(across.abs() - 0.65, (down - 0.1).abs() - 0.13)
    tips = torch.maximum((across.abs() - 0.53).abs() - 0.13, (down + 0.2).abs() - 0.4)
    return torch.minimum(column, torch.minimum(arms, tips))


def _polygon(across: Tensor, down: Tensor, sides: int, reach: float) -> Tensor:
    """Of equal sides, a corner up."""
    half = math.pi / sides
    turn = torch.atan2(across, down)
    folded = (turn + half).remainder(2 * half) - half
    return torch.hypot(across, down) * folded.cos() - reach * math.cos(half)


SHAPES: dict[str, Shape] = {
    "disc": _disc,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "heart": _heart,
    "cross": _cross,
    "hill": _hill,
    "house": _house,
    "tree": _tree,
    "boat": _boat,
    "cactus": _cactus,
}
