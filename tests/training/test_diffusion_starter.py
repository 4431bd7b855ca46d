"""The bundled diffusion pipeline and its LoRA: whole, small, and able to draw what is asked."""

import hashlib
import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from contract.params import DiffusionParams
from contract.prompts import parse_prompts
from renderers import load
from renderers.base import Job, Silent
from renderers.weights import MODELS_FOLDER, ModelTable
from training.shapes import PAINTS

PIPELINE, LORA = "starter-diffusion", "starter-lora-cells"


@pytest.fixture(scope="module")
def table() -> ModelTable:
    return ModelTable()


@pytest.fixture(scope="module")
def drawer(table: ModelTable) -> Any:
    drawer = load("diffusion")
    drawer.setup("cpu", table)
    return drawer


def draw(drawer: Any, prompt: str, seed: int = 3, **params: Any) -> NDArray[np.float32]:
    """The picture [128, 128, 3] in [0, 1]."""
    options = DiffusionParams(quality="draft", size=128, **params)
    (rendering,) = drawer.render([Job(parse_prompts(prompt), options, seed)], Silent())
    return rendering.images[0].astype(np.float32) / 255  # type: ignore[no-any-return]


@pytest.mark.parametrize(("key", "most"), [(PIPELINE, 30_000_000), (LORA, 1_000_000)])
def test_the_files_are_those_of_the_table_and_small(table: ModelTable, key: str, most: int) -> None:
    model = table.models[key]
    folder = MODELS_FOLDER / model.folder
    for name, known in model.files.items():
        content = (folder / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (known.bytes, known.sha256)
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < most
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there == {*model.files, "README.md", "made_by.json"}


@pytest.mark.parametrize("key", [PIPELINE, LORA])
def test_what_made_them_is_written_beside_them(table: ModelTable, key: str) -> None:
    model = table.models[key]
    record = json.loads((MODELS_FOLDER / model.folder / "made_by.json").read_text())
    assert record["done"] == record["plan"]["steps"]
    assert record["sha256"] == {name: model.files[name].sha256 for name in model.weights}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("colour", "background"), [("red", "blue"), ("yellow", "black"), ("green", "pink"), ("white", "purple")]
)
def test_a_square_has_the_colours_asked_for(drawer: Any, colour: str, background: str) -> None:
    picture = draw(drawer, f"a {colour} square on a {background} background")
    middle, corner = picture[56:72, 56:72].mean((0, 1)), picture[:10, :10].mean((0, 1))
    assert np.abs(middle - PAINTS[colour]).max() < 0.25
    assert np.abs(corner - PAINTS[background]).max() < 0.25


@pytest.mark.slow
def test_a_landscape_by_day_is_brighter_than_by_night(drawer: Any) -> None:
    day, night = (draw(drawer, f"a tree on grass {light}") for light in ("by day", "at night"))
    assert day[:40].mean() > night[:40].mean() + 0.3
    assert day[100:, :, 1].mean() > day[100:, :, 2].mean() + 0.1, "the grass is green"


@pytest.mark.slow
def test_the_lora_draws_flat_cells(drawer: Any) -> None:
    def unevenness(picture: NDArray[np.float32]) -> float:
        """The mean deviation within cells of 8 × 8 pixels."""
        return float(picture.reshape(16, 8, 16, 8, 3).std(axis=(1, 3)).mean())

    # Colours of unlike brightness: what tells a flat cell from an edge is the slope of that.
    prompt = "a white star on a black background"
    assert unevenness(draw(drawer, prompt, loras=LORA)) < 0.7 * unevenness(draw(drawer, prompt))
