"""Guidance: the distance, the weights and the stop."""

import math
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from contract.errors import InvalidTask
from contract.prompts import Prompt
from renderers.clip import Clip
from renderers.guidance import Guidance, Guides, guides_for, spherical_distance
from renderers.weights import ModelTable
from tests.renderers.factories import SIZE, make_job


@pytest.fixture(scope="module")
def clip(models: ModelTable) -> Clip:
    return Clip.load(models.folder("clip"), "cpu", torch.float32)


@pytest.fixture
def cuts() -> torch.Tensor:
    return torch.rand(5, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("degrees", [10, 60, 90, 150])
def test_the_distance_is_half_the_square_of_the_angle(degrees: float) -> None:
    angle = math.radians(degrees)
    images, texts = torch.tensor([[1.0, 0.0]]), torch.tensor([[math.cos(angle), math.sin(angle)]])
    assert float(spherical_distance(images, texts)) == pytest.approx(angle**2 / 2, rel=1e-4)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_distance_has_a_finite_gradient_even_at_its_ends(sign: float) -> None:
    images = torch.tensor([[1.0, 0.0]], requires_grad=True)
    distance = spherical_distance(images, sign * torch.tensor([[1.0, 0.0]]))
    (gradient,) = torch.autograd.grad(distance.sum(), images)
    assert torch.isfinite(gradient).all()


def test_the_loss_is_the_weighed_sum_of_mean_distances(clip: Clip, cuts: torch.Tensor) -> None:
    prompts = [Prompt("a red disc", 2.0), Prompt("snow", -0.5)]
    loss, score = Guidance(clip, prompts).judge(cuts)
    images = clip.encode_images(cuts)
    texts = torch.stack([clip.encode_text(prompt.text) for prompt in prompts])
    red, snow = spherical_distance(images, texts).mean(0)
    assert float(loss) == pytest.approx(float(2 * red - 0.5 * snow), rel=1e-5)
    assert float(score) == pytest.approx(float((images @ texts[0]).mean()), rel=1e-5)


def test_a_contrast_takes_from_each_prompt_what_it_shares_with_other_captions(
    clip: Clip, cuts: torch.Tensor
) -> None:
    captions = ("a boat", "a blue star", "snow at night")
    loss, score = Guidance(clip, [Prompt("a red disc")], captions).judge(cuts)
    common = torch.stack([clip.encode_text(caption) for caption in captions]).mean(0)
    apart = clip.encode_text("a red disc") - common
    images = clip.encode_images(cuts)
    target = (apart / apart.norm())[None]
    assert float(score) == pytest.approx(float((images @ target.T).mean()), rel=1e-4)
    assert float(loss) == pytest.approx(float(spherical_distance(images, target).mean()), rel=1e-4)


def test_a_step_down_the_loss_nears_what_pulls_and_leaves_what_pushes(clip: Clip, cuts: torch.Tensor) -> None:
    for weight in (1.0, -1.0):
        cuts = cuts.detach().requires_grad_()
        guidance = Guidance(clip, [Prompt("a red disc", weight)])
        loss, _ = guidance.judge(cuts)
        (gradient,) = torch.autograd.grad(loss, cuts)
        text = clip.encode_text("a red disc")[None]
        with torch.no_grad():
            before = spherical_distance(clip.encode_images(cuts), text).mean()
            after = spherical_distance(clip.encode_images(cuts - 0.01 * gradient.sign()), text).mean()
        assert (float(after) < float(before)) == (weight > 0)


def test_below_its_stop_a_prompt_is_counted_but_pulls_no_longer(clip: Clip, cuts: torch.Tensor) -> None:
    for stop, pulls in ((-math.inf, True), (10.0, False)):
        picture = cuts.clone().requires_grad_()
        loss, _ = Guidance(clip, [Prompt("a red disc", 1.0, stop)]).judge(picture)
        (gradient,) = torch.autograd.grad(loss, picture)
        assert float(loss.detach()) > 0
        assert bool(gradient.any()) == pulls


def test_half_the_precision_sees_and_pulls_nearly_the_same(models: ModelTable, cuts: torch.Tensor) -> None:
    seen = []
    for precision in (torch.float32, torch.bfloat16):
        picture = cuts.clone().requires_grad_()
        clip = Clip.load(models.folder("clip"), "cpu", precision)
        loss, _ = Guidance(clip, [Prompt("a red disc")]).judge(picture)
        (gradient,) = torch.autograd.grad(loss, picture)
        seen.append((clip.encode_images(cuts), gradient.flatten()))
    (features, gradient), (half_features, half_gradient) = seen
    assert torch.allclose(features, half_features, atol=0.02)
    assert float(torch.cosine_similarity(gradient, half_gradient, dim=0)) > 0.99


def test_only_the_picture_gets_a_gradient(clip: Clip, cuts: torch.Tensor) -> None:
    assert not any(weight.requires_grad for weight in clip._model.parameters())
    assert not clip.encode_images(cuts).requires_grad


def test_pictures_and_texts_become_unit_vectors(clip: Clip, cuts: torch.Tensor) -> None:
    assert torch.allclose(clip.encode_images(cuts).norm(dim=-1), torch.ones(5), atol=1e-5)
    assert float(clip.encode_text("snow").norm()) == pytest.approx(1, abs=1e-5)


def test_many_cuts_at_once_are_seen_as_each_alone(clip: Clip, cuts: torch.Tensor) -> None:
    alone = torch.cat([clip.encode_images(cut[None]) for cut in cuts])
    assert torch.allclose(clip.encode_images(cuts), alone, atol=1e-5)


def test_pictures_are_normalised_as_transformers_does_it(
    clip: Clip, cuts: torch.Tensor, models_folder: Path
) -> None:
    from transformers import CLIPModel

    model = CLIPModel.from_pretrained(models_folder / "tiny")
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])[:, None, None]
    deviation = torch.tensor([0.26862954, 0.26130258, 0.27577711])[:, None, None]
    with torch.no_grad():
        theirs = model(
            pixel_values=(cuts - mean) / deviation, input_ids=torch.tensor([[52, 1, 53]])
        ).image_embeds
    assert torch.allclose(clip.encode_images(cuts), theirs, atol=1e-5)


def test_a_text_is_encoded_once_and_the_oldest_is_forgotten(
    models: ModelTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = Clip.load(models.folder("clip"), "cpu")
    monkeypatch.setattr("renderers.clip.TEXTS_REMEMBERED", 2)
    encode = Mock(wraps=clip._model.get_text_features)
    monkeypatch.setattr(clip._model, "get_text_features", encode)
    for text in ("sun", "sun", "moon", "sun", "star", "sun", "moon"):
        clip.encode_text(text)
    assert encode.call_count == 4, "sun, moon and star once, and moon again after it was forgotten"


def test_a_long_text_loses_its_end_and_says_so(clip: Clip, caplog: pytest.LogCaptureFixture) -> None:
    assert clip.tokens_lost("sun") == 0
    vector = clip.encode_text("abc " * 20)
    assert clip.tokens_lost("abc " * 20) == 62 - 24
    assert "38 tokens of the prompt are beyond CLIP's 24" in caplog.text
    assert torch.isfinite(vector).all()


def test_the_mean_of_several_texts_is_encoded_once(
    models: ModelTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = Clip.load(models.folder("clip"), "cpu", torch.float32)
    alone = torch.stack([clip.encode_text(text) for text in ("sun", "a blue moon")]).mean(0)
    encode = Mock(wraps=clip._model.get_text_features)
    monkeypatch.setattr(clip._model, "get_text_features", encode)
    for _ in range(2):
        assert torch.allclose(clip.encode_mean(("sun", "a blue moon")), alone, atol=1e-6)
    assert encode.call_count == 1


def test_an_image_prompt_pulls_towards_what_clip_sees_in_it(clip: Clip) -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    guidance = Guidance(clip, [Prompt("a red disc", 0.01)], images=[(image, 1.0)])
    like = torch.tensor(image / 255, dtype=torch.float32).permute(2, 0, 1)[None, :, 4:36, 4:36]
    unlike = torch.zeros(1, 3, SIZE, SIZE)
    assert float(guidance.judge(like)[0]) < float(guidance.judge(unlike)[0])
    away = Guidance(clip, [Prompt("a red disc", 0.01)], images=[(image, -1.0)])
    assert float(away.judge(like)[0]) > float(away.judge(unlike)[0])


def test_late_clips_join_for_the_last_third(clip: Clip) -> None:
    early, late = (Guidance(clip, [Prompt(text)]) for text in ("sun", "moon"))
    guides = Guides((early,), (late,))
    assert [len(guides.at(step / 9)) for step in range(9)] == [1] * 6 + [2] * 3
    assert guides.model == "tiny-clip, tiny-clip"


def test_a_jobs_clips_are_those_it_names_and_an_unknown_one_is_told_by_its_option(models: ModelTable) -> None:
    job = make_job("pixeldraw", {"clip": "tiny-clip, tiny-clip", "late_clip": "tiny-clip"})
    guides = guides_for(job, models, "cpu")
    assert len(guides.steady) == len(guides.late) == 1
    for option in ("clip", "late_clip"):
        with pytest.raises(InvalidTask) as caught:
            guides_for(make_job("pixeldraw", {option: "nosuch"}), models, "cpu")
        assert caught.value.field == f"params.{option}"
