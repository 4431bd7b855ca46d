"""Palettes: names, lists, ranges, and what is told of bad ones."""

import numpy as np
import pytest

from contract.errors import InvalidTask
from renderers.palettes import PALETTES, parse_palette


def levels(text: str) -> list[list[int]]:
    colours: list[list[int]] = (parse_palette(text) * 255).round().astype(int).tolist()
    return colours


@pytest.mark.parametrize("name", sorted(PALETTES))
def test_every_named_palette_has_its_colours_once(name: str) -> None:
    colours = parse_palette(f" {name.upper()} ")
    assert colours.shape == (len(PALETTES[name].split()), 3)
    assert colours.dtype == np.float32
    assert 0 <= colours.min() < colours.max() <= 1


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("#102030, #ffcc00", [[16, 32, 48], [255, 204, 0]]),
        ("#f00 navy\twhite", [[255, 0, 0], [0, 0, 128], [255, 255, 255]]),
        ("red,red,#ff0000,lime", [[255, 0, 0], [0, 255, 0]]),
        ("black -> white\\3", [[0, 0, 0], [128, 128, 128], [255, 255, 255]]),
        ("red, black->blue\\2", [[255, 0, 0], [0, 0, 0], [0, 0, 255]]),
    ],
)
def test_colours_are_read_from_lists_and_ranges(text: str, colours: list[list[int]]) -> None:
    assert levels(text) == colours


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "2 to 256 different colours"),
        ("red", "2 to 256 different colours"),
        ("#12345, red", "'#12345'"),
        ("nosuchcolour, red", "'nosuchcolour'"),
        ("red->blue", "a range such as"),
        ("red->blue\\999", "a range such as"),
        ("red->nowhere\\4", "'nowhere'"),
        ("rgb(1,2,3), red", "'rgb(1'"),
        ("../../etc/passwd", "'../../etc/passwd'"),
    ],
)
def test_a_bad_palette_is_named_with_what_is_accepted(text: str, told: str) -> None:
    with pytest.raises(InvalidTask) as caught:
        parse_palette(text)
    assert caught.value.field == "params.palette"
    assert told in str(caught.value)
    assert "sunset" in str(caught.value) or "range" in str(caught.value)
