"""Pixeldraw's canvas: shapes, sizes, how it learns, and palettes."""

import numpy as np
import pytest
import torch

from contract.params import Aspect, CellShape
from renderers.cells import Lattice, grid_shape, lattice_of
from renderers.pixel_grid import GridTuning, PixelGrid, enlarge

PLAIN = GridTuning(rate=0.1, coarse_gain=2.0, smoothness=0.0, start_noise=0.2)
PALETTE = np.array([[0, 0, 0], [1, 1, 1]], np.float32)


def squares(rows: int, columns: int) -> Lattice:
    return Lattice("square", rows, columns, rows, columns)


@pytest.mark.parametrize(
    ("cells", "aspect", "shape"),
    [
        (40, "square", (40, 40)),
        (40, "portrait", (50, 40)),
        (40, "widescreen", (40, 71)),
        (128, "widescreen", (128, 228)),
    ],
)
def test_cells_are_counted_along_the_shorter_side(cells: int, aspect: Aspect, shape: tuple[int, int]) -> None:
    assert grid_shape(cells, aspect) == shape


@pytest.mark.parametrize(
    ("shape", "asked", "given"),
    [
        ((40, 40), 512, (520, 520)),
        ((40, 71), 512, (280, 497)),
        ((50, 40), 100, (100, 80)),
        ((8, 90), 64, (8, 90)),
    ],
)
def test_a_picture_is_enlarged_to_the_nearest_whole_number_of_pixels_a_cell(
    shape: tuple[int, int], asked: int, given: tuple[int, int]
) -> None:
    assert enlarge(np.zeros((*shape, 3), np.uint8), asked).shape == (*given, 3)


@pytest.mark.parametrize("shape", [(40, 40), (50, 40), (40, 71), (8, 8), (128, 228)])
def test_a_preview_is_a_crisp_multiple_between_128_and_320_pixels(shape: tuple[int, int]) -> None:
    grid = PixelGrid(squares(*shape), PLAIN, 0)
    preview = grid.preview()
    factor = preview.shape[0] // shape[0]
    assert 128 <= max(preview.shape) <= 320
    assert np.array_equal(preview[::factor, ::factor], grid.finished(1))


@pytest.mark.parametrize("shape", [(40, 40), (50, 40), (40, 71), (8, 8)])
def test_the_grids_add_up_to_the_picture_they_start_from(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert np.array_equal(PixelGrid(squares(*shape), PLAIN, 0, init_image=image).finished(1), image)


def test_coarse_grids_learn_faster_than_fine_ones() -> None:
    parameters = PixelGrid(squares(40, 40), PLAIN, 0).parameters()
    sizes = [tensor.shape[-1] for tensor, _ in parameters]
    rates = [rate for _, rate in parameters]
    assert sizes[0] == 2
    assert sizes[-1] == 40
    assert sizes == sorted(sizes)
    assert rates[-1] == pytest.approx(0.1)
    assert rates == pytest.approx([0.1 * 2 ** (len(rates) - 1 - i) for i in range(len(rates))])


@pytest.mark.parametrize("shape", [(8, 8), (50, 40), (40, 71)])
def test_the_picture_is_as_large_as_clip_looks_at_least(shape: tuple[int, int]) -> None:
    picture = PixelGrid(squares(*shape), PLAIN, 0, resolution=64).picture()
    assert 64 <= min(picture.shape[-2:]) < 64 + min(shape)
    assert picture.shape[-1] / picture.shape[-2] == pytest.approx(shape[1] / shape[0])


def test_smoothness_costs_more_the_more_neighbours_differ() -> None:
    tuning = GridTuning(rate=0.1, coarse_gain=1.0, smoothness=0.5, start_noise=0.0)
    flat = np.full((8, 8, 3), 128, np.uint8)
    edge = flat.copy()
    edge[:, 4:] = 255
    costs = []
    for image in (flat, edge):
        grid = PixelGrid(squares(8, 8), tuning, 0, init_image=image)
        grid.picture()
        costs.append(float(grid.penalty().detach()))
    assert costs[0] == pytest.approx(0, abs=1e-6)
    # One of seven horizontal differences is 127/255 in each row; the weight is meant for 40 cells.
    assert costs[1] == pytest.approx(0.5 * 127 / 255 / 7 * 8 / 40, rel=1e-3)


def test_a_palette_shows_its_colours_passes_gradients_and_pulls_towards_them() -> None:
    grey = np.full((8, 8, 3), 150, np.uint8)
    grid = PixelGrid(squares(8, 8), PLAIN, 0, palette=PALETTE, init_image=grey)
    picture = grid.picture()
    assert bool((picture == 1).all()), "150 is nearer to white"
    finest = grid.parameters()[-1][0]
    (through,) = torch.autograd.grad(picture.sum(), finest, retain_graph=True)
    assert torch.equal(through, torch.ones_like(finest))
    (pull,) = torch.autograd.grad(grid.penalty(), finest)
    assert (pull < 0).all(), "stepping down raises grey towards white"


@pytest.mark.parametrize("shape", ["rectangle", "hexagon", "triangle", "diamond", "knit"])
def test_a_grid_of_any_cells_begins_as_its_init_image_and_shows_whole_cells(shape: CellShape) -> None:
    image = np.zeros((60, 60, 3), np.uint8)
    image[:, 30:] = 255
    grid = PixelGrid(lattice_of(shape, 8, "square"), PLAIN, 0, resolution=64, init_image=image)
    assert min(grid.picture().shape[-2:]) >= 64
    finished = grid.finished(120)
    assert finished.shape == (120, 120, 3)
    assert finished[:, :30].mean() < 30
    assert finished[:, -30:].mean() > 225
    assert len(np.unique(finished.reshape(-1, 3), axis=0)) <= grid.shape[0] * grid.shape[1]


def test_a_soft_palette_draws_near_its_colours_and_not_only_in_them() -> None:
    grey = np.full((8, 8, 3), 150, np.uint8)
    grid = PixelGrid(squares(8, 8), PLAIN, 0, palette=PALETTE, hard=False, init_image=grey)
    assert torch.allclose(grid.picture(), torch.tensor(150 / 255), atol=1e-5)
    assert int(grid.finished(1).max()) == 150
    (pull,) = torch.autograd.grad(grid.penalty(), grid.parameters()[-1][0])
    assert (pull < 0).all(), "stepping down raises grey towards white"
