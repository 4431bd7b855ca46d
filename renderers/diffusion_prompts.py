"""Weighed prompts as what the denoiser is drawn towards and away from."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from contract.prompts import Prompt
from renderers.diffusion_models import DiffusionModel, Text

# A text of FLUX takes 4 MB.
TEXTS_REMEMBERED = 24


@dataclass(frozen=True)
class Wanted:
    """Texts with weights above 0: what to draw towards, and away from."""

    towards: tuple[tuple[str, float], ...]
    away: tuple[tuple[str, float], ...]


def wanted(prompts: Sequence[Prompt], negative: str | None) -> Wanted:
    """Parts below 0 join the negative prompt, whose own weight is 1."""
    towards = tuple((prompt.text, prompt.weight) for prompt in prompts if prompt.weight > 0)
    away = tuple((prompt.text, -prompt.weight) for prompt in prompts if prompt.weight < 0)
    if negative and negative.strip():
        away = ((negative.strip(), 1.0), *away)
    return Wanted(towards, away)


def read_all(
    model: DiffusionModel, wishes: Sequence[Wanted], loras: object, *, guided: bool
) -> list[tuple[Text, Text | None]]:
    """For each wish the text to draw towards, and away from if there is guidance.

    Both are as long as the longer of the two needs; those of another wish may have another length. `loras`
    tells apart texts read with other LoRAs in the towers.
    """
    texts: list[tuple[Text, Text | None]] = []
    for wish in wishes:
        parts = [*wish.towards, *(wish.away if guided else ())]
        chunks = max(model.chunks(text) for text, _ in parts)
        towards = blend(model, wish.towards, chunks, loras)
        away = None
        if guided and not wish.away:
            away = _remembered(model, None, chunks, loras)
        elif guided:
            away = blend(model, wish.away, chunks, loras)
        texts.append((towards, away))
    return texts


def blend(model: DiffusionModel, parts: Sequence[tuple[str, float]], chunks: int, loras: object) -> Text:
    """The mean of several texts' hidden states by their weights; a single one is itself."""
    texts = [_remembered(model, text, chunks, loras) for text, _ in parts]
    if len(texts) == 1:
        return texts[0]
    shares = torch.tensor([weight for _, weight in parts], dtype=torch.float64)
    shares /= shares.sum()
    pooled = [text.pooled for text in texts if text.pooled is not None]
    return Text(_mean([text.hidden for text in texts], shares), _mean(pooled, shares) if pooled else None)


def _mean(tensors: Sequence[Tensor], shares: Tensor) -> Tensor:
    mean = sum(tensor.double() * float(share) for tensor, share in zip(tensors, shares, strict=True))
    assert isinstance(mean, Tensor)
    return mean.to(tensors[0].dtype)


def _remembered(model: DiffusionModel, text: str | None, chunks: int, loras: object) -> Text:
    """A text as the model reads it (None: no text), from memory if it was read before."""
    key = (text, chunks, loras)
    if key not in model.texts:
        model.texts[key] = model.nothing(chunks) if text is None else model.read(text, chunks)
    model.texts[key] = model.texts.pop(key)
    if len(model.texts) > TEXTS_REMEMBERED:
        del model.texts[next(iter(model.texts))]
    return model.texts[key]
