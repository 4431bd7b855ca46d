"""The prompt grammar: `a red circle:1 | text:-0.5`.

`|` separates prompts. `text:weight` weighs one, `text:weight:stop` also gives the distance under which
it no longer pulls; both are read from the right, as pixray and VQGAN-CLIP read them, so that a colon
inside the text stays text.
"""

import math
import re
from dataclasses import dataclass

from contract.errors import InvalidTask

MAX_CHARACTERS = 2000
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")


@dataclass(frozen=True)
class Prompt:
    """One prompt: what to draw towards (weight > 0) or away from (weight < 0)."""

    text: str
    weight: float = 1.0
    stop: float = -math.inf


def parse_prompts(text: str) -> tuple[Prompt, ...]:
    """Split a task's prompt into weighed prompts.

    Raises `InvalidTask` naming `prompt` if it is empty, too long, has an empty part, a weight out of
    ±100, or nothing that pulls towards a picture.
    """
    if not isinstance(text, str) or not text.strip():
        raise InvalidTask("prompt", text, f"a text of 1 to {MAX_CHARACTERS} characters")
    if len(text) > MAX_CHARACTERS:
        raise InvalidTask("prompt", text, f"at most {MAX_CHARACTERS} characters (it has {len(text)})")
    prompts = tuple(_parse_one(part) for part in text.split("|"))
    if not any(prompt.weight > 0 for prompt in prompts):
        raise InvalidTask("prompt", text, "at least one part of positive weight")
    return prompts


def _parse_one(part: str) -> Prompt:
    numbers: list[float] = []
    text = part.strip()
    while len(numbers) < 2 and ":" in text:
        head, tail = text.rsplit(":", 1)
        if not _NUMBER.fullmatch(tail.strip()):
            break
        numbers.insert(0, float(tail))
        text = head.strip()
    if not text:
        raise InvalidTask("prompt", part, "a text before each '|' and ':weight'")
    prompt = Prompt(text, *numbers)
    if abs(prompt.weight) > 100:
        raise InvalidTask("prompt", part.strip(), "weighed between -100 and 100")
    return prompt
