"""The VQGAN's training learns, can be interrupted without a trace, and keeps its codes in use."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from renderers.base import Located
from renderers.vqgan import Vqgan, gather, nearest
from training.vqgan import Plan, Training
from training.vqgan_learning import Coder, spoil
from training.vqgan_model import config
from training.vqgan_pictures import draw

# Steps of real training take a while on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TINY = Plan(
    seed=5,
    steps=12,
    horizon=12,
    settled=10,
    large_from=5,
    batch=4,
    channels=32,
    codes=16,
    code_width=8,
    free=2,
    bfloat16=False,
)
Begin = Callable[[], Training]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Makes trainings, and ends the processes that draw for them."""
    torch.set_num_threads(1)
    begun: list[Training] = []

    def one() -> Training:
        begun.append(Training(TINY))
        return begun[-1]

    yield one
    for training in begun:
        training.close()


def test_pictures_are_decided_by_their_seed_and_step() -> None:
    one, same, next_step = draw(1, 7, 3, 32), draw(1, 7, 3, 32), draw(1, 8, 3, 32)
    assert one.shape == (3, 3, 32, 32)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, next_step)


def test_a_few_steps_reduce_the_loss(begin: Begin) -> None:
    training = begin()
    found = [training.step()["loss"] for _ in range(10)]
    assert sum(found[-3:]) < 0.95 * sum(found[:3])


def test_a_run_interrupted_and_gone_on_with_ends_at_the_same_weights(tmp_path: Path, begin: Begin) -> None:
    straight, first, second = begin(), begin(), begin()
    for _ in range(7):
        straight.step()
    for _ in range(4):
        first.step()
    first.save(tmp_path / "checkpoint.pt")
    second.restore(tmp_path / "checkpoint.pt")
    for _ in range(3):
        second.step()
    assert second.done == straight.done
    ours, theirs = straight.model.state_dict(), second.model.state_dict()
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name


def test_a_checkpoint_of_another_plan_is_refused(tmp_path: Path, begin: Begin) -> None:
    training = begin()
    training.save(tmp_path / "checkpoint.pt")
    training.plan = Plan(seed=6)
    with pytest.raises(ValueError, match="made by another plan"):
        training.restore(tmp_path / "checkpoint.pt")


def test_a_finished_run_leaves_a_folder_that_the_renderer_reads(tmp_path: Path) -> None:
    plan = Plan(steps=1, batch=4, channels=32, codes=16, code_width=8, bfloat16=False)
    training = Training(plan)
    try:
        training.run(tmp_path / "run", every=1000)
    finally:
        training.close()
    made = training.model
    located = Located(key="new", path=str(tmp_path / "run" / "vqgan"), sha256="")
    read = Vqgan.load(located, "cpu", torch.float32)
    codes = torch.arange(16).view(1, 4, 4)
    with torch.no_grad():
        drawn, expected = (model.decode(gather(codes, model.quantize.vectors)) for model in (read, made))
    assert torch.allclose(drawn, expected, atol=0.02)


def test_codes_go_to_the_middle_of_what_they_stand_for_and_unused_ones_where_something_is() -> None:
    model = Vqgan(config(32, 4, 2))
    coder = Coder(model)
    with torch.no_grad():
        coder.vectors.copy_(torch.tensor([[0.0, 0.0], [9.0, 9.0], [90.0, 90.0], [-90.0, 90.0]]))
    generator = torch.Generator().manual_seed(0)
    corners = torch.tensor([[1.0, 1.0], [8.0, 8.0]])[torch.randint(2, (8, 64), generator=generator)]
    latents = (corners + 0.1 * torch.randn(8, 64, 2, generator=generator)).movedim(-1, 1).view(8, 2, 8, 8)
    for _ in range(400):
        coder.follow(latents, renew=True)
    where = nearest(latents, coder.vectors)
    far = (latents - gather(where, coder.vectors)).norm(dim=1)
    assert far.max() < 1
    assert coder.vectors.max() < 10, "the unused codes have moved to where latents are"


def test_half_of_a_batch_is_spoilt_from_a_little_to_much() -> None:
    torch.manual_seed(0)
    z, vectors = torch.randn(8, 4, 6, 6), torch.randn(32, 4)
    changes = (spoil(z, vectors) - z).square().mean((1, 2, 3))
    assert (changes[:4] == 0).all()
    assert changes[4] > 0
    assert changes[7] > 2 * changes[4]
