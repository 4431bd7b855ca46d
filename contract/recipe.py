"""What a picture carries with it: how it was made, enough to make it again."""

from typing import Any

from pydantic import Field

from contract.documents import Document


class Recipe(Document):
    """In a PNG's `brushfire` text chunk and an MP4's `comment`, as JSON."""

    prompt: str
    renderer: str
    params: dict[str, Any] = Field(default_factory=dict)
    seed: int = Field(description="The number that the renderer was given, whatever the task said")
    model: str | None = None
    model_hash: str | None = None
    version: str
    facts: dict[str, str | int | float] = Field(default_factory=dict)
