"""The options of pixeldraw."""

from pydantic import Field

from contract.params.shared import GuidedParams


class PixeldrawParams(GuidedParams):
    """Draws with a grid of large square pixels."""

    cells: int = Field(40, ge=8, le=128, description="Pixels of the grid along its shorter side")
    palette: str | None = Field(
        None,
        max_length=2400,
        description="Only these colours: a palette's name, or colours such as '#102030, #ffcc00'",
    )
