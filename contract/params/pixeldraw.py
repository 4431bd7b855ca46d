"""The options of pixeldraw."""

from typing import Literal

from pydantic import Field

from contract.params.shared import GuidedParams

CellShape = Literal["square", "rectangle", "hexagon", "triangle", "diamond", "knit"]


class PixeldrawParams(GuidedParams):
    """Draws with a grid of large pixels."""

    shape: CellShape = Field("square", description="The shape of a cell; 'knit' is a stitch")
    cells: int = Field(40, ge=8, le=128, description="Cells of the grid along its shorter side")
    pixel_scale: float = Field(1.0, ge=0.25, le=8, description="How many times larger cells are than that")
    palette: str | None = Field(
        None,
        max_length=2400,
        description="Only these colours: a palette's name, or colours such as '#102030, #ffcc00'",
    )
    palette_mode: Literal["hard", "soft"] = Field(
        "hard", description="Whether the palette's colours alone are used, or only drawn near to"
    )

    def cells_shown(self) -> int:
        """Cells along the shorter side, at the scale asked for."""
        return max(4, round(self.cells / self.pixel_scale))
