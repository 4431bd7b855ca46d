"""What the model is taught: true captions above false ones, on pictures altered to deceive it.

Training on adversarial pictures is what makes the gradients of a CLIP look like what they mean, so that it
can draw without a generator (CLIPAG, Ganz and Elad, arXiv 2306.16805).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPModel

from training.batches import Batch
from training.facts import CHOICES, FALSE, THINGS
from training.model import image_features

AUXILIARY_WEIGHT = 1.0


class Heads(nn.Module):
    """Linear readings of a scene's facts off the image tower: they speed learning up and are left behind."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.choices = nn.ModuleList(nn.Linear(width, len(names)) for names in CHOICES.values())
        self.things = nn.Linear(width, len(THINGS))

    def loss(self, pooled: Tensor, codes: Tensor, things: Tensor) -> Tensor:
        """Mean cross entropy of every fact that can be said of each picture."""
        loss = pooled.new_zeros(())
        for head, wanted in zip(self.choices, codes.unbind(1), strict=True):
            if (wanted >= 0).any():
                loss = loss + functional.cross_entropy(head(pooled), wanted, ignore_index=-1)
        landscapes = codes[:, list(CHOICES).index("ground")] >= 0
        if landscapes.any():
            loss = loss + functional.binary_cross_entropy_with_logits(
                self.things(pooled[landscapes]), things[landscapes].float()
            )
        return loss


@dataclass(frozen=True)
class Losses:
    total: Tensor
    contrast: Tensor
    accuracy: Tensor


def losses(model: CLIPModel, heads: Heads, images: Tensor, batch: Batch, texts: Tensor) -> Losses:
    """Contrast of `images` with the unit features `texts` [m, d], both ways, and the heads' auxiliary loss.

    A picture's own caption competes only with captions that are false of it, and a caption's own picture only
    with pictures it is false of: whatever else happens to be true is left out rather than pushed away.
    """
    features, pooled = image_features(model, images)
    logits = model.logit_scale.exp().clamp(max=50) * texts @ features.T
    count = len(images)
    own = torch.eye(len(texts), count, dtype=torch.bool)
    kept = (batch.truth == FALSE) | own
    logits = logits.masked_fill(~kept, float("-inf"))
    target = torch.arange(count)
    to_text = functional.cross_entropy(logits.T, target)
    to_image = functional.cross_entropy(logits[:count], target)
    contrast = (to_text + to_image) / 2
    accuracy = (logits.argmax(0) == target).float().mean()
    total = contrast + AUXILIARY_WEIGHT * heads.loss(pooled, batch.codes, batch.things)
    return Losses(total, contrast.detach(), accuracy)


def deceive(
    model: CLIPModel,
    heads: Heads,
    batch: Batch,
    texts: Tensor,
    radii: Tensor,
    steps: int = 2,
    autocast: bool = True,
) -> Tensor:
    """Pictures within L2 distance `radii` [n] of the batch's that the model gets wrong.

    Each of `steps` goes along the gradient, so far that the last ends just past the radius and is
    brought back to it (Madry et al., 2018, arXiv 1706.06083).
    """
    clean, radius = batch.images, radii[:, None, None, None]
    change = torch.zeros_like(clean)
    frozen = [weight for weight in (*model.parameters(), *heads.parameters()) if weight.requires_grad]
    for weight in frozen:
        weight.requires_grad_(False)
    try:
        for _ in range(steps):
            images = (clean + change).requires_grad_(True)
            with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                loss = losses(model, heads, images, batch, texts).total
            (gradient,) = torch.autograd.grad(loss, images)
            change = change + 1.25 / steps * radius * _unit(gradient)
            change = change * (radius / _norm(change).clamp(min=1e-12)).clamp(max=1)
            change = (clean + change).clamp(0, 1) - clean
    finally:
        for weight in frozen:
            weight.requires_grad_(True)
    return (clean + change).detach()


def _norm(images: Tensor) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(images, dim=(1, 2, 3), keepdim=True)
    return norm


def _unit(images: Tensor) -> Tensor:
    unit: Tensor = images / _norm(images).clamp(min=1e-12)
    return unit
