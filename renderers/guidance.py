"""Guidance: how far cutouts are from weighed prompts, in the space of one CLIP or of several."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from contract.errors import InvalidTask
from contract.prompts import Prompt
from renderers.base import Image, Job, Weights
from renderers.clip import Clip
from renderers.contrast import SCENE_CAPTIONS
from renderers.cutouts import CutoutSettings, plan_cutouts, take_cutouts
from renderers.pictures import to_tensor

# Late CLIPs join when this share of the steps is done.
LATE_FROM = 2 / 3
# An image prompt is seen as a whole and in this many parts, as CLIP sees cuts of the picture.
IMAGE_PROMPT_PARTS = 8


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

    def __init__(
        self,
        clip: Clip,
        prompts: Sequence[Prompt],
        contrast: Sequence[str] = (),
        images: Sequence[tuple[Image, float]] = (),
    ) -> None:
        """`contrast` are captions whose mean is taken from each prompt first (see `renderers.contrast`).

        `images` are pictures to draw towards, each with its weight. They are encoded once.
        """
        self.clip = clip
        self._targets = torch.stack([clip.encode_text(prompt.text) for prompt in prompts])
        if contrast:
            self._targets = normalize(self._targets - clip.encode_mean(contrast), dim=-1)
        seen = [_encoded(clip, image)[None] for image, _ in images]
        self._targets = torch.cat([self._targets, *seen])
        weights = [prompt.weight for prompt in prompts] + [weight for _, weight in images]
        self._weights = torch.tensor(weights, device=clip.device)
        stops = [prompt.stop for prompt in prompts] + [-math.inf for _ in images]
        self._stops = torch.tensor(stops, device=clip.device)

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


@dataclass(frozen=True)
class Guides:
    """The CLIPs that judge a picture together, each with equal weight; late ones join towards the end."""

    steady: tuple[Guidance, ...]
    late: tuple[Guidance, ...] = ()

    @property
    def first(self) -> Guidance:
        """The one that the task, or the operator, named first."""
        return self.steady[0]

    def at(self, progress: float) -> tuple[Guidance, ...]:
        """Those that judge when this share of the steps is done, in [0, 1]."""
        return self.steady + (self.late if progress >= LATE_FROM else ())

    @property
    def model(self) -> str:
        """The keys of all of them, as a result tells them."""
        return ", ".join(guidance.clip.located.key for guidance in self.steady + self.late)

    @property
    def model_hash(self) -> str:
        """Their hashes, in the same order."""
        return ", ".join(guidance.clip.located.sha256 for guidance in self.steady + self.late)


def guides_for(job: Job[Any], models: Weights, device: str) -> Guides:
    """The CLIPs that a job of `GuidedParams` asks for, with its prompts.

    Raises as `Weights.folder` does; `InvalidTask` names `params.clip` or `params.late_clip`.
    """

    def guidance(key: str | None) -> Guidance:
        clip = models.loaded("clip", key, lambda located: Clip.load(located, device))
        contrast = SCENE_CAPTIONS if "robust" in clip.located.traits else ()
        return Guidance(clip, job.prompts, contrast, job.image_prompts)

    steady = tuple(guidance(key) for key in job.params.clips())
    late = job.params.late_clip
    if late is None:
        return Guides(steady)
    try:
        return Guides(steady, (guidance(late),))
    except InvalidTask as error:
        raise InvalidTask("params.late_clip", error.value, error.accepted) from error


@torch.no_grad()
def _encoded(clip: Clip, image: Image) -> Tensor:
    """What a CLIP sees in a picture: the mean of the whole and of some parts, as a unit vector (d)."""
    whole_and_parts = CutoutSettings(
        wide_share=1 / (1 + IMAGE_PROMPT_PARTS),
        wide_side=(1, 1),
        wide_shift=0,
        zoom_side=(0.6, 0.95),
        perspective_chance=0,
        colour_chance=0,
        noise=0,
    )
    height, width = image.shape[:2]
    generator = torch.Generator().manual_seed(0)
    plan = plan_cutouts(1 + IMAGE_PROMPT_PARTS, height, width, whole_and_parts, generator)
    cuts = take_cutouts(to_tensor(image, clip.device), plan, clip.size, torch.Generator(clip.device))
    return normalize(clip.encode_images(cuts).mean(0), dim=-1)
