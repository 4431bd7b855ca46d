"""Where pictures begin."""

import pytest
import torch

from contract.prompts import Prompt
from renderers.beginnings import COLOURS, NEAR, RADII, SHAPES, best_beginning, compositions, refinements
from renderers.cells import lattice_of
from renderers.clip import Clip
from renderers.guidance import Guidance
from renderers.pixel_grid import GridTuning, PixelGrid
from renderers.weights import ModelTable


@pytest.fixture(scope="module")
def clip(models: ModelTable) -> Clip:
    return Clip.load(models.folder("clip"), "cpu", torch.float32)


def test_compositions_are_plain_colours_discs_and_horizons() -> None:
    tried = compositions(16)
    assert tried.shape == (12 + 2 * 12 * 11, 3, 16, 16)
    assert float(tried.min()) >= 0
    assert float(tried.max()) <= 1
    red, blue = torch.tensor(COLOURS[0]), torch.tensor(COLOURS[5])
    disc = tried[12 + 4]  # red before blue
    assert torch.dist(disc[:, 8, 8], red) < 0.1
    assert torch.dist(disc[:, 0, 0], blue) < 0.1
    horizon = tried[12 + 132 + 4]
    assert torch.dist(horizon[:, -1, 8], red) < 0.1
    assert torch.dist(horizon[:, 0, 8], blue) < 0.1


def test_discs_become_every_shape_in_their_colours_and_horizons_get_every_figure() -> None:
    disc, horizon = 12 + 4, 12 + 132 + 4  # red before blue
    shapes, figures = refinements(32, [disc]), refinements(32, [horizon])
    assert len(shapes) == len(SHAPES) * len(RADII)
    red, blue = torch.tensor(COLOURS[0]), torch.tensor(COLOURS[5])
    for picture in shapes:
        assert torch.dist(picture[:, 16, 16], red) < 0.1
        assert torch.dist(picture[:, 0, 0], blue) < 0.1
    # Every figure in every colour: the first stand near, in the middle.
    first = figures[: 12 * len(NEAR)].view(len(NEAR), 12, 3, 32, 32)
    assert torch.dist(first[0, 3, :, 16, 16], torch.tensor(COLOURS[3])) < 0.2
    for picture in figures:
        assert torch.dist(picture[:, -1, 0], red) < 0.1
        assert torch.dist(picture[:, 0, 0], blue) < 0.1


def test_the_best_beginning_fits_at_least_as_well_as_the_plain_ones_and_a_negative_weight_turns_the_choice(
    clip: Clip,
) -> None:
    for weight in (1.0, -1.0):
        guidance = Guidance(clip, [Prompt("a red circle", weight)])
        fits = guidance.fits(compositions(clip.size))
        found = guidance.fits(best_beginning(guidance))
        assert float(found) >= float(fits.max()) - 1e-5


@pytest.mark.parametrize(("aspect", "shape"), [(1.0, (32, 32)), (16 / 9, (32, 57)), (4 / 5, (40, 32))])
def test_what_is_beside_the_square_goes_on_as_its_edge_is(
    clip: Clip, aspect: float, shape: tuple[int, int]
) -> None:
    guidance = Guidance(clip, [Prompt("a red circle")])
    square, found = best_beginning(guidance)[0], best_beginning(guidance, aspect)[0]
    assert found.shape == (3, *shape)
    top, left = (shape[0] - 32) // 2, (shape[1] - 32) // 2
    assert torch.equal(found[:, top : top + 32, left : left + 32], square)
    assert torch.equal(found[:, 0, 0], square[:, 0, 0])


def test_a_grid_leans_from_grey_towards_its_beginning() -> None:
    tuning = GridTuning(rate=0.1, coarse_gain=1, smoothness=0, start_noise=0, lean=0.5)
    beginning = torch.tensor(COLOURS[0])[None, :, None, None].expand(1, 3, 64, 64)
    grid = PixelGrid(lattice_of("square", 8, "square"), tuning, seed=1, beginning=beginning)
    wanted = 0.5 + 0.5 * (torch.tensor(COLOURS[0]) - 0.5)
    assert torch.allclose(grid.picture()[0, :, 3, 3], wanted, atol=1e-5)
