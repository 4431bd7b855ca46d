"""Each family of diffusion models draws what diffusers' own pipeline draws from the same noise."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from contract.errors import DamagedWeights, InvalidTask, OutOfMemory
from renderers import load
from renderers.base import Silent
from renderers.compiling import compile_blocks
from renderers.diffusion_models import DiffusionModel, StableDiffusion
from renderers.seeds import step_seed
from renderers.weights import ModelTable
from tests.renderers.factories import Remembering, make_job, picture_of
from tests.renderers.pipelines import TINY_FLUX, TINY_SD, TINY_SDXL, entry_of, make_pipelines
from tests.renderers.single_file import make_single_file

pytestmark = pytest.mark.slow

SIZE = 64


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pipelines(tmp_path_factory.mktemp("models"), "sd", "sdxl", "flux", "inpaint")


@pytest.fixture(scope="module")
def drawer(root: Path) -> Any:
    drawer = load("diffusion")
    drawer.setup("cpu", ModelTable(root))
    return drawer


def first_noise(seed: int, channels: int = 4, side: int = SIZE // 8) -> torch.Tensor:
    """The noise that the renderer begins from, as its documentation has it: of the seed's stream 21."""
    source = torch.Generator().manual_seed(step_seed(seed, 0, 21))
    return torch.randn(1, channels, side, side, generator=source)


def ours(drawer: Any, model: str, **params: Any) -> NDArray[Any]:
    job = make_job("diffusion", {"steps": 4, "size": SIZE, "model": model, **params}, seed=5)
    (rendering,) = drawer.render([job], Silent())
    return picture_of(rendering).astype(int)


def pipeline(root: Path, key: str, scheduler: str, **settings: Any) -> Any:
    pipe = diffusers.AutoPipelineForText2Image.from_pretrained(root / key, safety_checker=None)
    pipe.scheduler = getattr(diffusers, scheduler).from_config(pipe.scheduler.config, **settings)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def levels(images: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return (images[0] * 255).round().astype(int)


@pytest.mark.parametrize(
    ("name", "scheduler", "settings"),
    [
        ("ddim", "DDIMScheduler", {}),
        ("dpmpp-2m", "DPMSolverMultistepScheduler", {}),
        ("dpmpp-2m-karras", "DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
        ("euler", "EulerDiscreteScheduler", {}),
        ("heun", "HeunDiscreteScheduler", {}),
        ("unipc", "UniPCMultistepScheduler", {}),
    ],
)
def test_stable_diffusion_draws_what_diffusers_draws(
    root: Path, drawer: Any, name: str, scheduler: str, settings: dict[str, Any]
) -> None:
    theirs = pipeline(root, TINY_SD, scheduler, **settings)(
        "a red disc", negative_prompt="blue", num_inference_steps=4, guidance_scale=5.0, height=SIZE,
        width=SIZE, latents=first_noise(5), output_type="np",
    ).images  # fmt: skip
    mine = ours(drawer, TINY_SD, scheduler=name, guidance=5.0, negative_prompt="blue")
    assert np.abs(mine - levels(theirs)).max() <= 1


@pytest.mark.parametrize("negative", [None, "blue"])
def test_sdxl_draws_what_diffusers_draws(root: Path, drawer: Any, negative: str | None) -> None:
    theirs = pipeline(root, TINY_SDXL, "EulerDiscreteScheduler")(
        "a red disc", negative_prompt=negative, num_inference_steps=4, guidance_scale=5.0, height=SIZE,
        width=SIZE, latents=first_noise(5), output_type="np",
    ).images  # fmt: skip
    mine = ours(drawer, TINY_SDXL, scheduler="euler", guidance=5.0, negative_prompt=negative)
    assert np.abs(mine - levels(theirs)).max() <= 1


def test_flux_draws_what_diffusers_draws(root: Path, drawer: Any) -> None:
    pipe = pipeline(root, TINY_FLUX, "FlowMatchEulerDiscreteScheduler")
    packed = pipe._pack_latents(first_noise(5), 1, 4, SIZE // 8, SIZE // 8)
    theirs = pipe(
        "a red disc", num_inference_steps=4, guidance_scale=2.5, height=SIZE, width=SIZE, latents=packed,
        output_type="np",
    ).images  # fmt: skip
    assert np.abs(ours(drawer, TINY_FLUX, guidance=2.5) - levels(theirs)).max() <= 1


def test_flux_takes_no_negative_prompt(drawer: Any) -> None:
    with pytest.raises(InvalidTask) as caught:
        ours(drawer, TINY_FLUX, negative_prompt="blue")
    assert caught.value.field == "params.negative_prompt"


@pytest.mark.parametrize("key", [TINY_SD, TINY_SDXL, TINY_FLUX])
def test_every_family_goes_on_from_a_checkpoint_and_batches(drawer: Any, key: str) -> None:
    params = {"steps": 4, "size": SIZE, "model": key}
    jobs = [
        make_job("diffusion", params, seed=seed, prompt=text)
        for seed, text in ((1, "sea"), (2, "a red disc"))
    ]
    together = drawer.render(jobs, Silent())
    watch = Remembering(stop_at=2)
    (alone,) = drawer.render(jobs[1:], watch)
    assert np.abs(picture_of(together[1]).astype(int) - picture_of(alone)).max() <= 2
    job = make_job("diffusion", params, seed=2, prompt="a red disc", resume=watch.state)
    (resumed,) = drawer.render([job], Silent())
    assert np.abs(picture_of(resumed).astype(int) - picture_of(alone)).max() <= 2


@pytest.mark.parametrize("key", [TINY_SD, TINY_SDXL, TINY_FLUX, "tiny-inpaint"])
def test_every_family_begins_from_a_picture_and_keeps_what_the_mask_leaves(drawer: Any, key: str) -> None:
    start = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), np.uint8)
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[:, SIZE // 2 :] = 255
    job = make_job("diffusion", {"steps": 4, "size": SIZE, "model": key}, init_image=start)
    (redrawn,) = drawer.render([job], Silent())
    assert not np.array_equal(picture_of(redrawn), start)
    (painted,) = drawer.render([_masked(job, mask)], Silent())
    assert np.array_equal(picture_of(painted)[:, : SIZE // 2], start[:, : SIZE // 2])
    assert not np.array_equal(picture_of(painted)[:, SIZE // 2 :], start[:, SIZE // 2 :])


def test_image_to_image_draws_what_diffusers_draws(
    root: Path, drawer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), np.uint8)
    job = make_job(
        "diffusion",
        {"steps": 6, "size": SIZE, "strength": 0.5, "guidance": 3.0, "scheduler": "ddim"},
        seed=5,
        init_image=start,
    )
    (rendering,) = drawer.render([job], Silent())
    pipe = diffusers.AutoPipelineForImage2Image.from_pipe(pipeline(root, TINY_SD, "DDIMScheduler"))
    # The likeliest latents in place of random ones, and the renderer's noise in place of the pipeline's.
    module = "diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img"
    monkeypatch.setattr(f"{module}.retrieve_latents", lambda coded, generator: coded.latent_dist.mode())
    monkeypatch.setattr(f"{module}.randn_tensor", lambda *args, **kwargs: first_noise(5))
    pictures = torch.from_numpy(start.astype(np.float32) / 255).permute(2, 0, 1)[None]
    theirs = pipe(
        "a red disc",
        image=pictures,
        strength=0.5,
        num_inference_steps=6,
        guidance_scale=3.0,
        output_type="np",
    ).images
    assert np.abs(picture_of(rendering).astype(int) - levels(theirs)).max() <= 1


@pytest.mark.parametrize("strength", [0.2, 1.0])
def test_the_strength_says_how_many_steps_are_taken(drawer: Any, strength: float) -> None:
    start = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), np.uint8)
    watch = Remembering()
    params = {"steps": 10, "size": SIZE, "strength": strength}
    drawer.render([make_job("diffusion", params, init_image=start)], watch)
    assert watch.steps[-1][2] == round(10 * strength)


def test_a_few_rows_at_a_time_give_the_same_picture_when_memory_runs_out(
    drawer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [make_job("diffusion", {"steps": 3, "size": SIZE}, seed=seed) for seed in range(4)]
    whole = drawer.render(jobs, Silent())
    _scarce(monkeypatch, rows=3)
    for one, other in zip(whole, drawer.render(jobs, Silent()), strict=True):
        assert np.abs(picture_of(one).astype(int) - picture_of(other)).max() <= 2


def test_memory_for_not_even_one_row_is_said(drawer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _scarce(monkeypatch, rows=0)
    with pytest.raises(OutOfMemory, match="smaller size"):
        ours(drawer, TINY_SD)


def test_a_decoder_short_of_memory_decodes_one_by_one_then_in_tiles_then_gives_up(
    drawer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [make_job("diffusion", {"steps": 2, "size": SIZE}, seed=seed) for seed in range(3)]
    whole = drawer.render(jobs, Silent())
    model, plain = drawer._model(None), DiffusionModel.decode
    sizes: list[tuple[int, bool]] = []

    def scarce(self: DiffusionModel, latents: torch.Tensor) -> torch.Tensor:
        sizes.append((len(latents), bool(self.pipe.vae.use_tiling)))
        if len(latents) > 1 or not self.pipe.vae.use_tiling:
            raise torch.OutOfMemoryError("no room")
        return plain(self, latents)

    monkeypatch.setattr(DiffusionModel, "decode", scarce)
    for one, other in zip(whole, drawer.render(jobs, Silent()), strict=True):
        assert np.abs(picture_of(one).astype(int) - picture_of(other)).max() <= 2
    assert sizes[:4] == [(3, False), (2, False), (1, False), (1, True)]
    assert not model.pipe.vae.use_tiling

    def none(self: DiffusionModel, latents: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(DiffusionModel, "decode", none)
    with pytest.raises(OutOfMemory, match="decoding"):
        drawer.render(jobs, Silent())


def test_a_pipeline_of_an_unknown_class_is_refused_and_nothing_of_it_is_made(tmp_path: Path) -> None:
    root = make_pipelines(tmp_path / "models")
    index = root / TINY_SD / "model_index.json"
    for was, becomes in (
        ("StableDiffusionPipeline", "SomethingElsePipeline"),
        ('"transformers"', '"os"'),
    ):
        text = index.read_text()
        index.write_text(text.replace(was, becomes))
        with pytest.raises(DamagedWeights, match=becomes.strip('"')):
            load("diffusion").setup("cpu", ModelTable(root))
        index.write_text(text)


@pytest.mark.slow
def test_compiled_blocks_draw_the_same_picture(root: Path) -> None:
    drawer = load("diffusion")
    drawer.setup("cpu", ModelTable(root))
    plain = ours(drawer, TINY_SD)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile_blocks(drawer._model(None).denoiser, TINY_SD)
        compiled = ours(drawer, TINY_SD)
    assert np.abs(compiled - plain).max() <= 1


def test_one_file_of_all_weights_draws_what_the_folder_draws(root: Path, drawer: Any, tmp_path: Path) -> None:
    make_single_file(root / TINY_SD, tmp_path / "single")
    (tmp_path / "models.toml").write_text(
        entry_of(tmp_path / "single", "diffusion", family="sd15", default=True)
    )
    other = load("diffusion")
    other.setup("cpu", ModelTable(tmp_path))
    assert np.array_equal(ours(other, "single"), ours(drawer, TINY_SD))


def test_one_file_that_lacks_weights_is_damaged(root: Path, tmp_path: Path) -> None:
    make_single_file(root / TINY_SD, tmp_path / "single")
    path = tmp_path / "single" / "model.safetensors"
    tensors = load_file(path)
    for name in [name for name in tensors if "middle_block" in name]:
        del tensors[name]
    save_file(tensors, path)
    (tmp_path / "models.toml").write_text(
        entry_of(tmp_path / "single", "diffusion", family="sd15", default=True)
    )
    with pytest.raises(DamagedWeights, match="single"):
        load("diffusion").setup("cpu", ModelTable(tmp_path))


def _masked(job: Any, mask: NDArray[np.uint8]) -> Any:
    return replace(job, mask=mask)


def _scarce(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """Memory for so many rows at a time."""
    plain = StableDiffusion.predict

    def predict(self: StableDiffusion, latents: torch.Tensor, *others: Any) -> torch.Tensor:
        if len(latents) > rows:
            raise torch.OutOfMemoryError("no room")
        return plain(self, latents, *others)

    monkeypatch.setattr(StableDiffusion, "predict", predict)
