"""Clipdraw: the contract of every renderer, and its own strokes, styles, widths and SVG."""

import shutil
import subprocess
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

from contract.errors import InvalidTask
from contract.params import ClipdrawParams
from contract.task import parse_params
from renderers.clipdraw import PHOTOS, SCENES, tuned, with_negatives
from renderers.stroke_canvas import StrokeCanvas
from tests.renderers.contract_suite import RendererContract
from tests.renderers.factories import make_job, picture_of

pytestmark = pytest.mark.slow

NAMESPACE = "{http://www.w3.org/2000/svg}"


class TestClipdraw(RendererContract):
    renderer: ClassVar[str] = "clipdraw"
    quick: ClassVar[dict[str, Any]] = {"iterations": 5, "cuts": 3, "strokes": 12, "size": 64}

    def test_the_svg_holds_its_strokes_and_its_prompt(self, drawer: Any) -> None:
        rendering = self.draw(drawer, prompt="a <red> disc | a & b:-0.5", params={"aspect": "widescreen"})
        root = ElementTree.fromstring(rendering.svg.encode())
        assert len(list(root.iter(f"{NAMESPACE}path"))) == 12
        assert root.findtext(f"{NAMESPACE}title") == "a <red> disc | a & b"
        height, width, _ = picture_of(rendering).shape
        assert (root.get("width"), root.get("height")) == (str(width), str(height))

    def test_the_picture_is_as_large_as_was_asked_for_whatever_clip_sees(self, drawer: Any) -> None:
        small, large = (picture_of(self.draw(drawer, params={"size": size})) for size in (64, 512))
        assert large.shape == (512, 512, 3)
        shrunk = np.asarray(Image.fromarray(large).resize((64, 64), Image.Resampling.BOX))
        assert np.abs(shrunk.astype(int) - small).mean() < 4

    def test_a_negative_prompt_pushes_away(self, drawer: Any) -> None:
        params = {"iterations": 25}
        towards = self.draw(drawer, prompt="a", params=params)
        away = self.draw(drawer, prompt="a:0.01", params={**params, "negative_prompt": "a | a | a"})
        assert away.score < towards.score - 0.03

    def test_guidance_raises_the_score(self, drawer: Any) -> None:
        few = self.draw(drawer, params={"iterations": 1})
        many = self.draw(drawer, params={"iterations": 40})
        assert many.score > few.score + 0.02

    def test_a_painting_is_opaque(self, drawer: Any) -> None:
        assert "stroke-opacity" in self.draw(drawer).svg
        assert "stroke-opacity" not in self.draw(drawer, params={"style": "painting"}).svg

    def test_widths_stay_within_their_bounds(self, drawer: Any) -> None:
        bounds = {"min_width": 5.0, "max_width": 8.0, "size": 200, "iterations": 20}
        root = ElementTree.fromstring(self.draw(drawer, params=bounds).svg.encode())
        widths = [float(path.get("stroke-width", 0)) for path in root.iter(f"{NAMESPACE}path")]
        assert min(widths) >= 10 - 0.01
        assert max(widths) <= 16 + 0.01

    @pytest.mark.parametrize(("background", "level"), [("white", 255), ("#102030", 48)])
    def test_a_background_that_was_asked_for_stays(self, drawer: Any, background: str, level: int) -> None:
        params = {"background": background, "strokes": 1, "max_width": 0.5}
        picture = picture_of(self.draw(drawer, params=params))
        assert (picture[..., 2] == level).mean() > 0.8

    def test_closed_strokes_end_where_they_begin(self, drawer: Any) -> None:
        assert self.draw(drawer, params={"closed": True}).svg.count("Z") == 12

    @pytest.mark.parametrize(
        ("params", "field"),
        [
            ({"background": "no such"}, "params.background"),
            ({"clip": "../../etc"}, "params.clip"),
        ],
    )
    def test_what_only_the_renderer_knows_is_still_named(
        self, drawer: Any, params: dict[str, str], field: str
    ) -> None:
        with pytest.raises(InvalidTask) as caught:
            self.draw(drawer, params=params)
        assert caught.value.field == field

    @pytest.mark.slow
    @pytest.mark.skipif(not shutil.which("chromium"), reason="no browser is here")
    def test_a_browser_draws_the_svg_as_we_do(self, drawer: Any, tmp_path: Path) -> None:
        rendering = self.draw(drawer, params={"strokes": 30, "size": 256})
        (tmp_path / "picture.svg").write_text(rendering.svg)
        command = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--window-size=256,256", "--force-device-scale-factor=1",
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--screenshot={tmp_path / 'seen.png'}", f"file://{tmp_path / 'picture.svg'}",
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=100)
        with Image.open(tmp_path / "seen.png") as seen:
            theirs = np.asarray(seen.convert("RGB"))[:256, :256]
        assert np.abs(theirs.astype(int) - picture_of(rendering)).mean() < 2


def test_broad_strokes_lie_below_narrow_ones_and_the_same_seed_begins_the_same() -> None:
    tuning = SCENES.styles["drawing"]
    canvases = [StrokeCanvas((1.0, 1.78), tuning, seed, resolution=32) for seed in (1, 1, 2)]
    first, again, other = (canvas.strokes(100)[0] for canvas in canvases)
    assert (first.widths.diff() <= 0).all()
    assert torch.equal(first.points, again.points)
    assert not torch.equal(first.points, other.points)


def test_strokes_begin_with_the_colours_of_the_init_image() -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    image[:, 10:] = 255
    canvas = StrokeCanvas((1.0, 1.0), SCENES.styles["painting"], 3, resolution=64, init_image=image)
    picture = canvas.picture().detach()[0]
    assert float(picture[..., :16].mean()) < 0.2
    assert float(picture[..., -16:].mean()) > 0.8


@pytest.mark.parametrize(
    ("options", "widths"),
    [
        ({}, SCENES.styles["drawing"].widths),
        ({"min_width": 50.0}, (0.5, 0.5)),
        ({"max_width": 1.0}, (0.01, 0.01)),
        ({"min_width": 3.0, "max_width": 40.0}, (0.03, 0.4)),
    ],
)
def test_one_bound_of_the_widths_moves_the_other_if_it_must(
    options: dict[str, float], widths: tuple[float, float]
) -> None:
    assert tuned(SCENES.styles["drawing"], ClipdrawParams(**options)).widths == widths  # type: ignore[arg-type]


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InvalidTask, match="min_width is 9.0, but must be at most max_width 3.0"):
        parse_params("clipdraw", {"min_width": 9.0, "max_width": 3.0})


def test_clips_of_photographs_draw_on_white_unless_the_colour_is_left_free() -> None:
    drawing = PHOTOS.styles["drawing"]
    assert tuned(drawing, ClipdrawParams()).background == (1.0, 1.0, 1.0)
    assert tuned(drawing, ClipdrawParams(background="free")).background is None


def test_negative_prompts_join_the_prompts_with_their_weight() -> None:
    job = with_negatives(make_job("clipdraw", {"negative_prompt": " text | | blur "}))
    assert [(prompt.text, prompt.weight) for prompt in job.prompts] == [
        ("a red disc", 1.0),
        ("text", -0.3),
        ("blur", -0.3),
    ]


def test_a_large_picture_drawn_in_bands_has_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    canvas = StrokeCanvas((1.0, 1.0), SCENES.styles["drawing"], 5, resolution=32)
    whole = canvas.finished(200)
    monkeypatch.setattr("renderers.stroke_canvas.BAND", 200 * 37)
    assert np.abs(canvas.finished(200).astype(int) - whole).max() <= 1
