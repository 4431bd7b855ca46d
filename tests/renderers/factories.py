"""Small weights in the real format, jobs, and watches that remember or interrupt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from contract.prompts import parse_prompts
from contract.task import parse_params
from renderers.base import Image, Job, Located, M, Rendering, State
from renderers.weights import ModelTable

TINY = "tiny-clip"
SIZE = 32

TABLE = """
[tiny-clip]
kind = "clip"
default = true
summary = "A CLIP that knows nothing, for tests"
folder = "tiny"
licence = "Apache-2.0"
memory_mb = 1
traits = ["robust"]

[tiny-clip.files]
"config.json" = {{}}
"model.safetensors" = {{ {weights} }}
"preprocessor_config.json" = {{}}
"tokenizer.json" = {{}}

[absent-clip]
kind = "clip"
summary = "A CLIP that nobody fetched"
folder = "absent/clip"
source = "someone/clip"
revision = "0123456789abcdef"
licence = "MIT"
memory_mb = 1

[absent-clip.files]
"model.safetensors" = {{}}
"""

IMAGE_STATISTICS = """{
  "image_mean": [0.48145466, 0.4578275, 0.40821073],
  "image_std": [0.26862954, 0.26130258, 0.27577711],
  "size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}
}"""


def make_models(root: Path, weights: str = "") -> Path:
    """A models folder: its table, and a CLIP of random weights. `weights` is what the table says of them."""
    folder = root / "tiny"
    folder.mkdir(parents=True)
    (root / "models.toml").write_text(TABLE.format(weights=weights))
    tokenizer = _letters()
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        CLIPModel(_configuration(tokenizer)).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(IMAGE_STATISTICS)
    return root


def poison(folder: Path) -> None:
    """Make a folder's image projection not a number."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors["visual_projection.weight"].fill_(float("nan"))
    save_file(tensors, path, metadata={"format": "pt"})


def _letters() -> Any:
    """CLIP's own tokenizer with single letters for a vocabulary."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={word: index for index, word in enumerate(words)}, merges=[])


def _configuration(tokenizer: Any) -> Any:
    tower = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    text = {
        **tower,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 24,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = {**tower, "image_size": SIZE, "patch_size": 8}
    return CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)


def make_job(
    renderer: str,
    params: Mapping[str, Any],
    *,
    prompt: str = "a red disc",
    seed: int = 7,
    resume: State | None = None,
    init_image: Image | None = None,
) -> Job[Any]:
    """A job as the worker makes it."""
    return Job(
        parse_prompts(prompt), parse_params(renderer, params), seed, init_image=init_image, resume=resume
    )


class Counting:
    """Weights that remember each model they have given."""

    def __init__(self, models: ModelTable) -> None:
        self._models = models
        self.given: list[Any] = []

    def folder(self, kind: str, key: str | None = None) -> Located:
        return self._models.folder(kind, key)

    def loaded(self, kind: str, key: str | None, load: Callable[[Located], M]) -> M:
        model = self._models.loaded(kind, key, load)
        self.given.append(model)
        return model


@dataclass
class Remembering:
    """A watch that remembers, and raises `error` at the step `stop_at` after asking for a checkpoint."""

    stop_at: int | None = None
    error: Exception | None = None
    steps: list[tuple[int, int, int]] = field(default_factory=list)
    images: list[Image | None] = field(default_factory=list)
    scores: list[float | None] = field(default_factory=list)
    state: State | None = None

    def step(self, i: int, n: int, image: Image | None, score: float | None, *, job: int = 0) -> None:
        self.steps.append((job, i, n))
        self.images.append(image)
        self.scores.append(score)
        if i == self.stop_at and self.error is not None:
            raise self.error

    def checkpoint(self, state: State, *, job: int = 0) -> None:
        self.state = state

    def wants_checkpoint(self) -> bool:
        return self.stop_at is not None and len(self.steps) + 1 == self.stop_at


def picture_of(rendering: Rendering) -> Image:
    """The one picture of a rendering."""
    (image,) = rendering.images
    return image
