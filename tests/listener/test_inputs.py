"""Pictures that a task names are its owner's own, small, upright, and safe to decode."""

import io
import zlib
from typing import Any

import pytest
from PIL import Image as Pillow

from contract.errors import InvalidTask
from contract.params import GuidedParams, Params
from contract.params.shared import ImagePrompt
from contract.task import NewTask, Task
from listener import inputs
from listener.firebase import Firebase
from listener.inputs import Inputs, decode_picture, fetch_inputs
from listener.settings import Settings
from listener.storage import FileStore
from tests.listener.conftest import TASK

RED = (220, 20, 20)


class Masked(GuidedParams):
    """Options of a renderer that takes every picture there is."""

    mask: str | None = None


def encoded(picture: Pillow.Image, form: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def upload(client: Firebase, path: str, content: bytes, content_type: str = "image/png") -> str:
    client.bucket.blob(path).upload_from_string(content, content_type=content_type)
    return path


@pytest.fixture
def store(settings: Settings, client: Firebase) -> FileStore:
    return FileStore(client.bucket, settings.storage_host)


def fetched(store: FileStore, params: Params) -> Inputs:
    return fetch_inputs(store, Task(**NewTask(**TASK).model_dump(), id="t"), params)


def test_every_picture_that_is_named_is_fetched(store: FileStore, client: Firebase) -> None:
    start = upload(client, "uploads/ann/start.png", encoded(Pillow.new("RGB", (6, 4), RED)))
    mask = upload(client, "uploads/ann/mask.png", encoded(Pillow.new("L", (6, 4), 255)))
    cat = upload(client, "uploads/ann/cats/1.webp", encoded(Pillow.new("RGB", (8, 8)), "WEBP"), "image/webp")
    params = Masked(init_image=start, mask=mask, image_prompts=[ImagePrompt(image=cat, weight=-0.5)])
    found = fetched(store, params)
    assert found.init_image is not None
    assert found.mask is not None
    assert (found.init_image.shape, str(found.init_image.dtype)) == ((4, 6, 3), "uint8")
    assert tuple(found.init_image[0, 0]) == RED
    assert (found.mask.shape, found.mask.max()) == ((4, 6), 255)
    [(image, weight)] = found.image_prompts
    assert (image.shape, weight) == ((8, 8, 3), -0.5)
    assert fetched(store, Masked()) == Inputs()


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        ("uploads/bob/start.png", "its owner's own: uploads/ann/"),
        ("uploads/ann2/start.png", "its owner's own: uploads/ann/"),
        ("uploads/ann/nothing.png", "there"),
        ("uploads/ann/text.png", "one of image/png"),
        ("uploads/ann/large.png", "at most 0 MiB"),
        ("uploads/ann/broken.png", "that can be read"),
    ],
)
def test_what_can_not_be_used_is_told_with_its_option(
    store: FileStore, client: Firebase, path: str, accepted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "MOST_BYTES", 1000)
    good = encoded(Pillow.new("RGB", (6, 4), RED))
    upload(client, "uploads/bob/start.png", good)
    upload(client, "uploads/ann2/start.png", good)
    upload(client, "uploads/ann/text.png", good, "text/html")
    upload(client, "uploads/ann/large.png", bytes(2000))
    upload(client, "uploads/ann/broken.png", good[: len(good) // 2])
    with pytest.raises(InvalidTask) as error:
        fetched(store, Masked(init_image=path))
    assert error.value.field == "params.init_image"
    assert repr(path) in str(error.value)
    assert accepted in error.value.accepted
    with pytest.raises(InvalidTask) as error:
        fetched(store, Masked(image_prompts=[ImagePrompt(image=path)]))
    assert error.value.field == "params.image_prompts.0"


def test_a_mask_fits_its_picture(store: FileStore, client: Firebase) -> None:
    start = upload(client, "uploads/ann/start.png", encoded(Pillow.new("RGB", (6, 4))))
    mask = upload(client, "uploads/ann/mask.png", encoded(Pillow.new("L", (4, 6))))
    with pytest.raises(InvalidTask, match=r"params.mask is '4 × 6 pixels', but must be .* 6 × 4"):
        fetched(store, Masked(init_image=start, mask=mask))
    with pytest.raises(InvalidTask, match="no init_image"):
        fetched(store, Masked(mask=mask))


def test_a_photograph_comes_upright() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turned by a quarter
    data = encoded(Pillow.new("RGB", (10, 4), RED), "JPEG", exif=exif)
    assert decode_picture(data, "p", "params.init_image", inputs._colours).shape == (10, 4, 3)


def test_what_is_transparent_is_white_in_a_picture_and_black_in_a_mask() -> None:
    clear = Pillow.new("RGBA", (2, 1), (*RED, 255))
    clear.putpixel((1, 0), (0, 0, 0, 0))
    picture = decode_picture(encoded(clear), "p", "params.init_image", inputs._colours)
    assert [tuple(pixel) for pixel in picture[0]] == [RED, (255, 255, 255)]
    clear.putpixel((0, 0), (255, 255, 255, 255))
    mask = decode_picture(encoded(clear), "p", "params.mask", inputs._greys)
    assert list(mask[0]) == [255, 0]


@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_a_small_file_of_very_many_pixels_is_refused_before_it_is_decoded(side: int) -> None:
    header = b"".join(n.to_bytes(4, "big") for n in (side, side)) + bytes([8, 2, 0, 0, 0])

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    with pytest.raises(InvalidTask, match=r"at most 40,000,000 pixels|DecompressionBomb"):
        decode_picture(bomb, "p", "params.init_image", inputs._colours)


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "ICO"])
def test_other_formats_are_not_even_tried(form: str) -> None:
    data = encoded(Pillow.new("RGB", (16, 16), RED), form)
    with pytest.raises(InvalidTask, match="a PNG, JPEG or WebP"):
        decode_picture(data, "p", "params.init_image", inputs._colours)
