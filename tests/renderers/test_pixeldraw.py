"""Pixeldraw: the contract of every renderer, and its own grids, palettes and sizes."""

import re
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from contract.errors import InvalidTask, OutOfMemory, RenderFailed
from renderers import load
from renderers.base import Silent
from renderers.cutouts import take_cutouts
from renderers.pixeldraw import PHOTOS, SCENES
from renderers.weights import ModelTable
from tests.renderers.contract_suite import RendererContract
from tests.renderers.factories import Remembering, make_job, make_models, picture_of

pytestmark = pytest.mark.slow


class TestPixeldraw(RendererContract):
    renderer: ClassVar[str] = "pixeldraw"
    quick: ClassVar[dict[str, Any]] = {"iterations": 6, "cuts": 4, "cells": 8, "size": 64}

    def test_all_pixels_of_a_cell_are_equal(self, drawer: Any) -> None:
        image = picture_of(self.draw(drawer, params={"size": 96}))
        cells = image.reshape(8, 12, 8, 12, 3)
        assert (cells == cells[:, :1, :, :1]).all()

    def test_a_palette_leaves_only_its_colours(self, drawer: Any) -> None:
        image = picture_of(self.draw(drawer, params={"palette": "#102030, #ffcc00, white"}))
        colours = {tuple(colour) for colour in image.reshape(-1, 3).tolist()}
        assert colours <= {(16, 32, 48), (255, 204, 0), (255, 255, 255)}

    def test_previews_of_a_palette_show_its_colours_alone(self, drawer: Any) -> None:
        watch = Remembering()
        drawer.render([make_job("pixeldraw", {**self.quick, "palette": "black-and-white"})], watch)
        for preview in watch.images:
            assert preview is not None
            assert set(np.unique(preview)) <= {0, 255}

    @pytest.mark.parametrize(
        ("params", "field"),
        [({"palette": "nosuch"}, "params.palette"), ({"clip": "../../etc"}, "params.clip")],
    )
    def test_what_only_the_renderer_knows_is_still_named(
        self, drawer: Any, params: dict[str, str], field: str
    ) -> None:
        with pytest.raises(InvalidTask) as caught:
            self.draw(drawer, params=params)
        assert caught.value.field == field

    def test_a_task_may_ask_for_a_clip_of_the_table_by_key(self, drawer: Any) -> None:
        assert self.draw(drawer, params={"clip": "tiny-clip"}).model == "tiny-clip"

    def test_an_init_image_is_where_it_starts(self, drawer: Any) -> None:
        start = np.zeros((20, 20, 3), np.uint8)
        start[:, 10:] = 255
        image = picture_of(self.draw(drawer, init_image=start, params={"iterations": 1}))
        assert image[:, :32].mean() < 40
        assert image[:, 32:].mean() > 215

    def test_a_better_quality_takes_more_steps_and_cuts(self, drawer: Any) -> None:
        facts = []
        for quality in ("draft", "normal"):
            params = {"cells": 8, "size": 64, "quality": quality}
            (rendering,) = drawer.render([make_job("pixeldraw", params)], Silent())
            facts.append(rendering.facts)
        assert facts[0]["iterations"] < facts[1]["iterations"]
        assert facts[0]["cuts"] < facts[1]["cuts"]

    def test_guidance_raises_the_score(self, drawer: Any) -> None:
        few = self.draw(drawer, params={"iterations": 1})
        many = self.draw(drawer, params={"iterations": 40})
        assert many.score > few.score + 0.02

    def test_a_negative_weight_pushes_away(self, drawer: Any) -> None:
        params = {**self.quick, "iterations": 30}
        (towards,) = drawer.render([make_job("pixeldraw", params, prompt="a")], Silent())
        (away,) = drawer.render([make_job("pixeldraw", params, prompt="a:0.01 | a:-1")], Silent())
        assert away.score < towards.score - 0.05


@pytest.fixture
def starved(models: ModelTable, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pixeldraw on a device whose memory holds a given number of cuts."""

    def drawer_with(most_cuts: int) -> Any:
        def limited(picture: torch.Tensor, plan: Any, *rest: Any) -> torch.Tensor:
            if len(plan.windows) > most_cuts:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            return take_cutouts(picture, plan, *rest)

        monkeypatch.setattr("renderers.guided.take_cutouts", limited)
        drawer = load("pixeldraw")
        drawer.setup("cpu", models)
        return drawer

    return drawer_with


def test_when_memory_runs_out_it_goes_on_with_fewer_cuts(starved: Any) -> None:
    params = {"iterations": 3, "cuts": 16, "cells": 8, "size": 64}
    (rendering,) = starved(5).render([make_job("pixeldraw", params)], Silent())
    assert rendering.facts["cuts"] == 4


def test_when_even_the_fewest_cuts_do_not_fit_it_is_out_of_memory(starved: Any) -> None:
    params = {"iterations": 3, "cuts": 16, "cells": 8, "size": 64}
    with pytest.raises(OutOfMemory, match="with 2 cutouts"):
        starved(1).render([make_job("pixeldraw", params)], Silent())


def test_other_errors_of_torch_are_not_taken_for_a_lack_of_memory(
    models: ModelTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> torch.Tensor:
        raise RuntimeError("expected scalar type Float")

    monkeypatch.setattr("renderers.guided.take_cutouts", broken)
    drawer = load("pixeldraw")
    drawer.setup("cpu", models)
    with pytest.raises(RuntimeError, match="expected scalar type Float"):
        drawer.render([make_job("pixeldraw", {"iterations": 1})], Silent())


def test_a_broken_checkpoint_shape_is_refused(models: ModelTable) -> None:
    drawer = load("pixeldraw")
    drawer.setup("cpu", models)
    state = {"step": 1, "cuts": 4, "0.value": np.zeros((1, 3, 5, 5), np.float32)}
    with pytest.raises(RenderFailed, match="shape"):
        drawer.render([make_job("pixeldraw", {"cells": 8, "iterations": 4}, resume=state)], Silent())


def test_a_clip_of_photographs_gets_the_cuts_and_tuning_meant_for_it(tmp_path: Path) -> None:
    root = make_models(tmp_path)
    seen = {}
    for traits in ('["robust"]', "[]"):
        path = root / "models.toml"
        path.write_text(re.sub(r"traits = .*", f"traits = {traits}", path.read_text()))
        drawer = load("pixeldraw")
        drawer.setup("cpu", ModelTable(root))
        (seen[traits],) = drawer.render([make_job("pixeldraw", {"iterations": 2, "cells": 8})], Silent())
    assert seen['["robust"]'].facts["cuts"] == SCENES.plans["normal"].cuts
    assert seen["[]"].facts["cuts"] == PHOTOS.plans["normal"].cuts
    assert not np.array_equal(picture_of(seen["[]"]), picture_of(seen['["robust"]']))
