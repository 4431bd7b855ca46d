"""Cells of several shapes: each pixel has one, all are of a size, and none is torn."""

import pytest
import torch

from contract.params import Aspect, CellShape
from renderers.cells import PITCHES, Lattice, lattice_of

SHAPES = sorted(PITCHES)
SCALE = 24


def inner_cells(lattice: Lattice) -> list[torch.Tensor]:
    """Masks of the cells that don't touch the picture's edge."""
    index = lattice.index(*lattice.pixels(SCALE))
    edge = {*index[0].tolist(), *index[-1].tolist(), *index[:, 0].tolist(), *index[:, -1].tolist()}
    return [index == cell for cell in sorted(set(index.flatten().tolist()) - edge)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("aspect", ["square", "portrait", "widescreen"])
def test_every_pixel_has_a_cell_of_the_grid(shape: CellShape, aspect: Aspect) -> None:
    lattice = lattice_of(shape, 9, aspect)
    index = lattice.index(*lattice.pixels(7))
    assert int(index.min()) >= 0
    assert int(index.max()) < lattice.rows * lattice.columns
    assert index.shape == lattice.pixels(7)


@pytest.mark.parametrize("shape", SHAPES)
def test_all_cells_have_the_area_of_the_square(shape: CellShape) -> None:
    areas = [int(cell.sum()) for cell in inner_cells(lattice_of(shape, 6, "square"))]
    assert len(areas) >= 12
    assert min(areas) == pytest.approx(SCALE**2, rel=0.08)
    assert max(areas) == pytest.approx(SCALE**2, rel=0.08)


@pytest.mark.parametrize(
    ("shape", "across", "down"),
    [
        ("square", 1.0, 1.0),
        ("rectangle", 2**0.5, 0.5**0.5),
        ("hexagon", 1.0746, 1.2408),
        ("triangle", 1.5197, 1.3161),
        ("diamond", 2**0.5, 2**0.5),
        ("knit", 1.118, 0.8944 * 1.4),
    ],
)
def test_a_cell_is_as_wide_and_high_as_its_shape(shape: CellShape, across: float, down: float) -> None:
    for cell in inner_cells(lattice_of(shape, 6, "square")):
        rows, columns = cell.nonzero().unbind(1)
        assert int(columns.max() - columns.min()) + 1 == pytest.approx(across * SCALE, abs=2)
        assert int(rows.max() - rows.min()) + 1 == pytest.approx(down * SCALE, abs=2)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_cell_is_in_one_piece(shape: CellShape) -> None:
    for cell in inner_cells(lattice_of(shape, 6, "square")):
        reached = torch.zeros_like(cell)
        reached[tuple(cell.nonzero()[0])] = True
        for _ in range(4 * SCALE):
            spread = reached.float()[None, None]
            spread = torch.nn.functional.max_pool2d(spread, 3, 1, 1)[0, 0] > 0
            reached = spread & cell
        assert torch.equal(reached, cell)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_cell_is_at_the_same_place_at_any_size(shape: CellShape) -> None:
    lattice = lattice_of(shape, 6, "square")
    small, large = lattice.index(60, 60), lattice.index(300, 300)
    assert float((large[2::5, 2::5] == small).float().mean()) > 0.97
