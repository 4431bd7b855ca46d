"""Rendering without a queue: a prompt in, a picture out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contract.params import PARAMS
from contract.prompts import parse_prompts
from contract.task import parse_params
from renderers import load
from renderers.base import Image, Job, Rendering, Silent, Weights
from renderers.devices import resolve_device
from renderers.seeds import resolve_seed

# Step, steps, what it looks like now, score.
Progress = Callable[[int, int, Image | None, float | None], None]


class Reporting(Silent):
    """A watch that tells each step to a function."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def step(self, i: int, n: int, image: Image | None, score: float | None, *, job: int = 0) -> None:
        """Tell it. What the function raises ends the render."""
        self._progress(i, n, image, score)


def learn_options(renderer: str) -> None:
    """Take in the options of a renderer that another package brought. Raises as `load` does."""
    if renderer not in PARAMS:
        PARAMS[renderer] = load(renderer).Params


def draw(
    prompt: str,
    renderer: str = "pixeldraw",
    options: Mapping[str, Any] | None = None,
    *,
    device: str = "auto",
    models: Weights | None = None,
    progress: Progress | None = None,
    init_image: Image | None = None,
    mask: Image | None = None,
    image_prompts: Sequence[tuple[Image, float]] = (),
) -> Rendering:
    """Render one picture here and now; `facts["seed"]` is the seed that was used.

    `options` are what a task's `params` would be, but for pictures: those are given as they are. The first
    channel of `mask` is taken. Raises `InvalidTask` naming the field that is wrong,
    `DeviceUnavailable`, and what the renderer raises.
    """
    prompts = parse_prompts(prompt)
    learn_options(renderer)
    params = parse_params(renderer, options or {})
    if models is None:
        # Imported here: a caller with weights of its own needs no table.
        from renderers.weights import ModelTable

        models = ModelTable()
    drawer = load(renderer)
    drawer.setup(resolve_device(device), models)
    seed = resolve_seed(params.seed)
    watch = Silent() if progress is None else Reporting(progress)
    job = Job(
        prompts,
        params,
        seed,
        init_image=init_image,
        mask=None if mask is None else mask[..., 0],
        image_prompts=tuple(image_prompts),
    )
    (rendering,) = drawer.render([job], watch)
    rendering.facts["seed"] = seed
    return rendering  # type: ignore[no-any-return]
