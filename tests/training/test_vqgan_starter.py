"""The bundled VQGAN: whole, small, in taming's layout, and able to say and read scenes it hasn't seen."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from renderers.vqgan import Vqgan, gather
from renderers.weights import ModelTable
from training.scenes import draw_scene, picture

# Steps of real training take a while on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FOLDER = Path(__file__).parent.parent.parent / "models" / "starter" / "vqgan"


@pytest.fixture(scope="module")
def starter() -> Vqgan:
    torch.set_num_threads(1)
    return Vqgan.load(ModelTable().folder("vqgan", "starter-vqgan"), "cpu", torch.float32)


@pytest.fixture(scope="module")
def unseen() -> torch.Tensor:
    """Whole scenes of a seed that training didn't use, at the size that the renderer draws."""
    rng = np.random.default_rng(10**6)
    drawn = np.stack([picture(draw_scene(rng, shapes=0.5), size=128) for _ in range(12)])
    return torch.from_numpy(drawn).permute(0, 3, 1, 2).contiguous()


def test_the_folder_is_small_and_is_what_its_record_says() -> None:
    record = json.loads((FOLDER / "made_by.json").read_text())
    weights = (FOLDER / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == record["sha256"]
    assert record["done"] == record["plan"]["steps"]
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 15e6


def test_tamings_own_towers_are_built_from_its_yaml() -> None:
    model = yaml.safe_load((FOLDER / "model.yaml").read_text())["model"]
    assert model["target"] == "taming.models.vqgan.VQModel"
    assert model["params"]["n_embed"] == 1024
    assert model["params"]["ddconfig"]["resolution"] == 64


def test_codes_of_unseen_scenes_are_read_as_the_same_scenes(starter: Vqgan, unseen: torch.Tensor) -> None:
    with torch.no_grad():
        codes = starter.codes(unseen)
        made = starter.decode(gather(codes, starter.quantize.vectors)).clamp(0, 1)
    assert codes.shape == (12, 32, 32)
    assert (made - unseen).abs().mean() < 0.07
    others = unseen.roll(1, 0)
    far = [(made - pictures).abs().mean((1, 2, 3)) for pictures in (unseen, others)]
    assert (far[0] < 0.5 * far[1]).all(), "each is nearer to itself than to another scene"


def test_many_codes_are_in_use(starter: Vqgan, unseen: torch.Tensor) -> None:
    assert len(set(starter.codes(unseen).flatten().tolist())) > 300
