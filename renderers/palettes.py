"""Palettes: the colours that a picture may use, by name, as a list, as a range, or from a file."""

import re
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from contract.errors import InvalidTask

FIELD = "params.palette"
_COLOUR = r"#([0-9a-f]{3}|[0-9a-f]{6})|[a-z]+"
MAX_COLOURS = 256
# How many stand for a picture of more colours than a palette may have.
PICTURE_COLOURS = 16

# One row of hexadecimal colours each, dark to light or around the circle.
PALETTES = MappingProxyType(
    {
        "autumn": "2b1a12 5a2a1b 8c3b1c c1561f e08a2c f2bf5e f7e3b0 6b7a34",
        "basic": "000000 808080 c0c0c0 ffffff 800000 ff0000 808000 ffff00 "
        "008000 00ff00 008080 00ffff 000080 0000ff 800080 ff00ff",
        "black-and-white": "000000 ffffff",
        "candy": "ffffff ffd1e8 ff8fc7 ff4fa0 b7e4ff 6cc5f5 fff3a3 c8f7c5 9b5de5",
        "earth": "1f1a17 3f3025 6b4f3a 967259 c4a381 e8d8bd 5c6b4a 8a9a6b",
        "forest": "0b1f14 16402a 256b41 4c9a58 8cc56d d3e8a2 5b3d23 2f5f73",
        "greys": "000000 242424 494949 6d6d6d 929292 b6b6b6 dbdbdb ffffff",
        "handheld": "0f2a1d 2f5b3a 7fa34a c9d96b",
        "ice": "06141f 0f3552 1f6a94 4fa7cf 97d5ec d8f3fb ffffff",
        "neon": "07060f 1b0f3b ff1f8f ff7a1f f9f871 2bffa3 1fd1ff 8f3bff",
        "ocean": "041226 08305e 0f5a94 1c8dbb 58c1d1 b5e6dc f4ecc9 e8c07d",
        "pastel": "f7c6c7 f9dcc4 fdf3c0 d2efc9 c4e5f0 cfd0f0 e7cdee ffffff 8f8a99",
        "primary": "000000 ffffff e02020 ffd400 1f4fd8",
        "sepia": "1c120b 43301f 755536 a98256 d6b487 f4e4c6",
        "sunset": "1a1033 45195c 8a1f66 cc3b5c f26d4b f9a44a fdd97a 2a3f6f",
    }
)


def parse_palette(text: str) -> NDArray[np.float32]:
    """The colours that `text` means: count × 3, RGB in [0, 1], each once, in order.

    `text` is a palette's name, or colours separated by commas or spaces: hexadecimal (`#102030`, `#123`) or
    CSS names (`navy`); `navy->gold\\8` is a range of 8 colours. Raises `InvalidTask` naming `params.palette`.
    """
    name = text.strip().lower()
    if name in PALETTES:
        colours = [_colour("#" + code) for code in PALETTES[name].split()]
    else:
        parts = [part for part in re.split(r"[,\s]+", re.sub(r"\s*->\s*", "->", name)) if part]
        colours = [colour for part in parts for colour in _part(part)]
    distinct = list(dict.fromkeys(colours))
    if not 2 <= len(distinct) <= MAX_COLOURS:
        raise InvalidTask(FIELD, text, f"2 to {MAX_COLOURS} different colours, or one of {_names()}")
    return (np.array(distinct) / 255).astype(np.float32)


def read_palette(path: str | Path) -> str:
    """The colours of a file as `parse_palette` reads them, at most 256: `#102030, #ffcc00`.

    An Adobe table (`.act`), a GIMP palette (`.gpl`) or hexadecimal lines (`.hex`, `.txt`), else a picture:
    its own colours if there are at most 256, or `PICTURE_COLOURS` that stand for them (median cut). Raises
    `InvalidTask` naming the file if it can't be read.
    """
    path = Path(path)
    try:
        colours = _READERS.get(path.suffix.lower(), _colours_of_picture)(path)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidTask(
            "palette file", str(path), f"a picture, .act, .gpl or .hex file ({error})"
        ) from error
    return ", ".join("#{:02x}{:02x}{:02x}".format(*colour) for colour in dict.fromkeys(colours))


def _colours_of_table(path: Path) -> list[tuple[int, ...]]:
    """256 colours of three bytes; four more bytes say how many of them count."""
    data = path.read_bytes()
    if len(data) not in (768, 772):
        raise ValueError(f"it has {len(data)} bytes, and an .act has 768 or 772")
    count = int.from_bytes(data[768:770], "big") or 256
    return [tuple(data[3 * i : 3 * i + 3]) for i in range(min(count, 256))]


def _colours_of_gimp(path: Path) -> list[tuple[int, ...]]:
    """Lines that begin with three numbers of 0 to 255."""
    found = re.findall(r"(?m)^\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\b", path.read_text("utf-8"))
    colours = [tuple(int(value) for value in colour) for colour in found]
    if not colours or max(max(colour) for colour in colours) > 255:
        raise ValueError("no lines of three numbers from 0 to 255")
    return colours[:MAX_COLOURS]


def _colours_of_lines(path: Path) -> list[tuple[int, ...]]:
    """Six hexadecimal digits a line, with # or without."""
    found = re.findall(r"(?mi)^\s*#?([0-9a-f]{6})\s*$", path.read_text("utf-8"))
    if not found:
        raise ValueError("no lines of six hexadecimal digits")
    return [tuple(bytes.fromhex(colour)) for colour in found[:MAX_COLOURS]]


def _colours_of_picture(path: Path) -> list[tuple[int, ...]]:
    with Image.open(path) as file:
        picture = file.convert("RGB")
    few = picture.getcolors(MAX_COLOURS)
    if few is None:
        few = picture.quantize(PICTURE_COLOURS).convert("RGB").getcolors(MAX_COLOURS)
    # The most frequent first.
    return [colour for _, colour in sorted(few or [], key=lambda one: -one[0])]  # type: ignore[misc]


_READERS: dict[str, Callable[[Path], list[tuple[int, ...]]]] = {
    ".act": _colours_of_table,
    ".gpl": _colours_of_gimp,
    ".hex": _colours_of_lines,
    ".txt": _colours_of_lines,
}


def parse_colour(text: str, field: str = FIELD) -> tuple[float, float, float]:
    """One colour, `#102030`, `#123` or a CSS name, as RGB in [0, 1]. Raises `InvalidTask` naming `field`."""
    code = text.strip().lower()
    if re.fullmatch(_COLOUR, code):
        try:
            red, green, blue = ImageColor.getrgb(code)[:3]
            return red / 255, green / 255, blue / 255
        except ValueError:
            pass  # a word that names no colour: told below, as everything else
    raise InvalidTask(field, text, "a colour such as '#102030' or 'navy'")


def _part(part: str) -> list[tuple[int, int, int]]:
    """One colour, or the colours of a range `first->last\\count`."""
    if "->" not in part:
        return [_colour(part)]
    ends, _, count_text = part.partition("\\")
    first, _, last = ends.partition("->")
    count = int(count_text) if re.fullmatch(r"\d{1,3}", count_text) else 0
    if not 2 <= count <= MAX_COLOURS:
        raise InvalidTask(FIELD, part, f"a range such as 'navy->gold\\8', of 2 to {MAX_COLOURS} colours")
    steps = np.linspace(_colour(first), _colour(last), count).round().astype(int)
    return [(int(red), int(green), int(blue)) for red, green, blue in steps]


def _colour(text: str) -> tuple[int, int, int]:
    """One colour as RGB of 0 to 255."""
    try:
        red, green, blue = parse_colour(text)
    except InvalidTask as error:
        raise InvalidTask(FIELD, text, f"{error.accepted}, or the name of a palette: {_names()}") from None
    return round(255 * red), round(255 * green), round(255 * blue)


def _names() -> str:
    return ", ".join(sorted(PALETTES))
