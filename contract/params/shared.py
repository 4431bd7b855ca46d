"""Options that several renderers share. Types are strict: a text is not taken for a number."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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

    def batch_key(self) -> str | None:
        """Tasks of one renderer whose keys are equal may be rendered together; None: each by itself."""
        return None


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
