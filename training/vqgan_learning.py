"""What the VQGAN is taught: to say pictures in codes, and to read them even where some codes are wrong.

Guidance moves latents a little at a time and without regard to what codes mean together. A decoder that has
learned to read spoilt codes as clean pictures gives guidance clean shapes and edges to choose from.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from renderers.vqgan import Codebook, Vqgan, gather, nearest
from training.model import IMAGE_SIZE, MEAN, STD, load_folder

STARTER_CLIP = Path(__file__).resolve().parent.parent / "models" / "starter" / "clip"

EDGES, LOOKS, COMMITMENT = 1.0, 0.2, 0.25
# The share of a batch that is spoilt, and how much at most: noise in units of the codes' own spread, and the
# share of places that hold any code whatever.
SPOILT, NOISE, STRAY = 0.5, 1.0, 0.25
# How slowly codes follow what they stand for; the number of places a step below which one is unused; and the
# number that one begins with when it is put elsewhere, which gives it about 80 steps to find a use.
KEEP, UNUSED, BEGINNING = 0.98, 0.02, 0.1


@dataclass(frozen=True)
class Losses:
    """`colours` is the mean absolute difference in [0, 1] (`clean`: of the pictures that weren't spoilt),
    `looks` the distance as the CLIP sees it. `latents` [n, d, rows, columns] are the encoder's."""

    total: Tensor
    colours: Tensor
    clean: Tensor
    looks: Tensor
    commitment: Tensor
    latents: Tensor


class Eyes(nn.Module):
    """The starter CLIP's image tower, which was trained adversarially, as a measure of likeness."""

    def __init__(self) -> None:
        super().__init__()
        self.tower = load_folder(STARTER_CLIP)[0].vision_model

    def forward(self, made: Tensor, real: Tensor) -> Tensor:
        """1 − cosine of what each layer says at each patch, mean over all; pictures in [0, 1]."""
        with torch.no_grad():
            wanted = self._layers(real)
        pairs = zip(self._layers(made), wanted, strict=True)
        return torch.stack([1 - functional.cosine_similarity(a, b, dim=-1).mean() for a, b in pairs]).mean()

    def _layers(self, pictures: Tensor) -> list[Tensor]:
        small = functional.adaptive_avg_pool2d(pictures, IMAGE_SIZE)
        found = self.tower(pixel_values=(small - MEAN[0]) / STD[0], output_hidden_states=True)
        return [layer.float() for layer in found.hidden_states[1:]]


class Coder:
    """The codebook's own learning: each vector is the running mean of the latents nearest to it
    (van den Oord et al., 2017, arXiv 1711.00937, appendix A)."""

    def __init__(self, model: Vqgan) -> None:
        assert isinstance(model.quantize, Codebook)
        self.vectors = model.quantize.vectors
        self.vectors.requires_grad_(False)
        self._counts = torch.zeros(len(self.vectors))
        self._sums = torch.zeros_like(self.vectors)

    @torch.no_grad()
    def follow(self, latents: Tensor, renew: bool) -> None:
        """Move the vectors towards a batch's latents [n, d, rows, columns]; with `renew`, vectors that are
        nearest to none are put where some latent is."""
        flat = latents.movedim(1, -1).flatten(0, -2)
        codes = nearest(latents, self.vectors).flatten()
        counts = torch.bincount(codes, minlength=len(self.vectors)).float()
        self._counts.lerp_(counts, 1 - KEEP)
        self._sums.lerp_(torch.zeros_like(self._sums).index_add_(0, codes, flat), 1 - KEEP)
        seen = self._counts > UNUSED
        self.vectors[seen] = self._sums[seen] / self._counts[seen, None]
        if renew:
            unused = (~seen).nonzero()[:, 0]
            chosen = flat[torch.randperm(len(flat))[: len(unused)]]
            unused = unused[: len(chosen)]
            self.vectors[unused], self._sums[unused], self._counts[unused] = (
                chosen,
                chosen * BEGINNING,
                BEGINNING,
            )

    def used(self) -> int:
        """How many codes are in good use."""
        return int((self._counts > BEGINNING).sum())

    def state_dict(self) -> dict[str, Tensor]:
        return {"counts": self._counts, "sums": self._sums}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        self._counts.copy_(state["counts"])
        self._sums.copy_(state["sums"])


def losses(model: Vqgan, coder: Coder, eyes: Eyes, pictures: Tensor, strict: float = 1.0) -> Losses:
    """Say pictures [n, 3, side, side] in codes, spoil some of the codes, and read them all.

    `strict` in [0, 1] is how far latents are replaced by codes and held to them: a model that has nothing to
    say yet makes its latents small instead, and its codes all alike.
    """
    z = model.encode(pictures)
    commitment = functional.mse_loss(z, gather(nearest(z, coder.vectors), coder.vectors))
    spoilt = spoil(z.detach(), coder.vectors)
    read = gather(nearest(spoilt, coder.vectors), coder.vectors)
    made = model.decode(z + strict * (read - z).detach())
    differences = (made - pictures).abs().mean((1, 2, 3))
    colours, looks = differences.mean(), eyes(made, pictures)
    total = (
        colours + EDGES * _edge_difference(made, pictures) + LOOKS * looks + COMMITMENT * strict * commitment
    )
    return Losses(
        total=total,
        colours=colours.detach(),
        clean=differences[: _sound(len(z))].mean().detach(),
        looks=looks.detach(),
        commitment=commitment.detach(),
        latents=z.detach(),
    )


def spoil(z: Tensor, vectors: Tensor) -> Tensor:
    """Latents [n, d, rows, columns], the last of them with noise and stray codes, from none to much."""
    count, sound = len(z), _sound(len(z))
    level = torch.cat([torch.zeros(sound), (torch.arange(count - sound) + 1) / max(1, count - sound)])
    level = level[:, None, None, None]
    noisy = z + NOISE * level * vectors.std(0)[:, None, None] * torch.randn_like(z)
    places = (count, *z.shape[2:])
    stray = gather(torch.randint(len(vectors), places), vectors)
    return torch.where(torch.rand(places)[:, None] < STRAY * level, stray, noisy)


def _sound(count: int) -> int:
    """How many pictures of a batch are left unspoilt: the first ones."""
    return count - round(count * SPOILT)


def _edge_difference(made: Tensor, real: Tensor) -> Tensor:
    """How far differences between neighbouring pixels are from what they should be."""
    off = made - real
    return (off.diff(dim=2).abs().mean() + off.diff(dim=3).abs().mean()) / 2
