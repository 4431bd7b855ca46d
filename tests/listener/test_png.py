"""A picture carries its recipe, whole, through anything that keeps PNG chunks."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from contract.recipe import Recipe
from listener.png import KEYWORD, encode_png, encode_preview, encode_thumbnail, encode_webp, read_recipe
from renderers.base import Image

RECIPE = Recipe(
    prompt="ein roter Kreis | π:0.5 | 丸:-1",
    renderer="pixeldraw",
    params={"palette": "#102030, #ffcc00", "size": 512, "seed": "monday"},
    seed=2**62 + 1,
    model="vit-b-32",
    model_hash="0123abcd",
    version="0.1.0",
    facts={"steps": 300, "score": 0.25, "device": "cpu"},
)


def noise(height: int, width: int) -> Image:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_a_recipe_comes_back_as_it_went_in() -> None:
    assert read_recipe(encode_png(noise(5, 7), RECIPE)) == RECIPE


@given(prompt=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_any_prompt_comes_back(prompt: str) -> None:
    recipe = RECIPE.model_copy(update={"prompt": prompt})
    assert read_recipe(encode_png(noise(2, 2), recipe)) == recipe


def test_the_picture_is_kept_to_the_pixel() -> None:
    image = noise(33, 21)
    with Pillow.open(io.BytesIO(encode_png(image, RECIPE))) as picture:
        assert np.array_equal(np.asarray(picture), image)


def test_the_recipe_is_an_uncompressed_international_text_chunk_that_a_browser_can_read() -> None:
    png = encode_png(noise(2, 2), RECIPE)
    at, chunks = 8, {}
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        chunks[png[at + 4 : at + 8]] = png[at + 8 : at + 8 + size]
        at += 12 + size
    keyword, _, rest = chunks[b"iTXt"].partition(b"\0")
    assert keyword.decode() == KEYWORD
    assert rest[0] == 0  # not compressed
    text = rest[2:].split(b"\0", 2)[2].decode("utf-8")
    assert Recipe.model_validate_json(text) == RECIPE


def without_recipe() -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(noise(2, 2)).save(buffer, "PNG")
    return buffer.getvalue()


def with_text(text: str) -> bytes:
    """A PNG with some text under our keyword."""
    plain = without_recipe()
    data = KEYWORD.encode() + b"\0" + text.encode("latin-1")
    chunk = struct.pack(">I", len(data)) + b"tEXt" + data + struct.pack(">I", zlib.crc32(b"tEXt" + data))
    return plain[:33] + chunk + plain[33:]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"not a picture",
        without_recipe(),
        encode_png(noise(2, 2), RECIPE)[:60],
        with_text("{"),
        with_text('{"prompt": 1}'),
        with_text("[]"),
        encode_webp(noise(2, 2)),
    ],
)
def test_a_file_without_a_recipe_has_none(file: bytes) -> None:
    assert read_recipe(file) is None


@pytest.mark.parametrize(("height", "width"), [(1024, 512), (512, 1024), (100, 50), (1, 1)])
def test_a_thumbnail_fits_in_320_pixels_and_is_never_enlarged(height: int, width: int) -> None:
    thumbnail = encode_thumbnail(noise(height, width))
    assert len(thumbnail) <= 30_000
    with Pillow.open(io.BytesIO(thumbnail)) as picture:
        assert picture.format == "WEBP"
        assert max(picture.size) == min(320, max(height, width))


@pytest.mark.parametrize("size", [16, 512, 2048])
def test_a_preview_fits_in_a_document_however_noisy_the_picture(size: int) -> None:
    preview = encode_preview(noise(size, size))
    assert len(preview) <= 10_000
    with Pillow.open(io.BytesIO(preview)) as picture:
        assert max(picture.size) == min(160, size)
