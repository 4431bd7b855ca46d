"""From what a task says of its seed to the number that a renderer takes."""

import hashlib

_63_BITS = 2**63 - 1
# What is derived stays exact in a browser, whose numbers have 53 bits.
_53_BITS = 2**53 - 1


def seed_number(seed: int | str | None, task: str) -> int:
    """A number in [0, 2**63) that is always the same for the same seed.

    A number that is in range is itself; a text is hashed. Without a seed the task's id stands in for one, so
    that another attempt at the task gives the same picture.
    """
    if isinstance(seed, int):
        return seed & _63_BITS
    text = f"task {task}" if seed is None else f"text {seed}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") & _53_BITS
