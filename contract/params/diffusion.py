"""The options of diffusion."""

from typing import Literal

from pydantic import Field

from contract.params.shared import Params, Upload
from contract.prompts import MAX_CHARACTERS

Scheduler = Literal[
    "ddim",
    "ddpm",
    "dpmpp-2m",
    "dpmpp-2m-karras",
    "dpmpp-2m-sde",
    "euler",
    "euler-ancestral",
    "flow-euler",
    "heun",
    "lcm",
    "unipc",
]


class DiffusionParams(Params):
    """Draws by taking noise away step by step, with a diffusion model."""

    model: str | None = Field(
        None,
        max_length=400,
        description="The diffusion model, by its key in models.toml, or several with commas between: the "
        "seed chooses one; by default the operator's",
    )
    alternatives: list[str] = Field(
        default_factory=list,
        max_length=16,
        description="Other prompts: the seed chooses among them and the task's own",
    )
    negative_prompt: str | None = Field(
        None, max_length=MAX_CHARACTERS, description="What should not be in the picture"
    )
    images: int = Field(1, ge=1, le=8, description="How many pictures to make, each from a seed of its own")
    steps: int | None = Field(
        None, ge=1, le=150, description="Steps of denoising; by default what suits the model and the quality"
    )
    guidance: float | None = Field(
        None,
        ge=0,
        le=30,
        description="How strictly to follow the prompt; 1 or less is not at all, by default the model's",
    )
    scheduler: Scheduler | None = Field(
        None, description="The sampler, by name; by default what suits the model (flow-euler is FLUX's)"
    )
    strength: float = Field(
        0.6, gt=0, le=1, description="How much of the picture it begins from is drawn anew; 1 is all of it"
    )
    mask: Upload | None = Field(
        None,
        description="Where to draw anew: a picture, white there and black elsewhere, of init_image's shape, "
        "by the path it was uploaded to, uploads/…",
    )
    loras: str | None = Field(
        None,
        max_length=400,
        description="LoRAs by their keys in models.toml, each with its weight: 'one:0.8, another'",
    )

    def batch_key(self) -> str | None:
        """Everything but the seed; None where the seed also chooses the model or the prompt."""
        if self.alternatives or "," in (self.model or ""):
            return None
        return self.model_dump_json(exclude={"seed"})
