"""`brushfire render`: a prompt rendered here and now, without any queue."""

import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from brushfire import __version__
from brushfire.picture import checked
from brushfire.pictures import Given, given_pictures
from contract.recipe import Recipe
from listener.png import encode_png
from listener.video import Film
from renderers.base import Image, Rendering
from renderers.palettes import read_palette
from renderers.run import draw


def run(args: argparse.Namespace) -> int:
    """Render into `--out`, showing progress; prints the paths of what it made, or one JSON object."""
    if args.palette_file is not None:
        colours = read_palette(args.palette_file)
        args.param.append(f"palette={colours}")
    params, _ = checked(args)
    given = given_pictures(args)
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        film = Film(Path(scratch) / "film.mp4")
        try:
            rendering = _draw(args, params, given, film)
        except BaseException:
            film.abandon()
            raise
        recipe = _recipe(args, params, rendering)
        files = _write(folder, recipe, rendering, film)
    if args.json:
        made = {"seed": recipe.seed, "score": rendering.score, "facts": rendering.facts}
        print(json.dumps(recipe.fields() | made | {"files": [str(file) for file in files]}))
    else:
        print("\n".join(str(file) for file in files))
    return 0


def _draw(args: argparse.Namespace, params: dict[str, Any], given: Given, film: Film) -> Rendering:
    """The renderer's work, with a bar on standard error and each step in the film."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        shown = bar.add_task("loading", total=None)

        def step(i: int, n: int, image: Image | None, score: float | None) -> None:
            said = "drawing" if score is None else f"drawing, score {score:.2f}"
            bar.update(shown, description=said, completed=i, total=n)
            if image is not None:
                film.step(i, n, image)

        return draw(
            args.prompt,
            args.renderer,
            params,
            device=args.device,
            progress=step,
            init_image=given.init_image,
            mask=given.mask,
            image_prompts=given.image_prompts,
        )


def _recipe(args: argparse.Namespace, params: dict[str, Any], rendering: Rendering) -> Recipe:
    facts = dict(rendering.facts)
    return Recipe(
        prompt=args.prompt,
        renderer=args.renderer,
        params=params,
        seed=int(facts.pop("seed")),
        model=rendering.model,
        model_hash=rendering.model_hash,
        version=__version__,
        facts=facts,
    )


def _write(folder: Path, recipe: Recipe, rendering: Rendering, film: Film) -> list[Path]:
    """The pictures, the SVG if there is one, and the film, each named for the prompt and the seed."""
    words = re.sub(r"[^a-z0-9]+", "-", recipe.prompt.lower()).strip("-")[:60] or "picture"
    stem = f"{words}-{recipe.seed}"
    files = []
    for number, image in enumerate(rendering.images):
        file = folder / f"{stem}{f'-{number + 1}' if number else ''}.png"
        file.write_bytes(encode_png(image, recipe))
        files.append(file)
    if rendering.svg is not None:
        file = folder / f"{stem}.svg"
        file.write_text(rendering.svg, encoding="utf-8")
        files.append(file)
    made = film.close(recipe)
    if made is not None:
        files.append(Path(shutil.move(made, folder / f"{stem}.mp4")))
    return files
