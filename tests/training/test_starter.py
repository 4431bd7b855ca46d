"""The bundled weights: whole, small, offline, able to tell drawn scenes apart, and able to draw."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import CLIPModel, CLIPTokenizer

from training.facts import COLOURS, GROUNDS, SHAPES, SKIES
from training.model import image_features, load_folder, text_features, tokenize
from training.scenes import Landscape, ShapeScene, draw_scene, picture

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent.parent.parent / "models" / "starter" / "clip"
NAMED_SHAPES = ("circle", "square", "triangle", "star", "heart", "cross")
Starter = tuple[CLIPModel, CLIPTokenizer]


@pytest.fixture(scope="module")
def starter() -> Starter:
    torch.set_num_threads(1)
    return load_folder(FOLDER)


@pytest.fixture(scope="module")
def unseen() -> list[ShapeScene | Landscape]:
    """Scenes from a seed that training didn't use: landscapes, and single shapes that fill half of the width.

    Not blobs, which are whatever is no other shape.
    """
    rng = np.random.default_rng(10**6)
    scenes = (draw_scene(rng) for _ in range(600))
    return [
        scene
        for scene in scenes
        if isinstance(scene, Landscape)
        or (len(scene.centres) == 1 and scene.radius > 0.25 and scene.shape in NAMED_SHAPES)
    ]


def seen(starter: Starter, scenes: Sequence[ShapeScene | Landscape]) -> Tensor:
    pictures = torch.from_numpy(np.stack([picture(scene) for scene in scenes])).permute(0, 3, 1, 2)
    with torch.no_grad():
        return image_features(starter[0], pictures.contiguous())[0]


def described(starter: Starter, texts: list[str]) -> Tensor:
    with torch.no_grad():
        return text_features(starter[0], tokenize(starter[1], texts))


def accuracy(likeness: Tensor, wanted: list[int]) -> float:
    """The share of rows of `likeness` [n, choices] that are highest where `wanted`."""
    return (likeness.argmax(1) == torch.tensor(wanted)).float().mean().item()


def test_the_folder_is_small_and_is_what_its_record_says() -> None:
    record = json.loads((FOLDER / "made_by.json").read_text())
    weights = (FOLDER / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == record["sha256"]
    assert record["done"] == record["plan"]["steps"]
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 10e6


@pytest.mark.parametrize(
    ("field", "choices", "bar"),
    [("shape", NAMED_SHAPES, 0.92), ("colour", COLOURS, 0.97), ("background", COLOURS, 0.97)],
)
def test_shapes_and_colours_of_unseen_scenes_are_told_apart(
    starter: Starter, unseen: list[ShapeScene | Landscape], field: str, choices: tuple[str, ...], bar: float
) -> None:
    scenes = [scene for scene in unseen if isinstance(scene, ShapeScene)]
    texts = []
    for scene in scenes:
        for choice in choices:
            said = {
                "shape": scene.shape,
                "colour": scene.colour,
                "background": scene.background,
                field: choice,
            }
            texts.append("a {colour} {shape} on a {background} background".format(**said))
    options = described(starter, texts).view(len(scenes), len(choices), -1)
    likeness = (options @ seen(starter, scenes)[:, :, None])[..., 0]
    assert accuracy(likeness, [choices.index(getattr(scene, field)) for scene in scenes]) >= bar


@pytest.mark.parametrize(
    ("field", "texts"),
    [("ground", GROUNDS), ("sky", ("a blue sky", "sunset", "night", "a stormy sky"))],
)
def test_grounds_and_skies_of_unseen_landscapes_are_told_apart(
    starter: Starter, unseen: list[ShapeScene | Landscape], field: str, texts: tuple[str, ...]
) -> None:
    scenes = [scene for scene in unseen if isinstance(scene, Landscape)]
    names = GROUNDS if field == "ground" else SKIES
    likeness = seen(starter, scenes) @ described(starter, list(texts)).T
    assert accuracy(likeness, [names.index(getattr(scene, field)) for scene in scenes]) >= 0.97


def test_gradients_alone_draw_the_colours_where_they_belong(starter: Starter) -> None:
    """Adversarial training's point: a grey picture that follows its gradient takes on what the words say."""
    model, _ = starter
    wanted = described(starter, ["a red circle on a blue background"])
    generator = torch.Generator().manual_seed(0)
    logits = torch.zeros(1, 3, 16, 16, requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=0.1)
    for _ in range(40):
        large = torch.nn.functional.interpolate(logits.sigmoid(), size=(80, 80), mode="bilinear")
        at = torch.randint(0, 17, (4, 2), generator=generator).tolist()
        crops = torch.cat([large[:, :, y : y + 64, x : x + 64] for y, x in at])
        loss = -(image_features(model, crops)[0] @ wanted.T).mean()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    picture = logits.detach().sigmoid()[0]
    red, _, blue = picture[:, 6:10, 6:10].mean((1, 2)).tolist()
    assert red > blue + 0.2
    red, _, blue = torch.cat([picture[:, :2].flatten(1), picture[:, -2:].flatten(1)], 1).mean(1).tolist()
    assert blue > red + 0.2


def test_its_words_for_shapes_colours_and_grounds_are_single_tokens(starter: Starter) -> None:
    _, tokenizer = starter
    for word in (*SHAPES, *COLOURS, *GROUNDS):
        assert len(tokenizer(word)["input_ids"]) == 3
