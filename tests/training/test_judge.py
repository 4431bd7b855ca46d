"""The judge reads what is drawn, its prompts stay sealed, and its figures count what they say."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import prompts
from benchmarks.judged_sheet import save_sheet
from benchmarks.judging import Judged, figures, real_pictures, rendered
from benchmarks.prompts import SEALED, Asked
from benchmarks.reading import Reader, Reading
from renderers.base import Rendering
from training.facts import Facts
from training.judge import train
from training.judge_model import WEIGHTS, load_judge
from training.judge_pictures import make_lesson
from training.scenes import picture


@pytest.fixture(scope="module")
def reader() -> Reader:
    torch.set_num_threads(1)
    return Reader()


def test_the_judge_is_small_and_apart_from_the_models_that_draw() -> None:
    assert WEIGHTS.stat().st_size < 1_500_000
    assert "models" not in WEIGHTS.parts


def test_real_pictures_are_read_nearly_without_fault(reader: Reader) -> None:
    asked = prompts.tuning(3)
    found = figures(real_pictures(asked, reader, seed=100))
    assert found.attributes > 0.97
    assert found.shapes > 0.95


def drawn(asked: Asked, size: int, seed: int = 5) -> Any:
    return (picture(prompts.scene_of(asked, seed), size=size) * 255).round().astype(np.uint8)


def test_a_picture_is_read_alike_at_any_size_alone_and_among_others(reader: Reader) -> None:
    asked = Asked("", Facts(shape="star", colour="yellow", background="blue"))
    pictures = [drawn(asked, size) for size in (64, 200, 512)] + [drawn(asked, 256)[:, 20:-20]]
    together = reader.read(pictures)
    assert [all(reading.right(asked.facts).values()) for reading in together] == [True] * 4
    (alone,) = reader.read(pictures[:1])
    assert alone.facts == together[0].facts
    assert alone.sure["shape"] == pytest.approx(together[0].sure["shape"], abs=1e-4)


def test_the_sealed_prompts_are_those_that_were_drawn_over_all_attributes() -> None:
    sealed = prompts.sealed()
    assert sealed == prompts.draw(prompts.SEALED_SEED, 42, 22)
    assert len({one.facts for one in sealed}) == len(sealed) == 64
    assert "nothing" in json.loads(SEALED.read_text())["note"]
    for name in ("shape", "colour", "background", "ground", "sky"):
        found = [getattr(one.facts, name) for one in sealed if getattr(one.facts, name)]
        counts = [found.count(value) for value in set(found)]
        assert max(counts) - min(counts) <= 3, name


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_prompts_for_tuning_are_none_of_the_sealed(seed: int) -> None:
    tuning = prompts.tuning(seed)
    assert (len(tuning), sum(one.is_shape for one in tuning)) == (64, 42)
    assert not {one.facts for one in tuning} & {one.facts for one in prompts.sealed()}
    assert tuning == prompts.tuning(seed)
    assert tuning != prompts.tuning(seed + 1)


def reading(**facts: Any) -> Reading:
    return Reading(Facts(**facts), {})


def test_figures_count_attributes_prompts_and_shapes() -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    star = Asked("", Facts(shape="star", colour="red", background="blue"))
    boat = Asked("", Facts(ground="sea", sky="day", things=("boat",)))
    right = Judged(star, pixels, reading(shape="star", colour="red", background="blue"), 1.0)
    wrong = Judged(star, pixels, reading(shape="heart", colour="red", background="cyan"), 3.0)
    both = Judged(boat, pixels, reading(ground="sea", sky="day", things=("boat", "sun"), shape="star"), None)
    none = Judged(boat, pixels, reading(ground="sea", sky="night"), None)
    found = figures([right, wrong, both, none])
    assert found.attributes == pytest.approx(8 / 12)
    assert (found.shapes, found.prompts, found.seconds) == (0.5, 0.5, 2.0)
    assert found.each == {
        "shape": 0.5,
        "colour": 1.0,
        "background": 0.5,
        "ground": 1.0,
        "sky": 0.5,
        "things": 0.5,
    }


class Drawer:
    """Draws real pictures and counts them."""

    name = "pixeldraw"

    def __init__(self) -> None:
        self.jobs: list[Any] = []

    def render(self, jobs: Any, watch: Any) -> list[Rendering]:
        self.jobs += jobs
        return [Rendering(images=[drawn(prompts.sealed()[job.seed - 1], 64)]) for job in jobs]


def test_pictures_are_rendered_in_batches_read_kept_and_taken_again(reader: Reader, tmp_path: Path) -> None:
    asked, drawer, told = prompts.sealed()[:5], Drawer(), list[str]()
    options: dict[str, Any] = {"seed": 1, "batch": 2, "folder": tmp_path / "kept", "tell": told.append}
    found = rendered(drawer, asked, {"quality": "draft"}, reader, **options)
    assert [job.prompts[0].text for job in drawer.jobs] == [one.prompt for one in asked]
    assert [job.seed for job in drawer.jobs] == [1, 2, 3, 4, 5]
    assert len(told) == 5
    again = rendered(drawer, asked, {"quality": "draft"}, reader, **options)
    assert len(drawer.jobs) == 5
    assert [one.reading for one in again] == [one.reading for one in found]
    assert [one.seconds for one in again] == [pytest.approx(one.seconds, abs=1e-3) for one in found]


@pytest.mark.slow
def test_a_sheet_of_all_pictures_stays_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (64, 64, 3), dtype=np.uint8) for _ in range(64)]
    judged = [
        Judged(asked, pixels, reading(**asdict(asked.facts)), None)
        for asked, pixels in zip(prompts.sealed(), noise, strict=True)
    ]
    save_sheet(judged, tmp_path / "sheet.webp")
    assert (tmp_path / "sheet.webp").stat().st_size < 1_000_000  # Noise; pictures are far below it.
    with Image.open(tmp_path / "sheet.webp") as sheet:
        assert sheet.width < 1000


def test_lessons_are_decided_by_seed_and_step_and_stay_pictures() -> None:
    one, same, other = make_lesson(0, 3, 12), make_lesson(0, 3, 12), make_lesson(0, 4, 12)
    assert torch.equal(one.pictures, same.pictures)
    assert not torch.equal(one.pictures, other.pictures)
    assert one.pictures.shape == (12, 3, 64, 64)
    assert float(one.pictures.min()) >= -1e-6
    assert float(one.pictures.max()) <= 1 + 1e-6


def test_a_few_steps_of_training_write_a_judge_that_loads(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    trained = train(2, tmp_path / "judge.safetensors", batch=8, width=8)
    loaded = load_judge(tmp_path / "judge.safetensors")
    lesson = make_lesson(1, 0, 4)
    with torch.no_grad():
        one, other = trained(lesson.pictures)[1], loaded(lesson.pictures)[1]
    assert torch.allclose(one, other, atol=2e-2)
