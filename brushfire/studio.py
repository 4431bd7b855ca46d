"""Rendering without a queue, for a notebook: several pictures, timed, side by side, with their films."""

import os
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract.errors import BrushfireError
from contract.params import PARAMS
from contract.recipe import Recipe
from listener import VERSION
from listener.png import encode_png
from listener.video import Film
from renderers.base import Image, Weights
from renderers.run import draw

MB = 1024 * 1024


@dataclass
class Drawn:
    """One picture that was asked for: what came of it, and what it took.

    `memory_mb` is the most that the GPU's memory held meanwhile; on a CPU, what this process held at its end.
    """

    prompt: str
    renderer: str
    options: Mapping[str, Any]
    images: list[Image] = field(default_factory=list)
    score: float | None = None
    seed: int | None = None
    model: str | None = None
    seconds: float = 0.0
    memory_mb: int = 0
    film: Path | None = None
    png: bytes | None = None
    error: str | None = None

    @property
    def title(self) -> str:
        """What tells it from the others, in a line."""
        told = ", ".join(f"{name} {value}" for name, value in self.options.items() if name in _TELLING)
        return f"{self.renderer}{f' ({told})' if told else ''}: {self.prompt}"


# Options that a title shows; the others are the same in most comparisons.
_TELLING = ("model", "clip", "loras", "seed", "scheduler", "shape", "style")


class Studio:
    """Draws on one device, with weights that stay loaded between pictures."""

    def __init__(
        self, device: str = "auto", models: Weights | None = None, folder: Path | None = None
    ) -> None:
        """`folder` is where films go; by default a new temporary one."""
        from renderers.devices import resolve_device
        from renderers.weights import ModelTable

        self.device = resolve_device(device)
        self.models = models or ModelTable()
        self.folder = folder or Path(tempfile.mkdtemp(prefix="brushfire-films-"))
        self._films = 0

    def draw(
        self,
        prompt: str,
        renderer: str = "pixeldraw",
        *,
        init_image: Image | None = None,
        mask: Image | None = None,
        image_prompts: Sequence[tuple[Image, float]] = (),
        **options: Any,
    ) -> Drawn:
        """One picture, with its film. What can't be drawn is told in `error`, so that a series goes on."""
        drawn = Drawn(prompt, renderer, options)
        self._films += 1
        film = Film(self.folder / f"{self._films:03}-{renderer}.mp4")
        _forget_peak(self.device)
        began = time.perf_counter()
        try:
            made = draw(
                prompt,
                renderer,
                options,
                device=self.device,
                models=self.models,
                progress=lambda i, n, image, score: None if image is None else film.step(i, n, image),
                init_image=init_image,
                mask=mask,
                image_prompts=image_prompts,
            )
        except BrushfireError as error:
            film.abandon()
            drawn.error = str(error)
            return drawn
        except BaseException:
            film.abandon()
            raise
        drawn.seconds, drawn.memory_mb = time.perf_counter() - began, _peak_mb(self.device)
        drawn.images, drawn.score, drawn.model = made.images, made.score, made.model
        facts = dict(made.facts)
        drawn.seed = int(facts.pop("seed"))
        recipe = Recipe(
            prompt=prompt,
            renderer=renderer,
            params=dict(options),
            seed=drawn.seed,
            model=made.model,
            model_hash=made.model_hash,
            version=VERSION,
            facts=facts,
        )
        drawn.film, drawn.png = film.close(recipe), encode_png(made.images[0], recipe)
        return drawn

    def with_each(self, prompt: str, renderers: Sequence[str] = (), **options: Any) -> list[Drawn]:
        """One prompt through several renderers (none named: all that are built in), from one seed."""
        return [self.draw(prompt, name, **fitting(name, options)) for name in renderers or sorted(PARAMS)]

    def at_random(
        self,
        count: int,
        prompts: Sequence[str],
        choices: Sequence[Mapping[str, Any]],
        init_images: Sequence[Image | None] = (None,),
        seed: int | str = 0,
        **options: Any,
    ) -> list[Drawn]:
        """So many pictures, each of a prompt, a choice and a first picture taken by lot from the lists.

        A choice names a `renderer` and its options: {"renderer": "diffusion", "model": "sd15"}. The same seed
        gives the same lots, and the pictures seeds of their own.
        """
        lots = random.Random(seed)
        series = []
        for _ in range(count):
            choice, first = dict(lots.choice(list(choices))), lots.choice(list(init_images))
            name, prompt = choice.pop("renderer", "pixeldraw"), lots.choice(list(prompts))
            chosen = fitting(name, {"seed": lots.randrange(2**31), **options}) | choice
            series.append(self.draw(prompt, name, init_image=first, **chosen))
        return series

    def with_keywords(
        self, prompt: str, keywords: Sequence[str], renderer: str = "diffusion", **options: Any
    ) -> list[Drawn]:
        """The prompt alone, then with each of the keywords behind it, all from one seed."""
        chosen = fitting(renderer, {"seed": 1, **options})
        told = [prompt, *(f"{prompt}, {word}" for word in keywords)]
        return [self.draw(text, renderer, **chosen) for text in told]

    def blended(self, prompt: str, lora: str, weights: Sequence[float], **options: Any) -> list[Drawn]:
        """The prompt with a LoRA at each of several weights, from one seed; several LoRAs with a comma."""
        chosen, keys = fitting("diffusion", {"seed": 1, **options}), [key.strip() for key in lora.split(",")]
        blends = [",".join(f"{key}:{weight:g}" for key in keys) for weight in weights]
        return [self.draw(prompt, "diffusion", **chosen, loras=blend) for blend in blends]


def fitting(renderer: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that the renderer has, and those that none has: these are to be complained of."""
    mine = PARAMS[renderer].model_fields if renderer in PARAMS else {}
    others = {name for params in PARAMS.values() for name in params.model_fields}
    return {name: value for name, value in options.items() if name in mine or name not in others}


def _forget_peak(device: str) -> None:
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(device)


def _peak_mb(device: str) -> int:
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.max_memory_allocated(device) // MB)
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // MB
    except OSError:
        import resource  # where there is no /proc, as on a Mac

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // (MB if sys.platform == "darwin" else 1024)
