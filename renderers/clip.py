"""CLIP from a folder in the usual format: `transformers.CLIPModel`, tokenizer and image statistics."""

import json
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor
from torch.nn.functional import normalize

from contract.errors import DamagedWeights
from renderers.base import Located
from renderers.image_tower import ImageTower
from renderers.quiet import quiet

log = logging.getLogger(__name__)

TEXTS_REMEMBERED = 256


@dataclass(frozen=True)
class ImageStatistics:
    """What `preprocessor_config.json` says: mean and deviation of each of RGB, in [0, 1]."""

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises ValueError or OSError if the file isn't what it should be."""
        config = json.loads(path.read_text("utf-8"))
        mean, deviation = config.get("image_mean"), config.get("image_std")
        for name, values in (("image_mean", mean), ("image_std", deviation)):
            if not (
                isinstance(values, list)
                and len(values) == 3
                and all(isinstance(value, float | int) for value in values)
            ):
                raise ValueError(f"{name} of {path.name} is {values!r}, but must be three numbers")
        if min(deviation) <= 0:
            raise ValueError(f"image_std of {path.name} is {deviation!r}, but must be above 0")
        return cls(tuple(mean), tuple(deviation))


class Clip:
    """A frozen CLIP on a device: pictures and texts to unit vectors of one space."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        statistics: ImageStatistics,
        located: Located,
        device: str,
        precision: torch.dtype,
    ) -> None:
        self.located = located
        self.device = device
        # The side of the square that the image tower takes, in pixels.
        self.size: int = model.config.vision_config.image_size
        self._model = model.to(device).eval().requires_grad_(False)
        # Texts are encoded once, pictures at every step: only the image tower is worth being less exact.
        self._precision = precision
        self._tower = ImageTower(model.vision_model, model.visual_projection, precision)
        del model.vision_model, model.visual_projection  # the tower has its own
        self._tokenizer = tokenizer
        self._context: int = model.config.text_config.max_position_embeddings
        self._mean = torch.tensor(statistics.mean, device=device)[:, None, None]
        self._deviation = torch.tensor(statistics.deviation, device=device)[:, None, None]
        self._texts: OrderedDict[tuple[str, ...], Tensor] = OrderedDict()

    @classmethod
    def load(cls, located: Located, device: str, precision: torch.dtype | None = None) -> Self:
        """Read a folder's weights, which `located` says were checked; nothing is fetched or unpickled.

        `precision` is the image tower's; by default what is fastest on the device (`best_precision`).
        Raises `DamagedWeights` if the files don't make a CLIP, or not the one that their configuration
        describes.
        """
        # Imported here, as transformers takes seconds.
        from transformers import AutoTokenizer, CLIPModel

        folder = Path(located.path)
        try:
            with quiet("transformers"):
                model, found = CLIPModel.from_pretrained(
                    folder,
                    local_files_only=True,
                    use_safetensors=True,
                    output_loading_info=True,
                    dtype=torch.float32,
                )
                tokenizer = AutoTokenizer.from_pretrained(
                    folder, local_files_only=True, trust_remote_code=False
                )
            statistics = ImageStatistics.read(folder / "preprocessor_config.json")
        # Whatever a broken folder makes the libraries raise (they raise many kinds) means the same here.
        except Exception as error:
            raise DamagedWeights(f"{located.key}: {folder} can't be loaded: {error}") from error
        for trouble in ("missing_keys", "mismatched_keys"):
            if found[trouble]:
                first = sorted(str(key) for key in found[trouble])[0]
                raise DamagedWeights(
                    f"{located.key}: {folder}: {trouble.replace('_', ' ')}, the first is {first}"
                )
        return cls(model, tokenizer, statistics, located, device, precision or best_precision(device))

    def encode_images(self, cuts: Tensor) -> Tensor:
        """Pictures (n × 3 × size × size, about [0, 1]) to unit vectors (n × d, float32), differentiable."""
        pixels = ((cuts - self._mean) / self._deviation).to(self._precision)
        return normalize(self._tower(pixels).float(), dim=-1)

    def encode_text(self, text: str) -> Tensor:
        """A text to a unit vector (d, float32). The last texts are remembered; a long one loses its end."""
        if lost := self.tokens_lost(text):
            log.warning("%d tokens of the prompt are beyond CLIP's %d", lost, self._context)
        return self._remembered((text,))

    def encode_mean(self, texts: Sequence[str]) -> Tensor:
        """The mean of the unit vectors of several texts (d, float32), remembered as one."""
        return self._remembered(tuple(texts))

    def _remembered(self, texts: tuple[str, ...]) -> Tensor:
        # Always encoded in the same company: another batch changes the last digits, and a picture with them.
        if texts not in self._texts:
            self._texts[texts] = self._encoded(list(texts)).mean(0)
        self._texts.move_to_end(texts)
        if len(self._texts) > TEXTS_REMEMBERED:
            self._texts.popitem(last=False)
        return self._texts[texts]

    @torch.no_grad()
    def _encoded(self, texts: list[str]) -> Tensor:
        tokens = self._tokenizer(
            texts, return_tensors="pt", padding=True, truncation=True, max_length=self._context
        )
        features = self._model.get_text_features(
            input_ids=tokens["input_ids"].to(self.device),
            attention_mask=tokens["attention_mask"].to(self.device),
        ).pooler_output
        return normalize(features.float(), dim=-1)

    def tokens_lost(self, text: str) -> int:
        """How many tokens at the end of a text are more than CLIP reads."""
        return max(0, len(self._tokenizer(text, verbose=False)["input_ids"]) - self._context)


def best_precision(device: str) -> torch.dtype:
    """bfloat16 on GPUs and CPUs that are made for it, else float32.

    With the starter's CLIP a CPU with AVX512-BF16 is 1.5 times faster so, and the gradients of the picture
    point the same way to four digits (`tests/renderers/test_guidance.py`).
    """
    if device == "cpu":
        can = torch.cpu.get_capabilities()
        made_for_it = can.get("avx512_bf16", False) or can.get("amx_bf16", False)
    else:
        made_for_it = device.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if made_for_it else torch.float32
