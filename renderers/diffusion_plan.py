"""What a task comes to with its model: prompts, steps, guidance, scheduler, and the size to draw at."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from contract.params import Aspect, DiffusionParams, Quality
from contract.prompts import Prompt, parse_prompts
from renderers.base import Job, Located
from renderers.schedulers import DEFAULT, FLOW
from renderers.seeds import step_seed

# Steps by quality; of a model that says how many suit it, these shares of its own number.
STEPS: Mapping[Quality, int] = {"draft": 12, "normal": 25, "better": 40, "best": 60}
SHARES: Mapping[Quality, float] = {"draft": 0.5, "normal": 1.0, "better": 1.5, "best": 2.0}
GUIDANCE = 7.5
ASPECTS: Mapping[Aspect, float] = {"square": 1.0, "portrait": 4 / 5, "widescreen": 16 / 9}

# How far from the size that it was trained at a model still draws well, as factors of the side of a square.
SMALLEST, LARGEST = 0.75, 1.25
# In the words of `models.toml`: it draws well at its native size alone.
ONE_SIZE = "one-size"

# What a seed is drawn from for, beside its steps.
_MODEL, _PROMPT, _IMAGE = 11, 12, 13

Size = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """How to sample; jobs whose plans are equal may go through the denoiser together."""

    steps: int
    guidance: float
    scheduler: str
    # Pixels (height, width) that the model draws, and that the picture then has.
    drawn: Size
    given: Size
    strength: float
    task: Literal["draw", "redraw", "inpaint"]
    # Whether the denoiser is asked with and without the prompt; one that follows straight paths is told
    # instead.
    guided: bool

    @property
    def skip(self) -> int:
        """Steps left out, as the picture begins from another."""
        return self.steps - max(1, min(self.steps, int(self.steps * self.strength)))


def plan_for(
    job: Job[DiffusionParams],
    model: Located,
    multiple: int,
    *,
    flow: bool,
    loras: Mapping[str, int | float | str],
) -> Plan:
    """A job's plan; what the task leaves open its LoRAs' `defaults` say, else the model's, else the quality.

    `multiple`: what the sides of the drawn picture must be multiples of.
    """
    params = job.params
    known = {**model.defaults, **loras}
    steps = params.steps or _steps(params.quality, known.get("steps"))
    guidance = params.guidance if params.guidance is not None else float(known.get("guidance", GUIDANCE))
    scheduler = params.scheduler or str(known.get("scheduler", FLOW if flow else DEFAULT))
    given = picture_size(params.size, params.aspect)
    task: Literal["draw", "redraw", "inpaint"] = "draw"
    if job.init_image is not None:
        task = "redraw" if job.mask is None else "inpaint"
    return Plan(
        steps=steps,
        guidance=guidance,
        scheduler=scheduler,
        drawn=drawn_size(given, multiple, model.native_size, one_size=ONE_SIZE in model.traits),
        given=given,
        strength=params.strength if task != "draw" else 1.0,
        task=task,
        guided=guidance > 1 and not flow,
    )


def picture_size(longer: int, aspect: Aspect) -> Size:
    """Height and width of a picture by its longer side and its shape."""
    ratio = ASPECTS[aspect]
    if ratio >= 1:
        return round(longer / ratio), longer
    return longer, round(longer * ratio)


def drawn_size(given: Size, multiple: int, native: int | None, *, one_size: bool) -> Size:
    """The size to draw at: that of the picture, brought near to the area that the model was trained on."""
    height, width = given
    side = math.sqrt(height * width)
    wanted = side
    if native is not None:
        low, high = (1.0, 1.0) if one_size else (SMALLEST, LARGEST)
        wanted = min(max(side, low * native), high * native)

    def rounded(length: float) -> int:
        return max(1, round(length * wanted / side / multiple)) * multiple

    return rounded(height), rounded(width)


def chosen_model(params: DiffusionParams, seed: int) -> str | None:
    """The key of the model: the one asked for, or by the seed one of several; None for the operator's."""
    keys = [key.strip() for key in (params.model or "").split(",") if key.strip()]
    return keys[step_seed(seed, 0, _MODEL) % len(keys)] if keys else None


def chosen_prompts(job: Job[DiffusionParams]) -> tuple[int, tuple[Prompt, ...]]:
    """The number of the prompt that the seed chose (0 is the task's own) and its parts.

    Raises `InvalidTask` naming the alternative that isn't by the grammar.
    """
    from contract.errors import InvalidTask

    choices = [job.prompts]
    for number, text in enumerate(job.params.alternatives):
        try:
            choices.append(parse_prompts(text))
        except InvalidTask as error:
            raise InvalidTask(f"params.alternatives.{number}", error.value, error.accepted) from None
    number = step_seed(job.seed, 0, _PROMPT) % len(choices)
    return number, choices[number]


def image_seed(seed: int, number: int) -> int:
    """The seed of a task's image: the first one's is the task's own, so that it is the one made alone."""
    return seed if number == 0 else step_seed(seed, number, _IMAGE)


def _steps(quality: Quality, suits: int | float | str | None) -> int:
    if suits is None:
        return STEPS[quality]
    return max(1, round(float(suits) * SHARES[quality]))
