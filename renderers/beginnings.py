"""Where a picture begins: the simplest composition that already fits the prompts best.

Guidance from plain grey settles where its first steps happen to lead. A CLIP of small scenes judges some
hundreds of compositions in a fraction of a second, so they are all tried: one colour, a soft disc on another
colour, a soft horizon between two.
"""

from itertools import permutations

import torch
from torch import Tensor

from renderers.guidance import Guidance

# Twelve plain colours, RGB in [0, 1].
COLOURS = (
    (0.9, 0.1, 0.1),
    (1.0, 0.55, 0.0),
    (1.0, 0.9, 0.1),
    (0.1, 0.65, 0.2),
    (0.1, 0.85, 0.9),
    (0.1, 0.25, 0.85),
    (0.55, 0.15, 0.7),
    (1.0, 0.55, 0.75),
    (0.5, 0.3, 0.1),
    (0.97, 0.97, 0.97),
    (0.5, 0.5, 0.5),
    (0.03, 0.03, 0.05),
)
AT_ONCE = 64


def compositions(size: int) -> Tensor:
    """All of them, n × 3 × size × size in [0, 1]: 12 of one colour, 132 discs and 132 horizons of two."""
    colours = torch.tensor(COLOURS)[:, :, None, None]
    along = torch.linspace(-1, 1, size)
    down, across = torch.meshgrid(along, along, indexing="ij")
    disc = torch.sigmoid(8 * (0.5 - torch.hypot(down, across)))
    horizon = torch.sigmoid(8 * (down - 0.1))
    two = [colours[a] * mask + colours[b] * (1 - mask) for mask in (disc, horizon) for a, b in pairs()]
    return torch.cat([colours.expand(-1, -1, size, size), torch.stack(two)])


def pairs() -> list[tuple[int, int]]:
    """Every colour before every other."""
    return list(permutations(range(len(COLOURS)), 2))


@torch.no_grad()
def best_beginning(guidance: Guidance) -> Tensor:
    """The composition that fits best, 1 × 3 × size × size in [0, 1], where size is the CLIP's."""
    tried = compositions(guidance.clip.size).to(guidance.clip.device)
    fits = torch.cat([guidance.fits(some) for some in torch.split(tried, AT_ONCE)])
    return tried[fits.argmax()][None]
