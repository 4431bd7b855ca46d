"""The loop that Brushfire's speed is measured against does what the peers' loops do."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks import peers
from benchmarks.peers import Parts, PeerCutouts, PeerLoop
from benchmarks.timing import medians
from renderers.clip import Clip
from renderers.vqgan import gather, nearest
from renderers.weights import ModelTable


def test_codes_by_one_hot_rows_are_those_by_index_with_the_same_gradient() -> None:
    vectors, weights = torch.randn(50, 8), torch.randn(1, 8, 3, 4)
    z = torch.randn(1, 8, 3, 4, requires_grad=True)
    for codes in (peers.one_hot_codes, peers.gathered_codes):
        found = codes(z, vectors)
        assert torch.allclose(found, gather(nearest(z, vectors), vectors), atol=1e-5)
        (gradient,) = torch.autograd.grad((found * weights).sum(), z)
        assert torch.equal(gradient, weights)


def test_its_cuts_are_as_many_and_as_large_as_asked_and_all_pull() -> None:
    picture = torch.rand(1, 3, 40, 60, requires_grad=True)
    cuts = PeerCutouts(32, 5)(picture)
    assert cuts.shape == (5, 3, 32, 32)
    for cut in cuts:
        (gradient,) = torch.autograd.grad(cut.square().sum(), picture, retain_graph=True)
        assert gradient.abs().sum() > 0


def test_an_iteration_comes_nearer_and_leaves_a_png(models: ModelTable, tmp_path: Path) -> None:
    torch.manual_seed(0)
    clip = Clip.load(models.folder("clip"), "cpu", torch.float32)
    cells = torch.rand(1, 3, 8, 8, requires_grad=True)
    path = tmp_path / "iteration.png"
    parts = Parts(
        picture=lambda: peers.enlarged(cells, 32),
        cutouts=lambda picture: picture,
        show=lambda picture: peers.save_png(picture, path),
    )
    loop = PeerLoop(cells, 0.03, clip, ["a red disc"], parts)

    @torch.no_grad()
    def distance() -> float:
        seen = clip.encode_images(peers.enlarged(cells, 32))
        return float(peers.spherical(seen, loop.targets[0]).mean())

    before = distance()
    for _ in range(5):
        loop.step()
    assert distance() < before
    with Image.open(path) as image:
        assert image.size == (32, 32)


def test_the_clamp_lets_the_gradient_lead_back_inside() -> None:
    x = torch.tensor([-0.5, 0.5, 1.5], requires_grad=True)
    clamped = peers.ClampWithGradient.apply(x)  # type: ignore[no-untyped-call]
    assert clamped.tolist() == [0.0, 0.5, 1.0]
    (gradient,) = torch.autograd.grad(clamped.sum(), x)
    assert gradient.tolist() == [0.0, 1.0, 1.0]


def test_ways_are_timed_in_turn() -> None:
    order: list[str] = []
    ways = {name: lambda name=name: order.append(name) for name in "ab"}
    found = medians(ways, "cpu", rounds=2, warm=1)
    assert order == ["a", "b"] * 3
    assert set(found) == {"a", "b"}
    assert all(seconds >= 0 for seconds in found.values())
    with pytest.raises(ZeroDivisionError):
        medians({"bad": lambda: 1 / 0}, "cpu", 1)
