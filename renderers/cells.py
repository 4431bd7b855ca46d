"""The cells of Pixeldraw: which cell each pixel belongs to, for cells of several shapes.

All cells of a picture have the same area, that of a square whose side is the picture's shorter side over
`cells`. Their colours are kept as rows × columns; every second row of hexagons and diamonds is moved by half
a cell.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from contract.params import Aspect, CellShape

# Width to height.
ASPECTS: dict[Aspect, Fraction] = {
    "square": Fraction(1),
    "portrait": Fraction(4, 5),
    "widescreen": Fraction(16, 9),
}
# How far apart neighbouring cells are, across and down, in sides of the square of the same area.
PITCHES: dict[CellShape, tuple[float, float]] = {
    "square": (1.0, 1.0),
    "rectangle": (math.sqrt(2), 1 / math.sqrt(2)),
    "hexagon": (math.sqrt(2 / math.sqrt(3)), math.sqrt(math.sqrt(3) / 2)),
    "triangle": (math.sqrt(1 / math.sqrt(3)), math.sqrt(math.sqrt(3))),
    "diamond": (math.sqrt(2), 1 / math.sqrt(2)),
    "knit": (math.sqrt(1.25), math.sqrt(0.8)),
}
# How deep the V of a knitted stitch is, in rows.
STITCH = 0.8

# Continuous columns and rows (both H × W) to the column and row of the cell there.
Finder = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def grid_shape(cells: int, aspect: Aspect) -> tuple[int, int]:
    """Rows and columns of squares with `cells` along the shorter side: 40 gives 40×40, 50×40 or 40×71."""
    ratio = ASPECTS[aspect]
    longer = round(cells * max(ratio, 1 / ratio))
    return (cells, longer) if ratio >= 1 else (longer, cells)


@dataclass(frozen=True)
class Lattice:
    """Cells of one shape. `height` and `width` are the picture's, in sides of the square of a cell's area."""

    shape: CellShape
    rows: int
    columns: int
    height: float
    width: float

    def pixels(self, scale: float) -> tuple[int, int]:
        """Height and width of a picture whose square of a cell's area has a side of `scale` pixels."""
        return max(1, round(self.height * scale)), max(1, round(self.width * scale))

    def index(self, height: int, width: int, device: str = "cpu") -> Tensor:
        """The cell of each pixel of a height × width picture, as row · columns + column."""
        pitch_across, pitch_down = PITCHES[self.shape]
        down = (torch.arange(height) + 0.5) * (self.height / height / pitch_down)
        across = (torch.arange(width) + 0.5) * (self.width / width / pitch_across)
        rows, columns = torch.meshgrid(down, across, indexing="ij")
        column, row = _FINDERS[self.shape](columns, rows)
        inside = row.clamp(0, self.rows - 1) * self.columns + column.clamp(0, self.columns - 1)
        return inside.long().to(device)


def lattice_of(shape: CellShape, cells: int, aspect: Aspect) -> Lattice:
    """As many cells of a shape as `cells` squares along the shorter side."""
    rows, columns = grid_shape(cells, aspect)
    if shape == "square":
        return Lattice(shape, rows, columns, rows, columns)
    ratio = float(ASPECTS[aspect])
    height, width = cells * max(1, 1 / ratio), cells * max(1, ratio)
    pitch_across, pitch_down = PITCHES[shape]
    return Lattice(shape, math.ceil(height / pitch_down), math.ceil(width / pitch_across), height, width)


def _boxes(columns: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    return columns.floor(), rows.floor()


def _hexagons(columns: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Corners up and down."""
    pitch_across, pitch_down = PITCHES["hexagon"]
    return _nearest(
        columns,
        rows,
        lambda across, down: (across * pitch_across).square() + (down * pitch_down).square(),
    )


def _diamonds(columns: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Squares on their corners, two rows high."""
    return _nearest(columns, rows, lambda across, down: across.abs() + down.abs() / 2)


def _nearest(
    columns: Tensor, rows: Tensor, distance_of: Callable[[Tensor, Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    """The cell with the nearest middle, where every second row is moved by half a cell."""
    best = torch.full_like(columns, math.inf)
    found_column, found_row = torch.zeros_like(columns), torch.zeros_like(rows)
    for step in (-1, 0, 1):
        row = rows.floor() + step
        moved = 0.5 * row.remainder(2)
        column = (columns - moved).floor()
        distance = distance_of(columns - moved - column - 0.5, rows - row - 0.5)
        nearer = distance < best
        best = torch.where(nearer, distance, best)
        found_column = torch.where(nearer, column, found_column)
        found_row = torch.where(nearer, row, found_row)
    return found_column, found_row


def _triangles(columns: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Tip up and tip down by turns; each is two columns wide at its base."""
    row, column = rows.floor(), columns.floor()
    rises = (row + column).remainder(2) == 0
    across, down = columns - column, rows - row
    # Within a column, the side between two triangles goes from corner to corner.
    beyond = torch.where(rises, across > down, across > 1 - down)
    return torch.where(beyond, column + 1, column), row


def _stitches(columns: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Columns of Vs, one inside the other."""
    column = columns.floor()
    beside = (columns - column - 0.5).abs()
    return column, (rows - STITCH * (0.5 - beside)).floor()


_FINDERS: dict[CellShape, Finder] = {
    "square": _boxes,
    "rectangle": _boxes,
    "hexagon": _hexagons,
    "triangle": _triangles,
    "diamond": _diamonds,
    "knit": _stitches,
}
