"""Strokes as an SVG that any viewer opens, at any size."""

import re
from xml.sax.saxutils import escape

import torch
from torch import Tensor

from renderers.strokes import Strokes

# What XML 1.0 can't hold, even escaped.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg_of(
    strokes: Strokes, background: Tensor, height: int, width: int, title: str, *, closed: bool = False
) -> str:
    """The picture as a document: a path for each stroke, the first lowest, over a plain background (3).

    Lines have round ends and joins, as the rasteriser draws them. `title` may be any text.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">',
        f"<title>{escape(_NOT_IN_XML.sub('', title))}</title>",
        f'<rect width="{width}" height="{height}" fill="{_colour(background)}"/>',
        '<g fill="none" stroke-linecap="round" stroke-linejoin="round">',
    ]
    for points, thickness, colour, opacity in zip(
        strokes.points, strokes.widths.tolist(), strokes.colours, strokes.opacities.tolist(), strict=True
    ):
        seen = "" if opacity >= 1 else f' stroke-opacity="{opacity:.3f}"'
        lines.append(
            f'<path d="{_path(points, closed)}" stroke="{_colour(colour)}" '
            f'stroke-width="{thickness:.2f}"{seen}/>'
        )
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _path(points: Tensor, closed: bool) -> str:
    """`M` to the first point, then `C` with two handles and an end for each curve."""
    first, *others = (f"{x:.2f} {y:.2f}" for x, y in points.tolist())
    return f"M{first}C{' '.join(others)}{'Z' if closed else ''}"


def _colour(colour: Tensor) -> str:
    red, green, blue = (colour.detach().clamp(0, 1) * 255).round().to(torch.uint8).tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"
