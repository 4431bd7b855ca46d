"""Palettes: names, lists, ranges, and what is told of bad ones."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from contract.errors import InvalidTask
from renderers.palettes import PALETTES, parse_palette, read_palette


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


def test_palettes_are_read_from_tables_lines_and_pictures(tmp_path: Path) -> None:
    colours = [(16, 32, 48), (255, 204, 0), (0, 0, 0)]
    table = b"".join(bytes(colour) for colour in colours)
    (tmp_path / "a.act").write_bytes(table.ljust(768, b"\0") + (3).to_bytes(2, "big") + b"\xff\xff")
    (tmp_path / "a.gpl").write_text("GIMP Palette\nName: x\n#\n 16  32  48 one\n255 204 0\tb\n0 0 0\n")
    (tmp_path / "a.hex").write_text("102030\n#FFCC00\n000000\n")
    picture = Image.new("RGB", (4, 2))
    picture.putdata([colours[0]] * 4 + [colours[1]] * 3 + [colours[2]])
    picture.save(tmp_path / "a.png")
    for name in ("a.act", "a.gpl", "a.hex", "a.png"):
        text = read_palette(tmp_path / name)
        assert text == "#102030, #ffcc00, #000000", name
        assert levels(text) == [list(colour) for colour in colours]


def test_a_picture_of_many_colours_gives_a_few_that_stand_for_them(tmp_path: Path) -> None:
    across = np.linspace(0, 255, 64).astype(np.uint8)
    picture = np.stack(np.broadcast_arrays(across[:, None], across[None], np.uint8(90)), -1)
    Image.fromarray(picture).save(tmp_path / "many.png")
    assert len(levels(read_palette(tmp_path / "many.png"))) == 16


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"no picture"),
        ("a.act", b"12"),
        ("a.gpl", b"300 0 0"),
        ("a.hex", b"no"),
        ("absent.png", None),
    ],
)
def test_a_file_without_colours_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidTask, match=f"palette file is '.*{name}"):
        read_palette(tmp_path / name)
