"""Pictures of prompts, and how much of what was asked for the judge reads in them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from benchmarks.prompts import Asked, scene_of
from benchmarks.reading import Picture, Reader, Reading
from contract.prompts import parse_prompts
from contract.task import parse_params
from renderers.base import Job, Silent
from training.scenes import picture

ATTRIBUTES = ("shape", "colour", "background", "ground", "sky", "things")


@dataclass(frozen=True)
class Judged:
    """A picture of a prompt with what the judge read; `seconds` is None for pictures not rendered."""

    asked: Asked
    picture: Picture
    reading: Reading
    seconds: float | None

    @property
    def right(self) -> dict[str, bool]:
        """Of each attribute asked for, whether it was read."""
        return self.reading.right(self.asked.facts)


@dataclass(frozen=True)
class Figures:
    """Shares, 0 to 1, of what was asked for: of all attributes, of shapes, of prompts read whole, of each
    attribute; and the mean seconds of a picture."""

    attributes: float
    shapes: float
    prompts: float
    each: dict[str, float]
    seconds: float | None


def figures(judged: Sequence[Judged]) -> Figures:
    """What share of the attributes asked for was read."""
    each: dict[str, list[bool]] = {name: [] for name in ATTRIBUTES}
    for one in judged:
        for name, right in one.right.items():
            each[name].append(right)
    every = [right for found in each.values() for right in found]
    times = [one.seconds for one in judged if one.seconds is not None]
    return Figures(
        attributes=_share(every),
        shapes=_share(each["shape"]),
        prompts=_share([all(one.right.values()) for one in judged]),
        each={name: _share(found) for name, found in each.items() if found},
        seconds=sum(times) / len(times) if times else None,
    )


def real_pictures(prompts: Sequence[Asked], reader: Reader, seed: int) -> list[Judged]:
    """Real pictures of the prompts' scenes: the bound of what the judge can read."""
    made = [
        (picture(scene_of(asked, seed + index), size=256) * 255).round().astype(np.uint8)
        for index, asked in enumerate(prompts)
    ]
    readings = reader.read(made)
    return [
        Judged(asked, pixels, reading, None)
        for asked, pixels, reading in zip(prompts, made, readings, strict=True)
    ]


def rendered(
    drawer: Any,
    prompts: Sequence[Asked],
    params: dict[str, Any],
    reader: Reader,
    *,
    seed: int,
    batch: int,
    folder: Path | None,
    tell: Callable[[str], None],
) -> list[Judged]:
    """Render each prompt once, seed `seed` plus its place in the list, and read the pictures.

    In `folder` each picture is kept, and one that is there already is taken instead of rendering again.
    """
    done: list[Judged] = []
    for start in range(0, len(prompts), batch):
        group = list(enumerate(prompts[start : start + batch], start))
        kept = [found for index, asked in group if (found := _kept(folder, index, asked))]
        if len(kept) < len(group):
            begin = time.perf_counter()
            jobs = [
                Job(parse_prompts(asked.prompt), parse_params(drawer.name, params), seed + index)
                for index, asked in group
            ]
            results = drawer.render(jobs, Silent())
            seconds = (time.perf_counter() - begin) / len(group)
            kept = [(result.images[0], seconds) for result in results]
            for (index, asked), (pixels, _) in zip(group, kept, strict=True):
                _keep(folder, index, asked, pixels, seconds)
        for (_, asked), (pixels, seconds) in zip(group, kept, strict=True):
            judged = Judged(asked, pixels, reader.read([pixels])[0], seconds)
            wrong = [name for name, right in judged.right.items() if not right]
            tell(f"{len(done) + 1}/{len(prompts)} {seconds:.1f} s  {asked.prompt}: {_said(judged, wrong)}")
            done.append(judged)
    return done


def _said(judged: Judged, wrong: list[str]) -> str:
    if not wrong:
        return "all read"
    return ", ".join(f"{name} read as {getattr(judged.reading.facts, name)}" for name in wrong)


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else float("nan")


def _keep(folder: Path | None, index: int, asked: Asked, pixels: Picture, seconds: float) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        note = PngImagePlugin.PngInfo()
        note.add_text("prompt", asked.prompt)
        note.add_text("seconds", f"{seconds:.3f}")
        Image.fromarray(pixels).save(folder / f"{index:02}.png", pnginfo=note)


def _kept(folder: Path | None, index: int, asked: Asked) -> tuple[Picture, float] | None:
    path = folder / f"{index:02}.png" if folder else None
    if path is None or not path.is_file():
        return None
    with Image.open(path) as image:
        if image.info.get("prompt") != asked.prompt:
            return None
        return np.array(image.convert("RGB")), float(image.info["seconds"])
