"""The rasteriser of strokes, against a plain one that computes every pixel of every stroke."""

import pytest
import torch
from torch import Tensor

from benchmarks.strokes import drawn_densely
from renderers.stroke_tiles import TILE, assign_tiles
from renderers.strokes import EDGE, Strokes, flatten, rasterise


def random_strokes(
    count: int, curves: int = 2, side: int = 64, widest: float = 12.0, opaque: bool = False, seed: int = 0
) -> tuple[Strokes, Tensor, list[Tensor]]:
    """Strokes that wander about, also out of the picture; a background; and all that is to be learned."""
    generator = torch.Generator().manual_seed(seed)
    steps = (torch.rand(count, 3 * curves, 2, generator=generator) - 0.5) * 0.5 * side
    first = torch.rand(count, 1, 2, generator=generator) * 1.2 * side - 0.1 * side
    points = torch.cat([first, first + steps.cumsum(1)], 1)
    widths = 0.5 + torch.rand(count, generator=generator) * widest
    colours = torch.rand(count, 3, generator=generator)
    opacities = torch.ones(count) if opaque else torch.rand(count, generator=generator).requires_grad_()
    background = torch.rand(3, generator=generator)
    leaves = [leaf.requires_grad_() for leaf in (points, widths, colours, background)]
    strokes = Strokes(points, widths, colours, opacities)
    return strokes, background, leaves if opaque else [*leaves, opacities]


@pytest.mark.parametrize(
    ("count", "widest", "shape", "opaque"),
    [
        (24, 12.0, (64, 64), False),
        (12, 3.0, (40, 90), False),
        (14, 60.0, (64, 48), False),
        (20, 60.0, (64, 64), True),
    ],
)
def test_value_and_gradient_equal_the_plain_ones(
    count: int, widest: float, shape: tuple[int, int], opaque: bool
) -> None:
    strokes, background, leaves = random_strokes(count, widest=widest, opaque=opaque)
    target = torch.rand(1, 3, *shape, generator=torch.Generator().manual_seed(9))
    pictures = [draw(strokes, background, *shape, 8) for draw in (rasterise, drawn_densely)]
    assert torch.dist(pictures[0].detach(), pictures[1].detach(), p=float("inf")) < 5e-4
    ours, plain = (torch.autograd.grad((picture - target).square().mean(), leaves) for picture in pictures)
    for mine, theirs in zip(ours, plain, strict=True):
        assert float((mine - theirs).norm()) <= 1e-3 * float(theirs.norm())


def test_the_painters_order_is_kept() -> None:
    line = torch.linspace(8, 40, 4)
    across = torch.stack([line, torch.full((4,), 24.0)], -1)
    points = torch.stack([across, across.flip(-1)])
    for colours in ([[1.0, 0, 0], [0, 0, 1.0]], [[0, 0, 1.0], [1.0, 0, 0]]):
        strokes = Strokes(points, torch.tensor([10.0, 10.0]), torch.tensor(colours), torch.ones(2))
        picture = rasterise(strokes, torch.ones(3), 48, 48)
        assert picture[0, :, 24, 24].tolist() == colours[1]
        assert picture[0, :, 24, 10].tolist() == colours[0]
        assert picture[0, :, 2, 2].tolist() == [1, 1, 1]


def test_a_stroke_that_is_a_dot_is_a_disc_and_has_a_finite_gradient() -> None:
    points = torch.full((1, 4, 2), 20.0, requires_grad=True)
    widths = torch.tensor([16.0], requires_grad=True)
    strokes = Strokes(points, widths, torch.zeros(1, 3), torch.ones(1))
    picture = rasterise(strokes, torch.ones(3), 40, 40)
    painted = float((1 - picture[0, 0]).detach().sum())
    assert painted == pytest.approx(3.1416 * 8**2, rel=0.03)
    gradients = torch.autograd.grad(picture.sum(), [points, widths])
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    # A disc's area grows by half its perimeter a pixel of width.
    assert float(gradients[1]) == pytest.approx(-3 * 3.1416 * 16 / 2, rel=0.03)


def test_no_strokes_and_strokes_out_of_sight_leave_the_background() -> None:
    background = torch.tensor([0.2, 0.4, 0.6], requires_grad=True)
    far = Strokes(torch.full((2, 4, 2), 500.0), torch.ones(2), torch.zeros(2, 3), torch.ones(2))
    none = Strokes(torch.zeros(0, 4, 2), torch.zeros(0), torch.zeros(0, 3), torch.zeros(0))
    for strokes in (far, none):
        picture = rasterise(strokes, background, 20, 30)
        assert picture.shape == (1, 3, 20, 30)
        assert torch.allclose(picture[0, :, 7, 9], background)
        (gradient,) = torch.autograd.grad(picture.sum(), background)
        assert gradient.tolist() == [600, 600, 600]


def test_the_same_strokes_at_another_size_are_the_same_picture() -> None:
    strokes, background, _ = random_strokes(12, side=64)
    doubled = Strokes(strokes.points * 2, strokes.widths * 2, strokes.colours, strokes.opacities)
    large = rasterise(doubled, background, 128, 128)
    small = rasterise(strokes, background, 64, 64)
    shrunk = torch.nn.functional.avg_pool2d(large, 2)
    assert float((shrunk - small).detach().abs().mean()) < 0.02


def test_chords_follow_the_curve() -> None:
    points = torch.tensor([[[0.0, 0], [20, 60], [60, 60], [80, 0]]])
    starts, ends = flatten(points, 8)
    assert torch.equal(starts[:, 1:], ends[:, :-1])
    assert starts[0, 0].tolist() == [0, 0]
    assert ends[0, -1].tolist() == [80, 0]
    # The middle of a cubic: an eighth of the ends and three eighths of the handles.
    assert starts[0, 4].tolist() == [40, 45]


def test_what_an_opaque_stroke_hides_whole_is_left_out_of_the_work() -> None:
    line = torch.tensor([[-10.0, 32], [20, 32], [44, 32], [80, 32]])
    points = torch.stack([line, line, line])
    starts, ends = (part.flatten(0, 1) for part in flatten(points, 4))
    for opaque, groups in ((True, 16 + 16), (False, 3 * 16)):
        widths = torch.tensor([40.0, 200.0, 40.0])
        tiling = assign_tiles(starts, ends, widths, torch.full((3,), opaque), 4, 64, 64, EDGE / 2)
        assert TILE == 16
        assert len(tiling.stroke) == groups


@pytest.mark.parametrize("lost", [float("nan"), float("inf"), -float("inf"), 1e30])
def test_strokes_that_are_lost_are_drawn_without_harm(lost: float) -> None:
    strokes, background, _ = random_strokes(3)
    points = strokes.points.detach().clone()
    points[1] = lost
    for widths in (strokes.widths.detach(), torch.tensor([3.0, lost, 3.0])):
        picture = rasterise(Strokes(points, widths, strokes.colours, strokes.opacities), background, 40, 40)
        assert picture.shape == (1, 3, 40, 40)
