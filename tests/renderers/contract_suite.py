"""What every renderer must do. A renderer's own test class inherits this and names itself.

`quick` are options that render in well under a second with the tiny weights of `factories.make_models`.
"""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from contract.errors import (
    Cancelled,
    DamagedWeights,
    Draining,
    Interrupted,
    InvalidTask,
    LostClaim,
    MissingWeights,
    RenderFailed,
)
from contract.params import PARAMS
from contract.task import parse_params
from renderers import known, load
from renderers.base import Silent
from renderers.run import draw
from renderers.weights import ModelTable
from tests.renderers.factories import TINY, Counting, Remembering, make_job, make_models, picture_of, poison


class RendererContract:
    """Inherit as `class TestPixeldraw(RendererContract)`."""

    renderer: ClassVar[str]
    quick: ClassVar[Mapping[str, Any]]
    # How far a picture may be from another that should be the same, in levels of 255.
    tolerance: ClassVar[int] = 2

    @classmethod
    def make_models(cls, root: Path, weights: str = "") -> Path:
        """A models folder with all that the renderer needs; `weights` is as of `factories.make_models`."""
        return make_models(root, weights)

    @pytest.fixture(scope="class")
    @classmethod
    def drawer(cls, models: ModelTable) -> Any:
        """The renderer, set up once."""
        drawer = load(cls.renderer)
        drawer.setup("cpu", models)
        return drawer

    def draw(self, drawer: Any, **changes: Any) -> Any:
        """One picture; `changes` are those of `make_job`, and `params` to add to the quick ones."""
        params = {**self.quick, **changes.pop("params", {})}
        (rendering,) = drawer.render([make_job(self.renderer, params, **changes)], Silent())
        return rendering

    def test_it_is_in_the_table_under_its_own_name(self) -> None:
        drawer = load(self.renderer)
        assert self.renderer in known()
        assert drawer.name == self.renderer
        assert drawer.Params is PARAMS[self.renderer]
        assert drawer.summary

    @pytest.mark.parametrize(
        ("aspect", "ratio"), [("square", 1), ("portrait", 4 / 5), ("widescreen", 16 / 9)]
    )
    def test_a_picture_has_the_shape_and_nearly_the_size_asked_for(
        self, drawer: Any, aspect: str, ratio: float
    ) -> None:
        image = picture_of(self.draw(drawer, params={"aspect": aspect, "size": 256}))
        height, width, channels = image.shape
        assert channels == 3
        assert image.dtype == np.uint8
        assert width / height == pytest.approx(ratio, rel=0.06)
        assert max(height, width) == pytest.approx(256, rel=0.13)

    def test_the_same_seed_gives_the_same_picture_and_another_seed_another(self, drawer: Any) -> None:
        first = picture_of(self.draw(drawer, seed=3))
        assert np.array_equal(first, picture_of(self.draw(drawer, seed=3)))
        assert not np.array_equal(first, picture_of(self.draw(drawer, seed=4)))

    def test_seeds_at_the_ends_of_their_range_render(self, drawer: Any) -> None:
        lowest = picture_of(self.draw(drawer, seed=-(2**63)))
        assert not np.array_equal(lowest, picture_of(self.draw(drawer, seed=2**63 - 1)))

    def test_the_random_numbers_of_others_are_left_alone(self, drawer: Any) -> None:
        torch_before, numpy_before = torch.random.get_rng_state(), str(np.random.get_state())
        self.draw(drawer)
        assert torch.equal(torch_before, torch.random.get_rng_state())
        assert numpy_before == str(np.random.get_state())

    def test_steps_come_in_order_with_previews_and_scores_and_end_at_the_last(self, drawer: Any) -> None:
        watch = Remembering()
        drawer.render([make_job(self.renderer, self.quick)], watch)
        total = watch.steps[-1][2]
        assert watch.steps == [(0, i, total) for i in range(1, total + 1)]
        previews = [image for image in watch.images if image is not None]
        assert previews
        for preview in previews:
            assert preview.dtype == np.uint8
            assert preview.shape[2] == 3
            assert max(preview.shape) <= 512
        assert all(score is None or -1 <= score <= 1 for score in watch.scores)

    @pytest.mark.parametrize("interruption", [Cancelled, Draining, LostClaim])
    def test_an_interruption_passes_out_and_ends_it_within_one_step(
        self, drawer: Any, interruption: type[Interrupted]
    ) -> None:
        watch = Remembering(stop_at=2, error=interruption("stop"))
        with pytest.raises(interruption):
            drawer.render([make_job(self.renderer, self.quick)], watch)
        assert [i for _, i, _ in watch.steps] == [1, 2]
        assert picture_of(self.draw(drawer)).any(), "another task renders after it"

    def test_going_on_from_a_checkpoint_gives_the_uninterrupted_picture(self, drawer: Any) -> None:
        whole = self.draw(drawer)
        watch = Remembering(stop_at=3, error=Draining("leaving"))
        with pytest.raises(Draining):
            drawer.render([make_job(self.renderer, self.quick)], watch)
        assert watch.state is not None
        state = _through_a_file(watch.state)
        rest = Remembering()
        (resumed,) = drawer.render([make_job(self.renderer, self.quick, resume=state)], rest)
        assert rest.steps[0][1] == 4
        assert _distance(picture_of(resumed), picture_of(whole)) <= self.tolerance
        assert resumed.score == pytest.approx(whole.score, abs=1e-3)

    def test_a_checkpoint_of_another_job_is_refused(self, drawer: Any) -> None:
        with pytest.raises(RenderFailed, match="checkpoint"):
            self.draw(drawer, resume={"step": 2})

    def test_several_jobs_at_once_equal_each_alone(self, drawer: Any) -> None:
        jobs = [
            make_job(self.renderer, self.quick, prompt="a red disc", seed=1),
            make_job(self.renderer, self.quick, prompt="a blue box | red:-0.5", seed=2),
        ]
        watch = Remembering()
        together = drawer.render(jobs, watch)
        assert {job for job, _, _ in watch.steps} == {0, 1}
        for job, rendering in zip(jobs, together, strict=True):
            (alone,) = drawer.render([job], Silent())
            assert _distance(picture_of(rendering), picture_of(alone)) <= self.tolerance

    def test_the_result_tells_score_model_and_hash(self, drawer: Any) -> None:
        rendering = self.draw(drawer)
        assert rendering.score is None or -1 <= rendering.score <= 1
        assert rendering.model == TINY
        assert re.fullmatch("[0-9a-f]{64}", rendering.model_hash)

    @pytest.mark.parametrize(
        ("prompt", "options", "field"),
        [
            ("", {}, "prompt"),
            ("a red disc | ", {}, "prompt"),
            ("a red disc", {"sampler": "fast"}, "params.sampler"),
            ("a red disc", {"size": 7}, "params.size"),
            ("a red disc", {"quality": "superb"}, "params.quality"),
        ],
    )
    def test_a_bad_field_is_named(
        self, models: ModelTable, prompt: str, options: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidTask) as caught:
            draw(prompt, self.renderer, options, device="cpu", models=models)
        assert caught.value.field == field

    def test_every_number_is_refused_out_of_its_bounds_by_name(self) -> None:
        bounded = 0
        for name, field in PARAMS[self.renderer].model_json_schema()["properties"].items():
            for bounds in field.get("anyOf", [field]):
                for bound, step in (("minimum", -1), ("maximum", 1)):
                    # A seed may also be a text, and its bounds are those of an integer in Firestore.
                    if bound not in bounds or name == "seed":
                        continue
                    bounded += 1
                    with pytest.raises(InvalidTask) as caught:
                        parse_params(self.renderer, {name: bounds[bound] + step})
                    assert caught.value.field == f"params.{name}"
        assert bounded >= 2

    def test_every_option_has_a_default_and_a_line_of_help(self) -> None:
        for name, field in PARAMS[self.renderer].model_fields.items():
            assert not field.is_required(), name
            assert field.description, name
            assert "\n" not in field.description, name

    def test_it_begins_from_an_init_image_and_leaves_it_as_it_was(self, drawer: Any) -> None:
        light, dark = np.full((20, 30, 3), 240, np.uint8), np.full((20, 30, 3), 15, np.uint8)
        pictures = [picture_of(self.draw(drawer, init_image=image)) for image in (light, dark)]
        assert not np.array_equal(pictures[0], pictures[1])
        assert (light == 240).all()
        assert (dark == 15).all()

    def test_it_asks_for_its_weights_anew_for_each_render_and_holds_none_between(
        self, models: ModelTable
    ) -> None:
        counting = Counting(models)
        drawer = load(self.renderer)
        drawer.setup("cpu", counting)
        held = {id(model) for model in counting.given}
        assert not held & {id(value) for value in vars(drawer).values()}
        for _ in range(2):
            before = len(counting.given)
            self.draw(drawer)
            assert len(counting.given) > before

    def test_missing_weights_are_told_with_the_command_that_gets_them(self, models_folder: Path) -> None:
        absent = ModelTable(models_folder, chosen={"clip": "absent-clip"})
        with pytest.raises(MissingWeights, match="run: brushfire models pull absent-clip"):
            load(self.renderer).setup("cpu", absent)

    def test_truncated_weights_are_damaged(self, tmp_path: Path) -> None:
        path = self.make_models(tmp_path / "models") / "tiny" / "model.safetensors"
        path.write_bytes(path.read_bytes()[:-1000])
        self._expect_damage(tmp_path / "models", "can't be loaded")

    def test_weights_of_another_hash_are_damaged(self, tmp_path: Path) -> None:
        self._expect_damage(self.make_models(tmp_path / "models", f'sha256 = "{"0" * 64}"'), "SHA-256")

    @pytest.mark.parametrize(
        ("was", "becomes"),
        [('"hidden_size": 32', '"hidden_size": 48'), ('"num_hidden_layers": 2', '"num_hidden_layers": 3')],
    )
    def test_weights_that_do_not_fit_their_configuration_are_damaged(
        self, tmp_path: Path, was: str, becomes: str
    ) -> None:
        path = self.make_models(tmp_path / "models") / "tiny" / "config.json"
        assert was in path.read_text()
        path.write_text(path.read_text().replace(was, becomes))
        self._expect_damage(tmp_path / "models", "tiny")

    def test_a_loss_that_is_not_a_number_fails_the_render(self, tmp_path: Path) -> None:
        root = self.make_models(tmp_path / "models")
        poison(root / "tiny")
        drawer = load(self.renderer)
        drawer.setup("cpu", ModelTable(root))
        with pytest.raises(RenderFailed, match="nan at step 1"):
            self.draw(drawer)

    def _expect_damage(self, root: Path, message: str) -> None:
        with pytest.raises(DamagedWeights, match=message):
            load(self.renderer).setup("cpu", ModelTable(root))


def _through_a_file(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state as it comes back from a file of arrays, in which nothing is pickled."""
    file = io.BytesIO()
    np.savez(file, **state)
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _distance(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> int:
    """The largest difference of two pictures, in levels."""
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other.astype(int)).max())
