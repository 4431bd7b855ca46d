"""Where pictures begin."""

import pytest
import torch

from contract.prompts import Prompt
from renderers.beginnings import COLOURS, best_beginning, compositions
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


def test_the_best_beginning_is_the_one_that_fits_best_and_a_negative_weight_turns_the_choice(
    clip: Clip,
) -> None:
    for weight in (1.0, -1.0):
        guidance = Guidance(clip, [Prompt("a red circle", weight)])
        fits = guidance.fits(compositions(clip.size))
        found = guidance.fits(best_beginning(guidance))
        assert float(found) == pytest.approx(float(fits.max()), abs=1e-5)


def test_a_grid_leans_from_grey_towards_its_beginning() -> None:
    tuning = GridTuning(rate=0.1, coarse_gain=1, smoothness=0, start_noise=0, lean=0.5)
    beginning = torch.tensor(COLOURS[0])[None, :, None, None].expand(1, 3, 64, 64)
    grid = PixelGrid((8, 8), tuning, seed=1, beginning=beginning)
    wanted = 0.5 + 0.5 * (torch.tensor(COLOURS[0]) - 0.5)
    assert torch.allclose(grid.picture()[0, :, 3, 3], wanted, atol=1e-5)
