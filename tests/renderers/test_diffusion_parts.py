"""The parts of diffusion that need no weights: sizes, plans, prompts, masks, previews."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from contract.params import DiffusionParams
from contract.prompts import parse_prompts
from renderers.base import Job, Located
from renderers.compiling import Compiling
from renderers.diffusion_models import Text, token_chunks
from renderers.diffusion_output import preview_of
from renderers.diffusion_plan import chosen_model, drawn_size, image_seed, picture_size, plan_for
from renderers.diffusion_prompts import blend, read_all, wanted
from renderers.fitting import cropped, fitted_image, fitted_mask, resized
from renderers.latent_preview import Approximation
from renderers.sampling import sheet, signature
from tests.renderers.factories import _letters


def job(**params: Any) -> Job[DiffusionParams]:
    return Job(parse_prompts("a red disc"), DiffusionParams(**params), 7)


def model(**more: Any) -> Located:
    return Located("some", "/nowhere", "0" * 64, **more)


class Reading:
    """A model that reads a text as its length, in as many chunks as it has tens of letters."""

    def __init__(self) -> None:
        self.texts: dict[Any, Text] = {}
        self.read_texts: list[str] = []

    def chunks(self, text: str) -> int:
        return 1 + len(text) // 10

    def read(self, text: str, chunks: int) -> Text:
        self.read_texts.append(text)
        return Text(torch.full((chunks, 2), float(len(text))))

    def nothing(self, chunks: int) -> Text:
        return Text(torch.zeros(chunks, 2))


@pytest.mark.parametrize(
    ("aspect", "size"), [("square", (512, 512)), ("portrait", (512, 410)), ("widescreen", (288, 512))]
)
def test_a_picture_s_longer_side_is_the_size(aspect: Any, size: tuple[int, int]) -> None:
    assert picture_size(512, aspect) == size


def test_a_model_of_one_size_always_draws_its_own_area() -> None:
    for longer in (64, 512, 2048):
        height, width = drawn_size(picture_size(longer, "widescreen"), 8, 128, one_size=True)
        assert height * width == pytest.approx(128 * 128, rel=0.03)
        assert width / height == pytest.approx(16 / 9, rel=0.03)


def test_a_real_model_draws_at_the_size_asked_for_but_not_far_from_its_own() -> None:
    assert drawn_size((512, 512), 8, 512, one_size=False) == (512, 512)
    assert drawn_size((600, 600), 8, 512, one_size=False) == (600, 600)
    assert drawn_size((2048, 2048), 8, 512, one_size=False) == (640, 640)
    assert drawn_size((64, 64), 8, 512, one_size=False) == (384, 384)
    assert drawn_size((1024, 820), 16, 1024, one_size=False) == (1024, 816)
    assert drawn_size((100, 60), 8, None, one_size=False) == (96, 64)


def test_what_a_task_says_counts_more_than_its_loras_the_model_and_the_quality() -> None:
    said = model(defaults={"steps": 20, "guidance": 3.0, "scheduler": "euler"})
    loras = {"steps": 4, "guidance": 1.0}

    def plan(known: Located, lora: dict[str, Any], **params: Any) -> tuple[int, float, str]:
        made = plan_for(job(**params), known, 8, flow=False, loras=lora)
        return made.steps, made.guidance, made.scheduler

    assert plan(model(), {}) == (25, 7.5, "dpmpp-2m")
    assert plan(said, {}) == (20, 3.0, "euler")
    assert plan(said, {}, quality="draft") == (10, 3.0, "euler")
    assert plan(said, loras) == (4, 1.0, "euler")
    assert plan(said, loras, steps=9, guidance=2.0, scheduler="lcm") == (9, 2.0, "lcm")


def test_a_model_of_few_steps_takes_at_least_one() -> None:
    turbo = model(defaults={"steps": 1, "guidance": 0.0})
    plans = [plan_for(job(quality=q), turbo, 8, flow=False, loras={}) for q in ("draft", "normal", "best")]
    assert [plan.steps for plan in plans] == [1, 1, 2]
    assert not plans[0].guided


def test_a_model_of_straight_paths_is_told_the_guidance_and_not_asked_twice() -> None:
    made = plan_for(job(guidance=3.5), model(), 16, flow=True, loras={})
    assert (made.scheduler, made.guidance, made.guided) == ("flow-euler", 3.5, False)


def test_each_image_has_a_seed_of_its_own_and_the_first_the_task_s() -> None:
    seeds = [image_seed(5, number) for number in range(8)]
    assert seeds[0] == 5
    assert len(set(seeds)) == 8


def test_the_seed_chooses_a_model_evenly() -> None:
    params = DiffusionParams(model="one, two,three")
    chosen = [chosen_model(params, seed) for seed in range(300)]
    assert all(70 < chosen.count(key) < 130 for key in ("one", "two", "three"))
    assert chosen_model(DiffusionParams(), 3) is None


def test_tasks_that_differ_in_seed_alone_may_go_together() -> None:
    keys = {DiffusionParams(seed=seed, steps=9).batch_key() for seed in (1, 2, "three", None)}
    assert len(keys) == 1
    assert DiffusionParams(steps=8).batch_key() not in keys
    assert DiffusionParams(model="one, two").batch_key() is None
    assert DiffusionParams(alternatives=["sea"]).batch_key() is None


def test_parts_below_nothing_join_the_negative_prompt() -> None:
    wish = wanted(parse_prompts("sea:2 | sky | red:-0.5"), " blue ")
    assert wish.towards == (("sea", 2.0), ("sky", 1.0))
    assert wish.away == (("blue", 1.0), ("red", 0.5))


def test_texts_are_blended_by_their_weights_and_read_once() -> None:
    reading: Any = Reading()
    mixed = blend(reading, (("a", 3.0), ("abcde", 1.0)), 1, ())
    assert torch.allclose(mixed.hidden, torch.full((1, 2), 2.0))
    blend(reading, (("a", 1.0),), 1, ())
    assert reading.read_texts == ["a", "abcde"]
    blend(reading, (("a", 1.0),), 1, (("lora", 1.0),))
    assert reading.read_texts == ["a", "abcde", "a"]


def test_what_is_drawn_towards_and_away_from_is_equally_long() -> None:
    reading: Any = Reading()
    short, long = wanted(parse_prompts("sea"), None), wanted(parse_prompts("sea"), "a very long text indeed")
    (first, second) = read_all(reading, [short, long], (), guided=True)
    assert [len(text.hidden) for text in first if text] == [1, 1]
    assert [len(text.hidden) for text in second if text] == [3, 3]
    ((towards, away),) = read_all(reading, [long], (), guided=False)
    assert len(towards.hidden) == 1
    assert away is None


def test_a_long_text_is_read_in_chunks_each_with_a_start_and_an_end() -> None:
    tokenizer = _letters()
    tokenizer.model_max_length = 8
    tower = SimpleNamespace(config=SimpleNamespace(max_position_embeddings=8))
    chunks = token_chunks(tokenizer, tower, "abcdefgh", 3)
    assert chunks.shape == (3, 8)
    start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    assert (chunks[:, 0] == start).all()
    letters = [token for row in chunks.tolist() for token in row if token not in (start, end)]
    assert tokenizer.convert_ids_to_tokens(letters) == [*"abcdefg", "h</w>"]
    whole = tokenizer("abc", padding="max_length", max_length=8, return_tensors="pt").input_ids
    assert torch.equal(token_chunks(tokenizer, tower, "abc")[:, :5], whole[:, :5])


def test_the_middle_of_a_picture_is_taken_where_the_shape_differs() -> None:
    image = np.zeros((40, 100, 3), np.uint8)
    image[:, 30:70] = 255
    assert (cropped(image, (64, 64)) == 255).all()
    assert fitted_image(image, (32, 64)).shape == (1, 3, 32, 64)
    assert np.array_equal(resized(image, (40, 100)), image)


def test_a_latent_is_drawn_anew_where_any_of_its_pixels_is_marked() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[3:5, 30] = 255
    latents = fitted_mask(mask, (64, 64), (8, 8))
    assert latents.shape == (1, 8, 8)
    assert latents.sum() == 1
    assert latents[0, 0, 3] == 1


def test_the_approximation_gives_back_the_colours_of_an_affine_code() -> None:
    source = torch.Generator().manual_seed(0)
    mixing, offset = torch.randn(4, 3, generator=source), torch.randn(4, generator=source)

    def encode(images: torch.Tensor) -> torch.Tensor:
        small = images[:, :, ::8, ::8]
        return torch.einsum("dc,nchw->ndhw", mixing, small) + offset[:, None, None]

    colours = torch.rand(2, 3, 1, 1, generator=source).expand(-1, -1, 32, 32)
    seen = Approximation.of(encode, 8, "cpu").look(encode(colours))
    assert seen.shape == (2, 32, 32, 3)
    assert (seen.permute(0, 3, 1, 2).float() / 255 - colours).abs().max() < 0.01


def test_previews_stay_small_and_sheets_square() -> None:
    assert preview_of(np.zeros((1024, 576, 3), np.uint8)).shape == (512, 288, 3)
    picture = np.full((4, 6, 3), 9, np.uint8)
    assert sheet([picture]).shape == (4, 6, 3)
    assert sheet([picture] * 5).shape == (8, 18, 3)


class Blocks:
    """A denoiser that notes that it was compiled."""

    _repeated_blocks = ("Block",)

    def __init__(self) -> None:
        self.compiled = 0

    def compile_repeated_blocks(self, **settings: Any) -> None:
        self.compiled += 1


@pytest.mark.parametrize(("device", "times"), [("cpu", 0), ("cuda:0", 1)])
def test_a_denoiser_is_compiled_once_when_a_gpu_took_many_steps_of_one_shape(device: str, times: int) -> None:
    denoiser = Blocks()
    busy: Any = SimpleNamespace(
        device=device, denoiser=denoiser, compiled=False, adapters={}, located=model()
    )
    compiling = Compiling(pays_after=100)
    compiling.saw(busy, (1, 64, 64), 60)
    compiling.saw(busy, (1, 64, 128), 60)
    assert denoiser.compiled == 0
    compiling.saw(busy, (1, 64, 64), 60)
    compiling.saw(busy, (1, 64, 64), 60)
    assert denoiser.compiled == times


def test_a_signature_is_a_number_that_a_file_of_arrays_keeps() -> None:
    one, other = signature("a", 1), signature("a", 2)
    assert one != other
    assert int(np.asarray(one)) == one
