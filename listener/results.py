"""From a rendering to its files on this machine's disk, and from there to the record of it."""

import zlib
from importlib import metadata
from pathlib import Path
from typing import Literal

from pydantic import Field

from contract.documents import Document
from contract.errors import RenderFailed
from contract.recipe import Recipe
from contract.task import Result, StoredFile, Task
from listener import VERSION
from listener.png import encode_png, encode_thumbnail
from listener.storage import FileStore
from renderers.base import Rendering

FILM = "video.mp4"


class PackedFile(Document):
    """One file of a result, by its name in the folder."""

    name: str
    content_type: str
    role: Literal["image", "thumbnail", "video", "svg"]
    crc32: int = Field(description="Of its content, so that what a power cut left is not taken for whole")


class Packed(Document):
    """A result on disk: all that a task's result says, but for the addresses of its files."""

    files: list[PackedFile]
    width: int
    height: int
    seed: int
    seconds: float
    score: float | None = None
    model: str | None = None
    model_hash: str | None = None
    versions: dict[str, str] = Field(default_factory=dict)


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


def pack(folder: Path, recipe: Recipe, rendering: Rendering, film: Path | None, seconds: float) -> Packed:
    """Write a rendering's files into a folder; the film is there already. Raises `RenderFailed` for none."""
    if not rendering.images:
        raise RenderFailed(f"{recipe.renderer} gave no picture")
    files = []

    def write(
        name: str, content: bytes, content_type: str, role: Literal["image", "thumbnail", "svg"]
    ) -> None:
        (folder / name).write_bytes(content)
        files.append(PackedFile(name=name, content_type=content_type, role=role, crc32=zlib.crc32(content)))

    for number, image in enumerate(rendering.images, 1):
        name = "image.png" if number == 1 else f"image-{number}.png"
        write(name, encode_png(image, recipe), "image/png", "image")
    write("thumbnail.webp", encode_thumbnail(rendering.images[0]), "image/webp", "thumbnail")
    if film is not None:
        crc32 = zlib.crc32(film.read_bytes())
        files.append(PackedFile(name=film.name, content_type="video/mp4", role="video", crc32=crc32))
    if rendering.svg is not None:
        write("picture.svg", rendering.svg.encode(), "image/svg+xml", "svg")
    height, width = rendering.images[0].shape[:2]
    return Packed(
        files=files,
        width=width,
        height=height,
        seed=recipe.seed,
        seconds=seconds,
        score=rendering.score,
        model=rendering.model,
        model_hash=rendering.model_hash,
        versions=versions(),
    )


def upload(
    store: FileStore,
    packed: Packed,
    folder: Path,
    destination: str,
    stored: dict[str, StoredFile],
    owner: str = "",
) -> Result:
    """Put the files under `destination` and record them. Raises `UploadFailed` or `Unreachable`.

    `stored` remembers what is there already, by name, for another try. The user `owner` may delete them.
    """
    for file in packed.files:
        if file.name not in stored:
            path = f"{destination}/{file.name}"
            stored[file.name] = store.put(path, folder / file.name, file.content_type, owner)
    of_role: dict[str, list[StoredFile]] = {}
    for file in packed.files:
        of_role.setdefault(file.role, []).append(stored[file.name])
    return Result(
        images=of_role["image"],
        thumbnail=of_role["thumbnail"][0],
        video=next(iter(of_role.get("video", [])), None),
        svg=next(iter(of_role.get("svg", [])), None),
        **packed.model_dump(exclude={"files"}),
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
