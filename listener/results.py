"""From a rendering to the files and the record of it."""

from importlib import metadata
from pathlib import Path

from contract.errors import RenderFailed
from contract.recipe import Recipe
from contract.task import Result, StoredFile, Task
from listener import VERSION
from listener.holding import HeldTask
from listener.png import encode_png, encode_webp
from listener.storage import ResultStore
from renderers.base import Rendering


def recipe_of(task: Task, seed: int, rendering: Rendering) -> Recipe:
    """What the picture carries with it."""
    return Recipe(
        prompt=task.prompt,
        renderer=task.renderer,
        params=task.params,
        seed=seed,
        model=rendering.model,
        model_hash=rendering.model_hash,
        version=VERSION,
        facts=rendering.facts,
    )


def upload_result(
    store: ResultStore,
    held: HeldTask,
    recipe: Recipe,
    rendering: Rendering,
    film: Path | None,
    seconds: float,
) -> Result:
    """Put a rendering's files under `results/{task}/{epoch}/` and record them. Raises `UploadFailed`."""
    if not rendering.images:
        raise RenderFailed(f"{recipe.renderer} gave no picture")
    folder = f"results/{held.id}/{held.claim.epoch}"
    images = [
        store.put(f"{folder}/image{_number(i)}.png", encode_png(image, recipe), "image/png")
        for i, image in enumerate(rendering.images)
    ]
    height, width = rendering.images[0].shape[:2]
    return Result(
        images=images,
        thumbnail=store.put(f"{folder}/thumbnail.webp", encode_webp(rendering.images[0]), "image/webp"),
        video=store.put(f"{folder}/video.mp4", film, "video/mp4") if film else None,
        svg=_svg(store, folder, rendering.svg),
        width=width,
        height=height,
        seed=recipe.seed,
        seconds=seconds,
        score=rendering.score,
        model=rendering.model,
        model_hash=rendering.model_hash,
        versions=versions(),
    )


def versions() -> dict[str, str]:
    """What rendered it, of what decides how a picture looks."""
    found = {"brushfire": VERSION}
    for package in ("torch", "transformers"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _svg(store: ResultStore, folder: str, svg: str | None) -> StoredFile | None:
    return store.put(f"{folder}/picture.svg", svg.encode(), "image/svg+xml") if svg is not None else None


def _number(i: int) -> str:
    return f"-{i + 1}" if i else ""
