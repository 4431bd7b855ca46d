"""VQGAN+CLIP: the contract of every renderer, and its own sizes, beginnings, losses and animation."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from contract.errors import InvalidTask, MissingWeights
from renderers import load
from renderers.base import Silent
from renderers.latents import LatentCanvas, LatentTuning, codes_at_size, codes_of_area
from renderers.pictures import clamp_with_gradient
from renderers.vqgan import Vqgan, gather, nearest
from renderers.weights import ModelTable
from tests.renderers.contract_suite import RendererContract
from tests.renderers.factories import Remembering, make_job, make_models, picture_of
from tests.renderers.vqgan_factories import TINY_VQGAN, add_vqgan, make_both, taming_yaml

pytestmark = pytest.mark.slow


class TestVqganClip(RendererContract):
    renderer: ClassVar[str] = "vqgan_clip"
    quick: ClassVar[dict[str, Any]] = {"iterations": 5, "cuts": 2, "size": 64}

    @classmethod
    def make_models(cls, root: Path, weights: str = "") -> Path:
        return make_both(root, weights)

    @pytest.fixture(scope="class")
    @classmethod
    def models_folder(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """The tiny weights, an f16 of photographs and a Gumbel f8."""
        root = make_both(tmp_path_factory.mktemp("models"))
        add_vqgan(root, "photos-f16", taming_yaml(16))
        add_vqgan(root, "photos-gumbel", taming_yaml(8, gumbel=True))
        return root

    @pytest.fixture(scope="class")
    @classmethod
    def models(cls, models_folder: Path) -> ModelTable:
        return ModelTable(models_folder)

    def test_the_result_tells_the_vqgan_and_its_hash(self, drawer: Any) -> None:
        facts = self.draw(drawer).facts
        assert facts["vqgan"] == TINY_VQGAN
        assert len(facts["vqgan_hash"]) == 64

    @pytest.mark.parametrize("key", ["photos-f16", "photos-gumbel"])
    def test_a_vqgan_of_photographs_draws_at_the_size_asked_for(self, drawer: Any, key: str) -> None:
        rendering = self.draw(drawer, params={"vqgan": key, "size": 72, "aspect": "widescreen"})
        factor = 16 if key == "photos-f16" else 8
        assert rendering.facts["vqgan"] == key
        assert picture_of(rendering).shape == (40 // factor * factor, 72 // factor * factor, 3)

    def test_a_vqgan_of_small_scenes_is_enlarged_to_the_size_asked_for(self, drawer: Any) -> None:
        rendering = self.draw(drawer, params={"size": 200, "aspect": "portrait"})
        assert picture_of(rendering).shape[0] == 200
        assert (rendering.facts["rows"], rendering.facts["columns"]) == (9, 7)

    def test_an_unknown_vqgan_is_named(self, drawer: Any) -> None:
        with pytest.raises(InvalidTask) as caught:
            self.draw(drawer, params={"vqgan": "../../etc"})
        assert caught.value.field == "params.vqgan"

    def test_without_a_vqgan_it_says_what_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(MissingWeights, match="vqgan"):
            load("vqgan_clip").setup("cpu", ModelTable(make_models(tmp_path)))

    def test_it_begins_from_the_init_image_as_the_codes_say_it(self, drawer: Any, models: ModelTable) -> None:
        start = np.zeros((40, 40, 3), np.uint8)
        start[:, 20:] = (255, 160, 20)
        watch = Remembering()
        job = make_job("vqgan_clip", {**self.quick, "vqgan": "photos-gumbel"}, init_image=start)
        drawer.render([job], watch)
        model = Vqgan.load(models.folder("vqgan", "photos-gumbel"), "cpu")
        enlarged = torch.tensor(start).permute(2, 0, 1)[None].float() / 255
        enlarged = interpolate(enlarged, (64, 64), mode="bilinear", antialias=True)
        said = model.decode(gather(model.codes(enlarged), model.quantize.vectors))[0].permute(1, 2, 0)
        assert watch.images[0] is not None
        assert np.abs(watch.images[0] / 255 - said.clamp(0, 1).numpy()).max() < 0.02

    def test_an_image_prompt_changes_the_picture(self, drawer: Any) -> None:
        job = make_job("vqgan_clip", self.quick)
        red = np.full((30, 30, 3), (230, 20, 20), np.uint8)
        with_red = type(job)(job.prompts, job.params, job.seed, image_prompts=((red, 5.0),))
        (plain,), (drawn,) = (drawer.render([one], Silent()) for one in (job, with_red))
        assert not np.array_equal(picture_of(plain), picture_of(drawn))

    def test_an_animation_shows_finished_frames_alone(self, drawer: Any) -> None:
        watch = Remembering()
        params = {**self.quick, "iterations": 7, "zoom": 1.2, "rotation": 5.0, "frame_steps": 3}
        (moved,) = drawer.render([make_job("vqgan_clip", params)], watch)
        assert [image is not None for image in watch.images] == [
            False,
            False,
            True,
            False,
            False,
            True,
            False,
        ]
        assert not np.array_equal(picture_of(moved), picture_of(self.draw(drawer, params={"iterations": 7})))

    def test_an_animation_goes_on_from_a_checkpoint(self, drawer: Any) -> None:
        params = {**self.quick, "iterations": 7, "pan_x": 0.2, "frame_steps": 2}
        watch = Remembering(stop_at=5, error=InvalidTask("x", 1, "y"))
        with pytest.raises(InvalidTask):
            drawer.render([make_job("vqgan_clip", params)], watch)
        (whole,) = drawer.render([make_job("vqgan_clip", params)], Silent())
        (resumed,) = drawer.render([make_job("vqgan_clip", params, resume=watch.state)], Silent())
        assert np.abs(picture_of(whole).astype(int) - picture_of(resumed).astype(int)).max() <= self.tolerance


@pytest.mark.parametrize(
    ("size", "aspect", "factor", "expected"),
    [
        (512, "square", 16, (32, 32)),
        (500, "square", 16, (31, 31)),
        (512, "widescreen", 16, (18, 32)),
        (512, "portrait", 8, (64, 51)),
    ],
)
def test_sides_are_floored_to_whole_codes(
    size: int, aspect: Any, factor: int, expected: tuple[int, int]
) -> None:
    assert codes_at_size(size, aspect, factor) == expected


@pytest.mark.parametrize("aspect", ["square", "portrait", "widescreen"])
def test_shapes_of_an_area_have_about_as_many_codes(aspect: Any) -> None:
    rows, columns = codes_of_area(96, aspect, 4)
    assert rows * columns == pytest.approx(24 * 24, rel=0.05)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Vqgan:
    root = make_both(tmp_path_factory.mktemp("models"))
    return Vqgan.load(ModelTable(root).folder("vqgan"), "cpu", torch.float32)


@pytest.mark.parametrize("coarse_gain", [None, 1.5])
def test_latents_are_kept_within_the_codebooks_range(model: Vqgan, coarse_gain: float | None) -> None:
    canvas = LatentCanvas(model, (6, 9), LatentTuning(rate=0.1, coarse_gain=coarse_gain), 0)
    with torch.no_grad():
        for level, _ in canvas.parameters():
            level += 100
    canvas.picture()
    levels = [level.detach() for level, _ in canvas.parameters()]
    z = torch.stack([interpolate(level, (6, 9), mode="bilinear") for level in levels]).sum(0)
    highest = model.quantize.vectors.amax(0)[:, None, None]
    assert torch.allclose(z, highest.expand_as(z), atol=1e-3)


def test_gradients_pass_straight_through_the_choice_of_codes(model: Vqgan) -> None:
    canvas = LatentCanvas(model, (4, 4), LatentTuning(rate=0.1), 0)
    ((z, _),) = canvas.parameters()
    picture = canvas.picture()
    torch.autograd.backward(picture.square().sum())
    assert z.grad is not None
    vectors = model.quantize.vectors
    read = gather(nearest(z, vectors), vectors).requires_grad_()
    torch.autograd.backward(clamp_with_gradient(model.decode(read)).square().sum())
    assert read.grad is not None
    assert torch.allclose(z.grad, read.grad, rtol=1e-3, atol=1e-4)


@pytest.fixture(scope="module")
def starter() -> Any:
    """The renderer with the bundled weights."""
    drawer = load("vqgan_clip")
    drawer.setup("cpu", ModelTable())
    return drawer


def drawn(starter: Any, prompt: str = "a red circle on a blue background", **changes: Any) -> Any:
    """A small draft by the bundled weights, in [0, 1]; `changes` are options and the init image."""
    init_image = changes.pop("init_image", None)
    params = {"quality": "draft", "iterations": 8, "cuts": 4, "size": 64, **changes}
    job = make_job("vqgan_clip", params, prompt=prompt, init_image=init_image)
    (rendering,) = starter.render([job], Silent())
    return picture_of(rendering) / 255


@pytest.mark.slow
def test_the_starter_draws_the_colours_where_they_belong(starter: Any) -> None:
    image = drawn(starter, iterations=15)
    middle, corner = image[28:36, 28:36].mean((0, 1)), image[:6, :6].mean((0, 1))
    assert middle[0] > middle[2] + 0.3
    assert corner[2] > corner[0] + 0.3


@pytest.mark.slow
def test_a_negative_prompt_pushes_away(starter: Any) -> None:
    green = np.full((64, 64, 3), (40, 160, 60), np.uint8)
    prompt = "a red background:0.01 | a green background:-1"
    left, kept = (drawn(starter, prompt, init_image=green, iterations=n) for n in (10, 1))

    def greenness(image: Any) -> float:
        return float((image[..., 1] - image[..., 0] / 2 - image[..., 2] / 2).mean())

    assert greenness(left) < greenness(kept) - 0.02


@pytest.mark.slow
def test_an_init_weight_keeps_it_nearer_to_the_init_image(starter: Any) -> None:
    start = np.full((64, 64, 3), (40, 160, 60), np.uint8)
    free, held = (
        np.square(drawn(starter, init_image=start, init_weight=weight) - start / 255).mean()
        for weight in (0.0, 10.0)
    )
    assert held < 0.7 * free


@pytest.mark.slow
def test_smoothness_and_saturation_change_what_they_are_named_for(starter: Any) -> None:
    plain, smooth, grey = (
        drawn(starter, "a house on the grass", **extra)
        for extra in ({"smoothness": 0.0}, {"smoothness": 10.0}, {"smoothness": 0.0, "saturation": -5.0})
    )

    def edges(image: Any) -> float:
        return float(np.abs(np.diff(image, axis=0)).mean() + np.abs(np.diff(image, axis=1)).mean())

    assert edges(smooth) < 0.8 * edges(plain)
    assert grey.std(axis=2).mean() < 0.8 * plain.std(axis=2).mean()


@pytest.mark.slow
def test_flying_in_enlarges_what_was_there(starter: Any) -> None:
    """With guidance too weak to matter, the picture's left third fills the frame after a pan to its left."""
    start = np.full((64, 64, 3), (20, 40, 200), np.uint8)
    start[:, :24] = (220, 30, 30)
    held: dict[str, Any] = {"init_image": start, "iterations": 3, "frame_steps": 1}
    before, after = drawn(starter, **held), drawn(starter, **held, pan_x=0.25)
    red = [float((image[..., 0] > image[..., 2]).mean()) for image in (before, after)]
    assert red[1] > red[0] + 0.25
