"""Seeds: what a task asks for as a number that any machine understands, and one number for each step."""

import hashlib
import secrets

# Numbers below this are the same in Python, in Firestore and in a browser's JavaScript.
SEED_LIMIT = 2**53
_MASK = 2**64 - 1


def resolve_seed(asked: int | str | None) -> int:
    """The number that a task's `seed` means: itself, a text's hash, or a new one (below 2³²) for None."""
    if asked is None:
        return secrets.randbelow(2**32)
    if isinstance(asked, int):
        return asked
    return int.from_bytes(hashlib.sha256(asked.encode()).digest()[:8], "big") % SEED_LIMIT


def step_seed(seed: int, step: int, stream: int = 0) -> int:
    """A seed in [0, 2⁶³) for one step of a render, unlike that of its neighbours (SplitMix64, Steele 2014).

    Each step draws from a generator of its own, so that a checkpoint needs no generator's state and a
    render goes on the same after it, on any device. `stream` tells apart what one step draws for.
    """
    mixed = (seed + 0x9E3779B97F4A7C15 * (2 * step + stream + 1)) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) >> 1
