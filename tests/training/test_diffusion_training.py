"""The starter pipeline's training: what its VAE writes down, and runs interrupted without a trace."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from torch.nn.functional import avg_pool2d

from training import diffusion, lora, vae
from training.latents import Pool, caption, make_pool
from training.loop import Run
from training.scenes import WHOLE, draw_scene, picture
from training.vae_start import LATENTS, LUMA

# Steps of real training take a while on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VAE as it is before its decoder learned anything, and a pipeline of random weights with it."""
    out: Path = tmp_path_factory.mktemp("runs")
    vae.VaeTraining(vae.Plan()).export(out)
    diffusion.DiffusionTraining(diffusion.Plan(), pool(), pool(), out / "vae").export(out)
    return out


def pool() -> Pool:
    scenes = [draw_scene(np.random.default_rng(seed)) for seed in range(6)]
    source = torch.Generator().manual_seed(0)
    return Pool(torch.randn(6, LATENTS, 16, 16, generator=source), [scene.facts(WHOLE) for scene in scenes])


def pictures() -> torch.Tensor:
    scenes = [picture(draw_scene(np.random.default_rng(seed)), size=128) for seed in range(4)]
    return torch.from_numpy(np.stack(scenes)).permute(0, 3, 1, 2) * 2 - 1


def test_latents_are_the_colours_and_slopes_of_blocks() -> None:
    """Measured by pooling; the normalisation is one factor and one offset a channel."""
    images = pictures()
    halves = avg_pool2d((images * torch.tensor(LUMA)[:, None, None]).sum(1), 4)
    quarters = [halves[:, y::2, x::2] for y in (0, 1) for x in (0, 1)]
    left = (quarters[0] + quarters[2] - quarters[1] - quarters[3]) / 2
    above = (quarters[0] + quarters[1] - quarters[2] - quarters[3]) / 2
    expected = torch.cat([avg_pool2d(images, 8), left[:, None], above[:, None]], dim=1)
    with torch.no_grad():
        latents = vae.make_vae().encode(images).latent_dist.mean
    for channel in range(LATENTS):
        pair = torch.stack([latents[:, channel].flatten(), expected[:, channel].flatten()])
        assert torch.corrcoef(pair)[0, 1] > 0.999


def test_a_decoder_that_learned_nothing_gives_each_block_its_colour() -> None:
    images = pictures()
    model = vae.make_vae()
    with torch.no_grad():
        seen = model.decode(model.encode(images).latent_dist.mean).sample
    assert (avg_pool2d(seen, 8) - avg_pool2d(images, 8)).abs().mean() < 0.06


def test_captions_say_everything_mostly_and_nothing_sometimes() -> None:
    rng = np.random.default_rng(0)
    facts = next(p for p in pool().facts if p.shape is not None)
    said = [caption(facts, rng) for _ in range(300)]
    whole = [text for text in said if str(facts.colour) in text and str(facts.background) in text]
    assert 0.05 < said.count("") / 300 < 0.15
    assert len(whole) / 300 > 0.55


def test_a_pool_is_kept_and_made_once(folder: Path, tmp_path: Path) -> None:
    made = make_pool(folder / "vae", tmp_path / "pool.pt", 3, 5, 128)
    changed = (tmp_path / "pool.pt").stat().st_mtime_ns
    again = make_pool(folder / "vae", tmp_path / "pool.pt", 3, 5, 128)
    assert torch.equal(made.latents, again.latents)
    assert made.facts == again.facts
    assert (tmp_path / "pool.pt").stat().st_mtime_ns == changed
    assert made.latents.shape == (5, LATENTS, 16, 16)
    cells = make_pool(folder / "vae", tmp_path / "cells.pt", 3, 5, 128, cells=16)
    assert cells.latents[:, 3:].abs().mean() < 0.2 * made.latents[:, 3:].abs().mean(), (
        "flat cells have no slopes"
    )


def run_of(name: str, folder: Path) -> Run:
    if name == "vae":
        return vae.VaeTraining(vae.Plan(steps=4, batch=2, crop=32))
    if name == "diffusion":
        return diffusion.DiffusionTraining(
            diffusion.Plan(steps=4, batch=2, restart=2), pool(), pool(), folder / "vae"
        )
    return lora.LoraTraining(lora.Plan(steps=4, batch=2), pool(), folder / "diffusion")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vae", "diffusion", "lora"])
def test_a_run_interrupted_and_gone_on_with_ends_at_the_same_weights(
    name: str, folder: Path, tmp_path: Path
) -> None:
    straight, first = run_of(name, folder), run_of(name, folder)
    for run, steps in ((straight, 3), (first, 2)):
        for _ in range(steps):
            run.step()
    first.save(tmp_path / "checkpoint.pt")
    second = run_of(name, folder)
    second.restore(tmp_path / "checkpoint.pt")
    second.step()
    one, other = (_tensors(run.parts()) for run in (straight, second))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[key], other[key]) for key in one)
    with pytest.raises(ValueError, match="made by another plan"):
        vae.VaeTraining(vae.Plan(seed=9)).restore(tmp_path / "checkpoint.pt")


@pytest.mark.slow
def test_the_decoder_gets_better_in_a_few_steps_and_the_encoder_stays() -> None:
    run = vae.VaeTraining(vae.Plan(steps=60, batch=4, crop=32, rate=1e-3, warmup=5))
    before = {name: weight.clone() for name, weight in run.vae.encoder.state_dict().items()}
    losses = []
    for _ in range(40):
        found = run.step()
        losses.append(found["l1"] + found["edges"])
    assert np.mean(losses[-8:]) < np.mean(losses[:8])
    assert all(torch.equal(weight, before[name]) for name, weight in run.vae.encoder.state_dict().items())


def test_a_lora_is_written_as_diffusers_reads_it(folder: Path, tmp_path: Path) -> None:
    run = run_of("lora", folder)
    for _ in range(2):
        run.step()
    run.export(tmp_path)
    pipe = StableDiffusionPipeline.from_pretrained(folder / "diffusion", safety_checker=None)
    pipe.load_lora_weights(tmp_path / "lora", adapter_name="cells")
    assert pipe.get_active_adapters() == ["cells"]
    assert (tmp_path / "lora" / "pytorch_lora_weights.safetensors").stat().st_size < 1_000_000


def _tensors(parts: Any, prefix: str = "") -> dict[str, torch.Tensor]:
    """All tensors of a run's parts by name."""
    found: dict[str, torch.Tensor] = {}
    items = parts.items() if isinstance(parts, dict) else parts
    for name, part in items:
        key = f"{prefix}/{name}"
        if isinstance(part, torch.Tensor):
            found[key] = part
        elif hasattr(part, "state_dict"):
            found |= _tensors(dict(part.state_dict()), key)
        elif isinstance(part, dict):
            found |= _tensors(part, key)
        elif isinstance(part, list):
            found |= _tensors(list(enumerate(part)), key)
    return found
