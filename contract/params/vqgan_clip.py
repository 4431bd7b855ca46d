"""The options of vqgan_clip."""

from pydantic import Field

from contract.params.shared import GuidedParams


class VqganClipParams(GuidedParams):
    """Draws with the codes of a VQGAN, and can fly through what it draws."""

    vqgan: str | None = Field(
        None,
        max_length=64,
        description="The VQGAN that draws, by its key in models.toml; by default the operator's",
    )
    zoom: float = Field(
        1.0, ge=0.5, le=2, description="Animation: how much larger each frame is than the last; 1.02 flies in"
    )
    pan_x: float = Field(
        0.0,
        ge=-0.5,
        le=0.5,
        description="Animation: how far each frame moves right, in widths of the picture",
    )
    pan_y: float = Field(
        0.0,
        ge=-0.5,
        le=0.5,
        description="Animation: how far each frame moves down, in heights of the picture",
    )
    rotation: float = Field(
        0.0, ge=-90, le=90, description="Animation: how far each frame turns clockwise, in degrees"
    )
    frame_steps: int = Field(5, ge=1, le=100, description="Animation: steps from one frame to the next")
