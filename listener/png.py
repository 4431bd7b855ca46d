"""A PNG that carries its recipe, and the thumbnail beside it."""

import io

from PIL import Image as Pillow
from PIL import PngImagePlugin
from pydantic import ValidationError

from contract.recipe import Recipe
from renderers.base import Image

KEYWORD = "brushfire"
THUMBNAIL_PIXELS = 320
PREVIEW_PIXELS = 160


def encode_png(image: Image, recipe: Recipe) -> bytes:
    """A PNG with the recipe in an international text chunk under the keyword `brushfire`."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt(KEYWORD, recipe.model_dump_json(exclude_none=True))
    buffer = io.BytesIO()
    Pillow.fromarray(image).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def read_recipe(png: bytes) -> Recipe | None:
    """The recipe that a PNG carries, None if it has none that can be read."""
    try:
        with Pillow.open(io.BytesIO(png), formats=["PNG"]) as picture:
            assert isinstance(picture, PngImagePlugin.PngImageFile)
            text = picture.text.get(KEYWORD)
        return Recipe.model_validate_json(text) if text else None
    except (OSError, ValueError, ValidationError):
        return None


def encode_webp(image: Image, pixels: int = THUMBNAIL_PIXELS, quality: int = 80) -> bytes:
    """A WebP whose longer side has at most `pixels`. A small picture stays as it is."""
    picture = Pillow.fromarray(image)
    picture.thumbnail((pixels, pixels), Pillow.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def encode_thumbnail(image: Image, most_bytes: int = 30_000) -> bytes:
    """A WebP of at most 320 pixels a side, coarser for as long as it has more than `most_bytes`."""
    return _smallest(image, THUMBNAIL_PIXELS, (80, 65, 45, 25, 10), most_bytes)


def encode_preview(image: Image, most_bytes: int = 10_000) -> bytes:
    """A WebP of at most 160 pixels a side, coarser for as long as it has more than `most_bytes`."""
    return _smallest(image, PREVIEW_PIXELS, (70, 40, 20, 5), most_bytes)


def _smallest(image: Image, pixels: int, qualities: tuple[int, ...], most_bytes: int) -> bytes:
    """At the first quality at which it is small enough, or else at the last."""
    for quality in qualities:
        data = encode_webp(image, pixels, quality)
        if len(data) <= most_bytes:
            break
    return data
