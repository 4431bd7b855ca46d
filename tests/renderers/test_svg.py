"""Strokes as SVG: a document that any viewer reads, and the picture that the rasteriser draws."""

import re
from xml.etree import ElementTree

import pytest
import torch

from renderers.strokes import Strokes
from renderers.svg import svg_of

NAMESPACE = "{http://www.w3.org/2000/svg}"
STROKES = Strokes(
    torch.tensor([[[1.0, 2], [3, 4], [5, 6], [7, 8.125]], [[0.0, 0], [9, 9], [9, 0], [0, 9]]]),
    torch.tensor([3.0, 12.5]),
    torch.tensor([[1.0, 0, 0], [0, 0.5, 1.2]]),
    torch.tensor([1.0, 0.25]),
)


def parsed(title: str = "a star", closed: bool = False) -> ElementTree.Element:
    return ElementTree.fromstring(
        svg_of(STROKES, torch.tensor([1.0, 1, 0]), 40, 64, title, closed=closed).encode()
    )


def test_it_is_one_picture_of_the_size_asked_for_with_strokes_from_the_lowest_to_the_highest() -> None:
    root = parsed()
    assert root.tag == f"{NAMESPACE}svg"
    assert (root.get("viewBox"), root.get("width"), root.get("height")) == ("0 0 64 40", "64", "40")
    behind = root.find(f"{NAMESPACE}rect")
    assert behind is not None
    assert behind.get("fill") == "#ffff00"
    first, second = root.iter(f"{NAMESPACE}path")
    assert first.get("d") == "M1.00 2.00C3.00 4.00 5.00 6.00 7.00 8.12"
    assert (first.get("stroke"), first.get("stroke-width")) == ("#ff0000", "3.00")
    assert first.get("stroke-opacity") is None
    assert (second.get("stroke"), second.get("stroke-opacity")) == ("#0080ff", "0.250")


def test_a_closed_stroke_ends_where_it_begins() -> None:
    assert all(path.get("d", "").endswith("Z") for path in parsed(closed=True).iter(f"{NAMESPACE}path"))


@pytest.mark.parametrize(
    "title", ["</title><script>alert(1)</script>", "a & b < c", "]]>", '"quotes"', "星 🌟 é"]
)
def test_any_text_is_a_title_and_nothing_else(title: str) -> None:
    root = parsed(title)
    found = root.find(f"{NAMESPACE}title")
    assert found is not None
    assert found.text == title
    assert {element.tag.removeprefix(NAMESPACE) for element in root.iter()} == {
        "svg", "title", "rect", "g", "path"
    }  # fmt: skip


def test_what_xml_cannot_hold_is_left_out_of_the_title() -> None:
    found = parsed("a\x00b\x1b[31m\ufffe").find(f"{NAMESPACE}title")
    assert found is not None
    assert found.text == "ab[31m"


def test_it_names_nothing_outside_itself() -> None:
    text = svg_of(STROKES, torch.zeros(3), 8, 8, "x")
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert "href" not in text
