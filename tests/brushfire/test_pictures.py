"""The pictures that `brushfire render` is given as files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brushfire import cli
from brushfire.pictures import given_pictures
from contract.errors import InvalidTask


def saved(path: Path, mode: str = "RGB", colour: object = (200, 100, 50)) -> str:
    Image.new(mode, (6, 4), colour).save(path)  # type: ignore[arg-type]
    return str(path)


def test_pictures_are_read_with_their_weights(tmp_path: Path) -> None:
    one, other = saved(tmp_path / "one.png"), saved(tmp_path / "a:b.png", "L", 90)
    words = ["render", "a star", "--init-image", one, "--mask", other]
    words += ["--image-prompt", f"{one}:-0.5", "--image-prompt", other]
    given = given_pictures(cli.parser().parse_args(words))
    assert given.init_image is not None
    assert given.init_image.shape == (4, 6, 3)
    assert given.init_image[0, 0].tolist() == [200, 100, 50]
    assert given.mask is not None
    assert (given.mask == 90).all()
    assert [weight for _, weight in given.image_prompts] == [-0.5, 1.0]


def test_what_is_transparent_is_white_and_a_turned_photograph_is_upright(tmp_path: Path) -> None:
    clear = saved(tmp_path / "clear.png", "RGBA", (0, 0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6, 4)).save(tmp_path / "turned.jpg", exif=exif)
    words = ["render", "x", "--init-image", clear, "--mask", str(tmp_path / "turned.jpg")]
    given = given_pictures(cli.parser().parse_args(words))
    assert given.init_image is not None
    assert np.unique(given.init_image).tolist() == [255]
    assert given.mask is not None
    assert given.mask.shape == (6, 4, 3)


@pytest.mark.parametrize("option", ["--init-image", "--mask", "--image-prompt"])
def test_a_file_that_is_no_picture_is_named_with_its_option(tmp_path: Path, option: str) -> None:
    (tmp_path / "text.png").write_text("no picture")
    for name in ("text.png", "absent.png"):
        args = cli.parser().parse_args(["render", "a star", option, str(tmp_path / name)])
        with pytest.raises(InvalidTask, match=f"{option} is '.*{name}'"):
            given_pictures(args)
