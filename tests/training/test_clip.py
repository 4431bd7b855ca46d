"""Training learns, can be interrupted without a trace, and its adversaries stay within their radius."""

from pathlib import Path

import pytest
import torch

from training.batches import make_batch
from training.clip import Plan, Training
from training.learning import deceive, losses
from training.model import load_folder, text_features, tokenize

TINY = Plan(seed=5, steps=12, batch=8, width=64, layers=1, calm=4, ramp=4, warmup=2, bfloat16=False)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Sums are taken in the same order everywhere."""
    torch.set_num_threads(1)


def weights(training: Training) -> list[torch.Tensor]:
    return [*training.model.parameters(), *training.averaged.parameters(), *training.heads.parameters()]


def test_a_batch_is_decided_by_its_seed_and_step() -> None:
    one, same, next_step = make_batch(1, 7, 6), make_batch(1, 7, 6), make_batch(1, 8, 6)
    assert torch.equal(one.images, same.images)
    assert one.texts == same.texts
    assert torch.equal(one.truth, same.truth)
    assert not torch.equal(one.images, next_step.images)
    assert (one.truth.diagonal() == 1).all()


def test_a_few_steps_reduce_the_loss() -> None:
    training = Training(TINY)
    found = [training.step()["loss"] for _ in range(12)]
    assert sum(found[-3:]) < 0.9 * sum(found[:3])


def test_a_run_interrupted_and_gone_on_with_ends_at_the_same_weights(tmp_path: Path) -> None:
    straight, first, second = Training(TINY), Training(TINY), Training(TINY)
    for _ in range(8):
        straight.step()
    for _ in range(5):
        first.step()
    first.save(tmp_path / "checkpoint.pt")
    second.restore(tmp_path / "checkpoint.pt")
    for _ in range(3):
        second.step()
    assert second.done == straight.done
    for one, other in zip(weights(straight), weights(second), strict=True):
        assert torch.equal(one, other)


def test_a_checkpoint_of_another_plan_is_refused(tmp_path: Path) -> None:
    Training(TINY).save(tmp_path / "checkpoint.pt")
    with pytest.raises(ValueError, match="made by another plan"):
        Training(Plan(seed=6, width=64, layers=1)).restore(tmp_path / "checkpoint.pt")


def test_a_finished_run_leaves_a_folder_that_says_the_same_of_a_picture(tmp_path: Path) -> None:
    plan = Plan(steps=2, batch=4, width=64, layers=1, bfloat16=False)
    training = Training(plan)
    training.run(tmp_path / "run", every=1000)
    averaged = training.averaged.eval()
    model, tokenizer = load_folder(tmp_path / "run" / "clip")
    tokens = tokenize(tokenizer, ["a red circle", "the sea at night"])
    with torch.no_grad():
        assert torch.allclose(text_features(model, tokens), text_features(averaged, tokens), atol=1e-3)


def test_adversaries_deceive_within_their_radius() -> None:
    training = Training(TINY)
    for _ in range(4):
        training.step()
    batch = make_batch(0, 0, 8)
    radii = torch.linspace(0.0, 3.0, 8)
    with torch.no_grad():
        texts = text_features(training.model, tokenize(training.tokenizer, batch.texts))
    deceived = deceive(training.model, training.heads, batch, texts, radii, autocast=False)
    distance = (deceived - batch.images).flatten(1).norm(dim=1)
    assert (distance <= radii + 1e-4).all()
    assert distance[-1] > 0.5
    assert deceived.min() >= 0
    assert deceived.max() <= 1
    with torch.no_grad():
        before = losses(training.model, training.heads, batch.images, batch, texts).total
        after = losses(training.model, training.heads, deceived, batch, texts).total
    assert after > before
    assert all(weight.requires_grad for weight in training.model.parameters())
