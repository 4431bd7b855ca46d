"""The denoiser asked for many rows at a time: as many as fit the memory, fewer when it runs out."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from contract.errors import OutOfMemory
from renderers import memory
from renderers.diffusion_models import DiffusionModel, Text

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class _Part:
    """Rows that go through the denoiser together: which they are, of which latents, and their texts."""

    rows: Tensor
    latents: Tensor
    texts: dict[str, Tensor]


class Denoiser:
    """One step's prediction for all latents, with guidance towards their texts.

    Each latent is a row for its prompt and, if guided, one for what it is guided away from (classifier-free
    guidance, arXiv 2207.12598).
    """

    def __init__(
        self,
        model: DiffusionModel,
        towards: Sequence[Text],
        away: Sequence[Text] | None,
        guidance: float,
        size: tuple[int, int],
    ) -> None:
        """`towards` and `away` are one a latent; without `away` there is no guidance. `size`: (h, w)."""
        self._model = model
        self._count = len(towards)
        self._texts = [*(away or ()), *towards]
        self._guided = away is not None
        self._guidance = guidance
        self._size = size
        # Rows at a time.
        self.limit = len(self._texts)
        self._parts = self._divided()

    @torch.no_grad()
    def __call__(self, latents: Tensor, time: Tensor, extra: Tensor | None = None) -> Tensor:
        """What the denoiser makes of n scaled latents; `extra` are further channels that it is told.

        Raises `OutOfMemory` when a single row doesn't fit.
        """
        told = latents if extra is None else torch.cat([latents, extra], dim=1)
        while True:
            given = self._tried(told, time)
            if given is not None:
                break
            if self.limit == 1:
                raise OutOfMemory(
                    f"memory of {self._model.device} ran out with one picture of "
                    f"{self._size[1]} × {self._size[0]}; "
                    "ask for a smaller size or a smaller model"
                )
            self.limit = (self.limit + 1) // 2
            log.info("out of memory: %d rows at a time from here on", self.limit)
            self._parts = self._divided()
        if not self._guided:
            return given
        without, with_prompt = given[: self._count], given[self._count :]
        guided: Tensor = without + self._guidance * (with_prompt - without)
        return guided

    def _tried(self, latents: Tensor, time: Tensor) -> Tensor | None:
        """All rows' outputs, or None if memory ran out."""
        given: Tensor | None = None
        for part in self._parts:
            made = or_out_of_memory(
                lambda part=part: self._model.predict(latents[part.latents], time, part.texts, self._size)  # type: ignore[misc]
            )
            if made is None:
                return None
            if given is None:
                given = made.new_empty((len(self._texts), *made.shape[1:]))
            given[part.rows] = made
        return given

    def _divided(self) -> list[_Part]:
        """Rows of equally long texts together, at most `limit` of them."""
        by_length: dict[int, list[int]] = {}
        for row, text in enumerate(self._texts):
            by_length.setdefault(len(text.hidden), []).append(row)
        parts = []
        for rows in by_length.values():
            for at in range(0, len(rows), self.limit):
                some = rows[at : at + self.limit]
                parts.append(
                    _Part(
                        torch.tensor(some, device=self._model.device),
                        torch.tensor([row % self._count for row in some], device=self._model.device),
                        self._model.stack([self._texts[row] for row in some]),
                    )
                )
        return parts


def or_out_of_memory(make: Callable[[], T]) -> T | None:
    """What `make` makes, or None if memory ran out; what it had begun is then let go."""
    try:
        return make()
    except RuntimeError as error:
        if not memory.is_out_of_memory(error):
            raise
    # Outside the except block, where the traceback still held the failed step's tensors.
    memory.free()
    return None


def decoded(model: DiffusionModel, latents: Tensor) -> list[Tensor]:
    """Pictures [3, H, W] in about [0, 1] of n latents, decoded as many at a time as fit.

    When one alone doesn't fit, it is decoded in tiles. Raises `OutOfMemory` when that doesn't fit either.
    """
    pictures: list[Tensor] = []
    limit, tiled = len(latents), False
    while len(pictures) < len(latents):
        some = latents[len(pictures) : len(pictures) + limit]
        made = or_out_of_memory(lambda some=some: model.decode(some))  # type: ignore[misc]
        if made is not None:
            pictures += list(made)
        elif limit > 1:
            limit = (limit + 1) // 2
        elif not tiled:
            model.pipe.vae.enable_tiling()
            tiled = True
        else:
            raise OutOfMemory(f"memory of {model.device} ran out while decoding; ask for a smaller size")
    if tiled:
        model.pipe.vae.disable_tiling()
    return pictures
