"""The options of clipdraw."""

from typing import Literal, Self

from pydantic import Field, model_validator

from contract.params.shared import GuidedParams


class ClipdrawParams(GuidedParams):
    """Draws with strokes of the brush."""

    style: Literal["drawing", "painting"] = Field(
        "drawing", description="Lines of any width and opacity, or many opaque strokes of a broad brush"
    )
    strokes: int | None = Field(
        None, ge=1, le=2048, description="How many strokes; by default what suits the style and the CLIP"
    )
    curves: int = Field(2, ge=1, le=6, description="Curves that a stroke is made of, one after the other")
    closed: bool = Field(False, description="Whether each stroke ends where it begins")
    min_width: float | None = Field(
        None, ge=0.1, le=100, description="The thinnest a stroke may be, in percent of the shorter side"
    )
    max_width: float | None = Field(
        None, ge=0.1, le=100, description="The widest a stroke may be, in percent of the shorter side"
    )
    background: str | None = Field(
        None,
        max_length=40,
        description="The colour behind the strokes, such as 'white' or '#102030'; by default what suits the "
        "CLIP; 'free' lets it be found",
    )
    negative_prompt: str | None = Field(
        None, max_length=500, description="What not to draw; '|' separates several"
    )

    @model_validator(mode="after")
    def _widths_are_in_order(self) -> Self:
        if self.min_width is not None and self.max_width is not None and self.min_width > self.max_width:
            raise ValueError(f"min_width is {self.min_width}, but must be at most max_width {self.max_width}")
        return self
