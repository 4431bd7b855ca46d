"""The judge's network: a plain convolutional classifier that reads a scene's facts.

Neither a CLIP nor a transformer. It guides nothing and is used in no other training and in no rendering: it
only reads finished pictures, so that what it says of them wasn't aimed at.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from training.facts import COLOURS, GROUNDS, SHAPES, SKIES, THINGS

SIDE = 64
# What it reads: one of each of these, and which things are seen.
READS: dict[str, tuple[str, ...]] = {
    "shape": SHAPES,
    "colour": COLOURS,
    "background": COLOURS,
    "ground": GROUNDS,
    "sky": SKIES,
}
WEIGHTS = Path(__file__).resolve().parent.parent / "benchmarks" / "judge.safetensors"


class Block(nn.Module):
    """Two 3 × 3 convolutions beside a shortcut (He et al., arXiv 1512.03385); halves the picture."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = _convolution(before, after, stride=2)
        self.second = _convolution(after, after)
        self.shortcut = nn.Conv2d(before, after, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[n, before, s, s] to [n, after, s/2, s/2]."""
        short = self.shortcut(functional.avg_pool2d(x, 2))
        seen: Tensor = functional.relu(short + self.second(functional.relu(self.first(x))))
        return seen


class Judge(nn.Module):
    """[n, 3, 64, 64] in [0, 1] to logits: those of each fact of `READS`, then those of the things."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.stem = _convolution(3, width, stride=2, side=5)
        self.blocks = nn.Sequential(
            Block(width, 2 * width), Block(2 * width, 4 * width), Block(4 * width, 6 * width)
        )
        self.mix = nn.Linear(6 * width * 16, 4 * width)
        self.heads = nn.Linear(4 * width, sum(map(len, READS.values())) + len(THINGS))

    def forward(self, pictures: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """([n, choices] of each fact, [n, things])."""
        seen = self.blocks(functional.relu(self.stem(pictures * 2 - 1))).flatten(1)
        seen = functional.dropout(functional.relu(self.mix(seen)), 0.1, self.training)
        logits = self.heads(seen).float()
        *facts, things = logits.split([*map(len, READS.values()), len(THINGS)], 1)
        return dict(zip(READS, facts, strict=True)), things


def save_judge(judge: Judge, path: Path) -> None:
    """Write its weights as half-precision safetensors (1.4 MB)."""
    halves = {
        name: tensor.half().contiguous() if tensor.is_floating_point() else tensor
        for name, tensor in judge.state_dict().items()
    }
    save_file(halves, path)


def load_judge(path: Path = WEIGHTS) -> Judge:
    """The trained judge, ready to read."""
    tensors = load_file(path)
    judge = Judge(width=len(tensors["stem.0.weight"]))
    judge.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return judge.eval().requires_grad_(False)


def _convolution(before: int, after: int, stride: int = 1, side: int = 3) -> nn.Sequential:
    convolution = nn.Conv2d(before, after, side, stride, side // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after))


def to_pictures(pixels: Tensor) -> Tensor:
    """[n, h, w, 3] in [0, 1] to what the judge takes: [n, 3, 64, 64]."""
    pictures = pixels.permute(0, 3, 1, 2)
    if pictures.shape[-2:] != (SIDE, SIDE):
        pictures = functional.interpolate(
            pictures, size=(SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False
        )
    return pictures.contiguous(memory_format=torch.channels_last)
