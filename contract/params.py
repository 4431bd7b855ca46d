"""Each renderer's options: default, bounds, choices and one line of help, declared here and nowhere else.

The page draws its forms from the JSON Schema of these models (`catalog/{renderer}`), the listener checks
tasks with them, and the renderer reads them. Types are strict: a text is not taken for a number.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.errors import InvalidTask

Quality = Literal["draft", "normal", "better", "best"]
Aspect = Literal["square", "portrait", "widescreen"]

INT64 = 2**63


class Params(BaseModel):
    """Options that every renderer understands."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    quality: Quality = Field("normal", description="How much work to put in: more steps and more cutouts")
    aspect: Aspect = Field("square", description="The picture's shape: 1:1, 4:5 or 16:9")
    size: int = Field(512, ge=64, le=2048, description="The picture's longer side, in pixels")
    seed: Annotated[int, Field(ge=-INT64, le=INT64 - 1)] | Annotated[str, Field(max_length=100)] | None = (
        Field(None, description="A number or any text; the same seed gives the same picture")
    )


class GuidedParams(Params):
    """Options of the renderers that CLIP guides step by step."""

    iterations: int | None = Field(
        None, ge=1, le=2000, description="Steps of guidance; by default the quality's"
    )
    cuts: int | None = Field(
        None, ge=1, le=128, description="Cutouts that CLIP sees at each step; by default the quality's"
    )
    clip: str | None = Field(
        None,
        max_length=64,
        description="The CLIP that guides, by its key in models.toml; by default the operator's",
    )


class PixeldrawParams(GuidedParams):
    """Draws with a grid of large square pixels."""

    cells: int = Field(40, ge=8, le=128, description="Pixels of the grid along its shorter side")
    palette: str | None = Field(
        None,
        max_length=500,
        description="Only these colours: a palette's name, or colours such as '#102030, #ffcc00'",
    )


PARAMS: dict[str, type[Params]] = {
    "pixeldraw": PixeldrawParams,
}


def params_of(renderer: object) -> type[Params]:
    """The options of a renderer by name; `InvalidTask` naming `renderer` lists the known ones."""
    if not isinstance(renderer, str) or renderer not in PARAMS:
        raise InvalidTask("renderer", renderer, f"one of {', '.join(sorted(PARAMS))}")
    return PARAMS[renderer]
