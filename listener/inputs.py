"""Pictures that a task names: fetched from its owner's uploads, and decoded with care.

They are strangers' files: the size is looked at before the content is fetched, only three formats are tried,
and the count of pixels before they are decoded (a few kilobytes of PNG can claim to be a gigapixel).
"""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps

from contract.errors import InvalidTask
from contract.params import Params
from contract.task import Task
from listener.storage import FileStore
from renderers.base import Image

MOST_BYTES = 10 * 1024 * 1024  # as the Storage rules have it
MOST_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
BOMBS = (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning)
TYPES = ("image/png", "image/jpeg", "image/webp")


@dataclass(frozen=True)
class Inputs:
    """A task's pictures, as its renderer's job takes them."""

    init_image: Image | None = None
    mask: NDArray[np.uint8] | None = None
    image_prompts: tuple[tuple[Image, float], ...] = ()


def fetch_inputs(store: FileStore, task: Task, params: Params) -> Inputs:
    """Whatever pictures the options name. Raises `InvalidTask` naming the option, or `Unreachable`."""
    init_image, mask = getattr(params, "init_image", None), getattr(params, "mask", None)
    prompts = getattr(params, "image_prompts", None) or []
    if mask and not init_image:
        raise InvalidTask("params.mask", mask, "left out where there is no init_image to paint over")

    def fetched(path: str, option: str, decode: Callable[[Pillow.Image], Any]) -> Any:
        return decode_picture(_content(store, task, path, option), path, option, decode)

    inputs = Inputs(
        init_image=fetched(init_image, "params.init_image", _colours) if init_image else None,
        mask=fetched(mask, "params.mask", _greys) if mask else None,
        image_prompts=tuple(
            (fetched(prompt.image, f"params.image_prompts.{number}", _colours), prompt.weight)
            for number, prompt in enumerate(prompts)
        ),
    )
    if inputs.mask is not None and inputs.init_image is not None:
        wanted, found = inputs.init_image.shape[:2], inputs.mask.shape
        if wanted != found:
            raise InvalidTask(
                "params.mask",
                f"{found[1]} × {found[0]} pixels",
                f"of the init image's size, {wanted[1]} × {wanted[0]}",
            )
    return inputs


def decode_picture(data: bytes, path: str, option: str, decode: Callable[[Pillow.Image], Any]) -> Any:
    """An uploaded file's picture, upright, through `decode`. Raises `InvalidTask` naming the option."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            picture = Pillow.open(io.BytesIO(data), formats=FORMATS)
        with picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise InvalidTask(
                    option, path, f"a picture of at most {MOST_PIXELS:,} pixels (it has {width} × {height})"
                )
            picture.load()
            return decode(ImageOps.exif_transpose(picture))
    except (OSError, ValueError, SyntaxError, EOFError, *BOMBS) as error:
        raise InvalidTask(
            option, path, f"a PNG, JPEG or WebP that can be read ({type(error).__name__}: {error})"
        ) from error


def _content(store: FileStore, task: Task, path: str, option: str) -> bytes:
    folder = f"uploads/{task.uid}/"
    if not path.startswith(folder) or ".." in path.split("/"):
        raise InvalidTask(option, path, f"a picture among its owner's own: {folder}…")
    found = store.find(path)
    data = None
    if found is not None:
        if found.size > MOST_BYTES:
            raise InvalidTask(
                option, path, f"a file of at most {MOST_BYTES >> 20} MiB (it has {found.size} bytes)"
            )
        if found.content_type not in TYPES:
            raise InvalidTask(option, path, f"one of {', '.join(TYPES)} (it is {found.content_type!r})")
        data = store.fetch(found)
    if data is None:
        raise InvalidTask(option, path, "there: nothing was uploaded to it, or it was deleted")
    return data


def _colours(picture: Pillow.Image) -> Image:
    """RGB; what is transparent is shown on white."""
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        picture = Pillow.alpha_composite(Pillow.new("RGBA", clear.size, "white"), clear)
    return np.array(picture.convert("RGB"))


def _greys(picture: Pillow.Image) -> NDArray[np.uint8]:
    """How white it is; a mask drawn on a transparent ground is white where it is opaque."""
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        picture = Pillow.alpha_composite(Pillow.new("RGBA", clear.size, "black"), clear)
    return np.array(picture.convert("L"))
