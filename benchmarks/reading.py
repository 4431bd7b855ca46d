"""What a finished picture shows, as the judge reads it: `Reader().read(pictures)`.

The judge (`training/judge.py`) guided none of these pictures and knows none of the weights that did.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from training.facts import THINGS, Facts
from training.judge_model import READS, WEIGHTS, load_judge, to_pictures

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Reading:
    """What the judge takes a picture for.

    `facts` has an answer to every question, also to those that make no sense for the picture; `sure` says how
    probable each is, in [0, 1], and of each thing how probable it is to be there.
    """

    facts: Facts
    sure: dict[str, float]

    def right(self, asked: Facts) -> dict[str, bool]:
        """Of each attribute asked for, whether it was read; 'things' if all of those asked for are there."""
        found = {}
        for field in fields(asked):
            wanted = getattr(asked, field.name)
            if field.name == "things" and wanted:
                found["things"] = set(wanted) <= set(self.facts.things)
            elif field.name in READS and wanted is not None:
                found[field.name] = getattr(self.facts, field.name) == wanted
        return found


class Reader:
    """The trained judge. Deterministic, on one CPU thread or many; about 2 ms a picture."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._judge = load_judge(weights)

    @torch.no_grad()
    def read(self, pictures: Sequence[Picture]) -> list[Reading]:
        """Readings of pictures (height × width × 3, uint8, any size), each seen with its mirror image."""
        ready = torch.cat([to_pictures(torch.from_numpy(np.array(p))[None].float() / 255) for p in pictures])
        facts, things = self._judge(torch.cat([ready, ready.flip(3)]))
        shares = {name: _mean_of_mirrored(logits.softmax(1)) for name, logits in facts.items()}
        seen = _mean_of_mirrored(things.sigmoid())
        return [
            _reading({name: share[index] for name, share in shares.items()}, seen[index])
            for index in range(len(pictures))
        ]


def _mean_of_mirrored(both: torch.Tensor) -> NDArray[np.float32]:
    one, other = both.chunk(2)
    mean: NDArray[np.float32] = ((one + other) / 2).numpy()
    return mean


def _reading(shares: dict[str, NDArray[np.float32]], seen: NDArray[np.float32]) -> Reading:
    said = {name: READS[name][int(share.argmax())] for name, share in shares.items()}
    things = tuple(thing for thing, share in zip(THINGS, seen, strict=True) if share > 0.5)
    sure = {name: float(share.max()) for name, share in shares.items()}
    sure |= {thing: float(share) for thing, share in zip(THINGS, seen, strict=True)}
    return Reading(Facts(**said, things=things), sure)
