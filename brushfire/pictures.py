"""The pictures that `brushfire render` is given as files."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from contract.errors import InvalidTask
from renderers.base import Image


@dataclass(frozen=True)
class Given:
    """What `--init-image`, `--mask` and `--image-prompt` name, read."""

    init_image: Image | None
    mask: Image | None
    image_prompts: list[tuple[Image, float]]


def given_pictures(args: argparse.Namespace) -> Given:
    """All of them. Raises `InvalidTask` naming the option whose file is no picture."""
    prompts = []
    for text in args.image_prompt:
        path, weight = _weighed(text)
        prompts.append((read_picture("--image-prompt", path), weight))
    return Given(
        init_image=None if args.init_image is None else read_picture("--init-image", args.init_image),
        mask=None if args.mask is None else read_picture("--mask", args.mask),
        image_prompts=prompts,
    )


def read_picture(option: str, path: str) -> Image:
    """A picture file as RGB, upright; what is transparent in it is white."""
    try:
        with Pillow.open(Path(path)) as file:
            picture = ImageOps.exif_transpose(file).convert("RGBA")
    except (OSError, ValueError, Pillow.DecompressionBombError) as error:
        raise InvalidTask(option, path, f"a picture that can be read ({error})") from error
    paper = Pillow.new("RGBA", picture.size, "white")
    return np.asarray(Pillow.alpha_composite(paper, picture).convert("RGB"))


def _weighed(text: str) -> tuple[str, float]:
    """`cat.png:0.5`; without a number behind a colon all of it is the file's name."""
    path, colon, weight = text.rpartition(":")
    try:
        return (path, float(weight)) if colon else (text, 1.0)
    except ValueError:
        return text, 1.0
