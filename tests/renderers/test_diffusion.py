"""Diffusion: the contract of every renderer, with tiny pipelines of random weights."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from contract.errors import InvalidTask, MissingWeights, RenderFailed
from renderers import load
from renderers.base import Silent
from renderers.diffusion_plan import STEPS, image_seed
from renderers.weights import ModelTable
from tests.renderers.contract_suite import RendererContract
from tests.renderers.factories import Remembering, make_job, picture_of
from tests.renderers.pipelines import TINY_SD, add_entry, entry_of, make_pipelines

pytestmark = pytest.mark.slow

QUICK = {"steps": 5, "size": 64}
WEIGHTS = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with a tiny Stable Diffusion. Not to be written to."""
    return make_pipelines(tmp_path_factory.mktemp("models"), "sd")


@pytest.fixture(scope="module")
def models(models_folder: Path) -> ModelTable:
    return ModelTable(models_folder)


class TestDiffusion(RendererContract):
    renderer: ClassVar[str] = "diffusion"
    quick: ClassVar[dict[str, Any]] = QUICK

    def test_the_result_tells_score_model_and_hash(self, drawer: Any) -> None:
        rendering = self.draw(drawer)
        assert rendering.score is None
        assert rendering.model == TINY_SD
        assert len(rendering.model_hash) == 64
        assert rendering.facts["scheduler"] == "dpmpp-2m"

    def test_missing_weights_are_told_with_the_command_that_gets_them(self, models_folder: Path) -> None:
        absent = ModelTable(models_folder, chosen={"diffusion": "absent-sd"})
        with pytest.raises(MissingWeights, match="run: brushfire models pull absent-sd"):
            load(self.renderer).setup("cpu", absent)

    def test_truncated_weights_are_damaged(self, tmp_path: Path) -> None:
        path = make_pipelines(tmp_path / "models") / TINY_SD / WEIGHTS
        path.write_bytes(path.read_bytes()[:-1000])
        self._expect_damage(tmp_path / "models", "can't be loaded")

    def test_weights_of_another_hash_are_damaged(self, tmp_path: Path) -> None:
        root = make_pipelines(tmp_path / "models")
        table = (root / "models.toml").read_text()
        wrong = table.replace(f'"{WEIGHTS}" = {{}}', f'"{WEIGHTS}" = {{ sha256 = "{"0" * 64}" }}')
        (root / "models.toml").write_text(wrong[wrong.index(f"[{TINY_SD}]") :])
        self._expect_damage(root, "SHA-256")

    @pytest.mark.parametrize(
        ("part", "was", "becomes"),
        [
            ("unet", '"cross_attention_dim": 32', '"cross_attention_dim": 48'),
            ("unet", '"layers_per_block": 1', '"layers_per_block": 2'),
            ("text_encoder", '"num_hidden_layers": 2', '"num_hidden_layers": 3'),
            ("vae", '"layers_per_block": 1', '"layers_per_block": 2'),
        ],
    )
    def test_weights_that_do_not_fit_their_configuration_are_damaged(  # type: ignore[override]
        self, tmp_path: Path, part: str, was: str, becomes: str
    ) -> None:
        path = make_pipelines(tmp_path / "models") / TINY_SD / part / "config.json"
        assert was in path.read_text()
        path.write_text(path.read_text().replace(was, becomes))
        self._expect_damage(tmp_path / "models", TINY_SD)

    def test_a_loss_that_is_not_a_number_fails_the_render(self, tmp_path: Path) -> None:
        root = make_pipelines(tmp_path / "models")
        path = root / TINY_SD / WEIGHTS
        tensors = load_file(path)
        tensors["conv_out.weight"].fill_(float("nan"))
        save_file(tensors, path, metadata={"format": "pt"})
        drawer = load("diffusion")
        drawer.setup("cpu", ModelTable(root))
        with pytest.raises(RenderFailed, match="nan at step 1"):
            self.draw(drawer)

    def test_a_decoder_that_gives_no_numbers_fails_the_render(self, tmp_path: Path) -> None:
        self._decoding(tmp_path, "decoder.conv_out.bias", float("nan"), "decoder gave nan")

    def test_a_black_picture_is_said_to_be_black(self, tmp_path: Path) -> None:
        self._decoding(tmp_path, "decoder.conv_out.bias", -100.0, "black")

    def test_a_picture_of_one_colour_is_said_to_be_blank(self, tmp_path: Path) -> None:
        self._decoding(tmp_path, "decoder.conv_out.bias", 100.0, "blank")

    def _decoding(self, tmp_path: Path, name: str, value: float, message: str) -> None:
        root = make_pipelines(tmp_path / "models")
        path = root / TINY_SD / "vae" / "diffusion_pytorch_model.safetensors"
        tensors = load_file(path)
        tensors[name].fill_(value)
        save_file(tensors, path, metadata={"format": "pt"})
        drawer = load("diffusion")
        drawer.setup("cpu", ModelTable(root))
        with pytest.raises(RenderFailed, match=message):
            self.draw(drawer)

    def test_a_blocked_picture_is_said_to_be_blocked(
        self, models: ModelTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawer = load("diffusion")
        drawer.setup("cpu", models)
        pipe = drawer._model(None).pipe

        class Features:
            pixel_values = torch.zeros(1, 3, 8, 8)

        monkeypatch.setattr(
            pipe, "safety_checker", lambda images, clip_input: (images, [True]), raising=False
        )
        monkeypatch.setattr(
            pipe, "feature_extractor", lambda image, return_tensors: Features(), raising=False
        )
        with pytest.raises(RenderFailed, match="blocked"):
            self.draw(drawer)

    def test_several_images_have_seeds_of_their_own_and_the_first_is_the_one_made_alone(
        self, drawer: Any
    ) -> None:
        rendering = self.draw(drawer, params={"images": 3}, seed=7)
        assert len(rendering.images) == 3
        for number, image in enumerate(rendering.images):
            alone = picture_of(self.draw(drawer, seed=image_seed(7, number)))
            assert np.abs(image.astype(int) - alone).max() <= 2
        assert not np.array_equal(rendering.images[0], rendering.images[1])

    def test_previews_of_several_images_lie_side_by_side(self, drawer: Any) -> None:
        watch = Remembering()
        drawer.render([make_job("diffusion", {**QUICK, "images": 3})], watch)
        assert watch.images[0] is not None
        assert watch.images[0].shape == (128, 128, 3)

    def test_steps_are_the_quality_s_unless_the_task_says(self, drawer: Any) -> None:
        for params, steps in (({"quality": "draft"}, STEPS["draft"]), ({"quality": "best", "steps": 3}, 3)):
            watch = Remembering()
            drawer.render([make_job("diffusion", {"size": 64, **params})], watch)
            assert watch.steps[-1] == (0, steps, steps)

    def test_the_negative_prompt_and_the_guidance_change_the_picture(self, drawer: Any) -> None:
        plain = picture_of(self.draw(drawer))
        for params in ({"negative_prompt": "blue"}, {"guidance": 2.0}, {"guidance": 1.0}):
            assert not np.array_equal(plain, picture_of(self.draw(drawer, params=params)))

    def test_a_part_weighed_below_nothing_joins_the_negative_prompt(self, drawer: Any) -> None:
        by_weight = picture_of(self.draw(drawer, prompt="a red disc | blue:-1"))
        by_option = picture_of(self.draw(drawer, prompt="a red disc", params={"negative_prompt": "blue"}))
        assert np.array_equal(by_weight, by_option)

    def test_equal_parts_are_the_part_itself_and_weights_lean_to_one_side(self, drawer: Any) -> None:
        alone = picture_of(self.draw(drawer, prompt="a red disc")).astype(int)
        twice = picture_of(self.draw(drawer, prompt="a red disc:2 | a red disc"))
        assert np.abs(twice - alone).max() <= 1
        near = picture_of(self.draw(drawer, prompt="a red disc:9 | sea:1"))
        far = picture_of(self.draw(drawer, prompt="a red disc:1 | sea:9"))
        assert np.abs(near - alone).mean() < np.abs(far - alone).mean()

    def test_the_end_of_a_prompt_longer_than_the_towers_still_counts(self, drawer: Any) -> None:
        long = "a red disc " * 6
        one, other = (picture_of(self.draw(drawer, prompt=long + end)) for end in ("on the sea", "by night"))
        assert not np.array_equal(one, other)

    def test_a_long_prompt_beside_a_short_one_gives_the_pictures_that_each_gives_alone(
        self, drawer: Any
    ) -> None:
        jobs = [
            make_job("diffusion", QUICK, prompt=prompt, seed=seed)
            for seed, prompt in enumerate(["a red disc", "a red disc " * 6, "sea"])
        ]
        for job, rendering in zip(jobs, drawer.render(jobs, Silent()), strict=True):
            (alone,) = drawer.render([job], Silent())
            assert np.abs(picture_of(rendering).astype(int) - picture_of(alone)).max() <= 2

    def test_a_batch_goes_on_from_the_checkpoints_of_its_jobs(self, drawer: Any) -> None:
        jobs = [
            make_job("diffusion", QUICK, seed=seed, prompt=text) for seed, text in ((1, "sea"), (2, "sky"))
        ]
        whole = drawer.render(jobs, Silent())
        states: dict[int, Any] = {}

        class Keeping(Remembering):
            def checkpoint(self, state: Any, *, job: int = 0) -> None:
                states[job] = state

            def wants_checkpoint(self) -> bool:
                return len(self.steps) == 4

        drawer.render(jobs, Keeping())
        again = [
            make_job("diffusion", QUICK, seed=seed, prompt=text, resume=states[index])
            for index, (seed, text) in enumerate(((1, "sea"), (2, "sky")))
        ]
        for one, other in zip(whole, drawer.render(again, Silent()), strict=True):
            assert np.abs(picture_of(one).astype(int) - picture_of(other)).max() <= 2

    def test_the_seed_chooses_among_prompts_and_the_result_tells_which(self, drawer: Any) -> None:
        params = {"alternatives": ["a blue box", "the sea | sky:0.5"]}
        chosen = {self.draw(drawer, params=params, seed=seed).facts["alternative"] for seed in range(12)}
        assert chosen == {0, 1, 2}
        seed = next(
            s for s in range(12) if self.draw(drawer, params=params, seed=s).facts["alternative"] == 1
        )
        assert self.draw(drawer, params=params, seed=seed).facts["prompt"] == "a blue box:1"
        one = picture_of(self.draw(drawer, params=params, seed=seed))
        assert np.array_equal(one, picture_of(self.draw(drawer, prompt="a blue box", seed=seed)))

    @pytest.mark.parametrize(
        ("params", "field"),
        [
            ({"model": "../../etc"}, "params.model"),
            ({"scheduler": "flow-euler"}, "params.scheduler"),
            ({"loras": "nosuch"}, "params.loras"),
            ({"loras": "a:b:c"}, "params.loras"),
            ({"loras": "a, a"}, "params.loras"),
            ({"scheduler": "lcm", "steps": 120}, "params.steps"),
            ({"alternatives": ["sea | "]}, "params.alternatives.0"),
        ],
    )
    def test_what_only_the_renderer_knows_is_still_named(
        self, drawer: Any, params: dict[str, Any], field: str
    ) -> None:
        jobs = [make_job("diffusion", {**QUICK, **params}, seed=seed) for seed in range(6)]
        with pytest.raises(InvalidTask) as caught:
            drawer.render(jobs, Silent())
        assert caught.value.field == field

    def test_the_seed_chooses_among_models_and_the_result_tells_which(self, tmp_path: Path) -> None:
        root = make_pipelines(tmp_path / "models")
        (root / TINY_SD).rename(root / "other-sd")
        make_pipelines(root)
        add_entry(root, entry_of(root / "other-sd", "diffusion", family="sd15"))
        drawer = load("diffusion")
        drawer.setup("cpu", ModelTable(root))
        params = {**QUICK, "steps": 1, "model": f"{TINY_SD}, other-sd"}
        jobs = [make_job("diffusion", params, seed=seed) for seed in range(8)]
        renderings = drawer.render(jobs, Silent())
        assert {rendering.model for rendering in renderings} == {TINY_SD, "other-sd"}
        for job, rendering in zip(jobs, renderings, strict=True):
            (alone,) = drawer.render([job], Silent())
            assert alone.model == rendering.model
