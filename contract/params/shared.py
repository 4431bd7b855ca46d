"""Options that several renderers share. Types are strict: a text is not taken for a number."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Quality = Literal["draft", "normal", "better", "best"]
Aspect = Literal["square", "portrait", "widescreen"]

INT64 = 2**63

# Where a task's owner puts pictures for it in Cloud Storage. No part of the path begins with a dot.
_UPLOAD = re.compile(r"uploads/[A-Za-z0-9_:-]{1,128}(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")


def _uploaded(path: str) -> str:
    if not _UPLOAD.fullmatch(path):
        raise ValueError("the path of a picture uploaded before, uploads/{uid}/…, of letters, digits, . _ -")
    return path


# `format` tells the page to ask for a file.
Upload = Annotated[
    str, Field(max_length=300, json_schema_extra={"format": "upload"}), AfterValidator(_uploaded)
]


class Params(BaseModel):
    """Options that every renderer understands."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    quality: Quality = Field("normal", description="How much work to put in: more steps and more cutouts")
    aspect: Aspect = Field("square", description="The picture's shape: 1:1, 4:5 or 16:9")
    size: int = Field(512, ge=64, le=2048, description="The picture's longer side, in pixels")
    seed: Annotated[int, Field(ge=-INT64, le=INT64 - 1)] | Annotated[str, Field(max_length=100)] | None = (
        Field(None, description="A number or any text; the same seed gives the same picture")
    )

    init_image: Upload | None = Field(
        None, description="The picture to begin from: the path it was uploaded to, uploads/…"
    )

    def batch_key(self) -> str | None:
        """Tasks of one renderer whose keys are equal may be rendered together; None: each by itself."""
        return None


class ImagePrompt(BaseModel):
    """A picture to draw towards, or away from."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    image: Upload = Field(description="The path it was uploaded to, uploads/…")
    weight: float = Field(1.0, ge=-100, le=100, description="How much it pulls; below 0 it pushes away")


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
        max_length=200,
        description="The CLIP that guides, by its key in models.toml, or several with commas between; "
        "by default the operator's",
    )
    late_clip: str | None = Field(
        None, max_length=64, description="A larger CLIP that joins for the last third of the steps"
    )
    image_prompts: list[ImagePrompt] = Field(
        default_factory=list, max_length=4, description="Pictures to draw towards, beside the prompt"
    )
    init_weight: float = Field(
        0.0, ge=0, le=10, description="How strongly the picture is held to the one it begins from"
    )
    smoothness: float | None = Field(
        None, ge=0, le=10, description="How much edges cost; by default what suits the CLIP"
    )
    saturation: float = Field(0.0, ge=-5, le=5, description="Above 0 for more colour, below 0 for less")
    symmetry: float = Field(0.0, ge=0, le=10, description="How much the left must mirror the right")
    auto_stop: int | None = Field(
        None,
        ge=5,
        le=500,
        description="Steps without getting better after which it learns slower, then stops",
    )

    def clips(self) -> list[str | None]:
        """The keys of the CLIPs that guide from the start, each once; [None] for the operator's."""
        keys = [key.strip() for key in (self.clip or "").split(",") if key.strip()]
        return list(dict.fromkeys(keys)) or [None]
