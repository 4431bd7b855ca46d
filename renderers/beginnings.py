"""Where a picture begins: the simplest composition that already fits the prompts best.

Guidance from plain grey settles where its first steps happen to lead. A CLIP of small scenes judges some
hundreds of compositions in about a second. First all that are of one colour, a soft disc on another colour,
or a soft horizon between two; then what fitted best with every plain shape in it.
"""

from itertools import permutations

import torch
from torch import Tensor
from torch.nn.functional import pad

from renderers.guidance import Guidance
from renderers.silhouettes import silhouette

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
# How many of the compositions of two colours are tried with shapes in them.
DISCS_REFINED, HORIZONS_REFINED = 6, 3
# On a plain colour: these shapes, this large in half sides.
SHAPES, RADII = ("disc", "square", "triangle", "star", "heart", "cross"), (0.5, 0.7)
# On a horizon: what stands far off, what is in the sky, what stands near; where (x, y), and how large.
FAR = (("hill", (0.0, 0.15), 0.9),)
ABOVE = (("disc", (0.25, -0.55), 0.25), ("disc", (0.0, -0.15), 0.28))
NEAR = tuple((name, (0.0, 0.0), 0.45) for name in ("house", "tree", "boat", "cactus"))
HORIZON = 0.1


def compositions(size: int) -> Tensor:
    """The plain ones, n × 3 × size × size in [0, 1]: 12 of one colour, 132 discs and 132 horizons of two."""
    colours = _colours()
    disc, horizon = _masks(size)
    two = [colours[a] * mask + colours[b] * (1 - mask) for mask in (disc, horizon) for a, b in pairs()]
    return torch.cat([colours.expand(-1, -1, size, size), torch.stack(two)])


def refinements(size: int, best: list[int]) -> Tensor:
    """What `compositions` at these indices become with shapes in them: n × 3 × size × size in [0, 1].

    Discs become every shape in the same two colours; horizons get every figure in every colour.
    """
    colours, (_, horizon) = _colours(), _masks(size)
    shapes = [silhouette(name, size, radius) for radius in RADII for name in SHAPES]
    near = [silhouette(name, size, radius, middle) for name, middle, radius in NEAR]
    # What is far or above has the ground before it.
    near += [
        silhouette(name, size, radius, middle) * (1 - horizon) for name, middle, radius in (*FAR, *ABOVE)
    ]
    found = []
    for index in best:
        kind, pair = divmod(index - len(COLOURS), len(pairs()))
        a, b = pairs()[pair]
        if kind == 0:
            found += [colours[a] * mask + colours[b] * (1 - mask) for mask in shapes]
        else:
            ground = colours[a] * horizon + colours[b] * (1 - horizon)
            found += [colour * mask + ground * (1 - mask) for mask in near for colour in colours]
    return torch.stack(found)


def pairs() -> list[tuple[int, int]]:
    """Every colour before every other."""
    return list(permutations(range(len(COLOURS)), 2))


@torch.no_grad()
def best_beginning(guidance: Guidance, aspect: float = 1.0) -> Tensor:
    """The composition that fits best, 1 × 3 × height × width in [0, 1]; its shorter side is the CLIP's.

    `aspect`: width over height. What is beside the square that was judged goes on as its edge is.
    """
    size, device = guidance.clip.size, guidance.clip.device
    plain = compositions(size)
    fits = _fits(guidance, plain)
    first_disc, first_horizon = len(COLOURS), len(COLOURS) + len(pairs())
    best = _best(fits, first_disc, first_horizon, DISCS_REFINED)
    best += _best(fits, first_horizon, len(plain), HORIZONS_REFINED)
    refined = refinements(size, best)
    tried = torch.cat([plain, refined])
    found = tried[torch.cat([fits, _fits(guidance, refined)]).argmax()][None].to(device)
    beside = round(size * (max(aspect, 1 / aspect) - 1))
    more = (beside // 2, beside - beside // 2)
    return pad(found, (*more, 0, 0) if aspect > 1 else (0, 0, *more), mode="replicate")


def _fits(guidance: Guidance, pictures: Tensor) -> Tensor:
    device = guidance.clip.device
    return torch.cat([guidance.fits(some.to(device)) for some in torch.split(pictures, AT_ONCE)]).cpu()


def _best(fits: Tensor, first: int, end: int, count: int) -> list[int]:
    """The indices of the best of a range."""
    found: list[int] = (fits[first:end].topk(count).indices + first).tolist()
    return found


def _colours() -> Tensor:
    return torch.tensor(COLOURS)[:, :, None, None]


def _masks(size: int) -> tuple[Tensor, Tensor]:
    """A soft disc, and what is below a soft horizon: size × size each."""
    along = torch.linspace(-1, 1, size)
    down, across = torch.meshgrid(along, along, indexing="ij")
    return torch.sigmoid(8 * (0.5 - torch.hypot(down, across))), torch.sigmoid(16 * (down - HORIZON))
