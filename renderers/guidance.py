"""Guidance: how far cutouts are from weighed prompts, in CLIP's space."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize

from contract.prompts import Prompt
from renderers.clip import Clip


def spherical_distance(images: Tensor, texts: Tensor) -> Tensor:
    """Squared great-circle distance of unit vectors (n × d and p × d): n × p, in [0, π²/2].

    2·arcsin²(‖f − t‖ / 2), as in Crowson's VQGAN+CLIP (2021).
    """
    chord = (images[:, None] - texts[None]).norm(dim=-1)
    # Just inside [0, 2]: at either end the derivative of the arc sine or of the norm is not finite.
    distance: Tensor = 2 * (chord / 2).clamp(1e-6, 1 - 1e-6).arcsin().square()
    return distance


class Guidance:
    """The pull of some prompts on the pictures that a CLIP sees."""

    def __init__(self, clip: Clip, prompts: Sequence[Prompt], contrast: Sequence[str] = ()) -> None:
        """`contrast` are captions whose mean is taken from each prompt first (see `renderers.contrast`)."""
        self.clip = clip
        self._targets = torch.stack([clip.encode_text(prompt.text) for prompt in prompts])
        if contrast:
            common = torch.stack([clip.encode_text(caption) for caption in contrast]).mean(0)
            self._targets = normalize(self._targets - common, dim=-1)
        self._weights = torch.tensor([prompt.weight for prompt in prompts], device=clip.device)
        self._stops = torch.tensor([prompt.stop for prompt in prompts], device=clip.device)

    def judge(self, cuts: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of some cuts (n × 3 × size × size), and their score; both scalars.

        The loss is Σ |w|·mean(sign(w)·d) over the prompts. A cut whose sign(w)·d is below its prompt's
        `stop` is counted but not pulled. The score is that of `similarity`.
        """
        images = self.clip.encode_images(cuts)
        signed = self._weights.sign() * spherical_distance(images, self._targets)
        pulled = torch.where(signed < self._stops, signed.detach(), signed)
        return (self._weights.abs() * pulled.mean(0)).sum(), self._similarity(images.detach())

    @torch.no_grad()
    def similarity(self, cuts: Tensor) -> float:
        """The cosine with the prompts that pull, by their weights: in [-1, 1], higher is better."""
        return float(self._similarity(self.clip.encode_images(cuts)))

    @torch.no_grad()
    def fits(self, pictures: Tensor) -> Tensor:
        """How well each of n × 3 × size × size pictures fits all prompts: n weighed sums of cosines."""
        return (self.clip.encode_images(pictures) @ self._targets.T) @ self._weights

    def _similarity(self, images: Tensor) -> Tensor:
        wanted = self._weights.clamp(min=0)
        return (images @ self._targets.T).mean(0) @ wanted / wanted.sum().clamp(min=math.ulp(1.0))
