"""Batches: pictures as a renderer's cutouts show them, with captions true and false of them."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training import captions
from training.facts import codes, thing_flags, truth
from training.scenes import SHARE_OF_SHAPES, ShapeScene, draw_scene, draw_window, picture, twin

CLUTTER_CELLS = (2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Batch:
    """`images` [n, 3, 64, 64] in [0, 1]; of `texts` [m] the first n are theirs, the rest contradict them.

    `truth` [m, n] holds TRUE, FALSE or UNKNOWN; `codes` [n, choices] (-1 where nothing can be said) and
    `things` [n, things] are what the auxiliary heads learn.
    """

    images: Tensor
    texts: list[str]
    truth: Tensor
    codes: Tensor
    things: Tensor


@dataclass(frozen=True)
class Lesson:
    """What a batch is made of: how simple its scenes are, from 1 to 0, the share of them that show shapes
    rather than landscapes, and how far at most a picture is mixed with clutter."""

    ease: float = 0.0
    shapes: float = SHARE_OF_SHAPES
    clutter: float = 0.6


def make_batch(
    seed: int, step: int, count: int, lesson: Lesson = Lesson(), size: int = 64, spoilt: bool = True
) -> Batch:
    """The batch of a step: `count` scenes seen through random windows, some coarse, noisy or in the making.

    Without `spoilt` the pictures are clean (for measuring).
    """
    ease = lesson.ease
    rng = np.random.default_rng((seed, step))
    pictures, seen, own, against = [], [], [], []
    scene = None
    for _ in range(count):
        scene = (
            twin(rng, scene)
            if isinstance(scene, ShapeScene) and rng.random() < 0.3
            else draw_scene(rng, ease, lesson.shapes)
        )
        window = draw_window(rng, scene, ease)
        cells = int(rng.integers(10, 48)) if rng.random() < 0.3 else None
        pictures.append(picture(scene, window, size, cells))
        facts = scene.facts(window)
        caption = captions.describe(facts, rng)
        seen.append(facts)
        own.append(caption)
        against += captions.contradict(caption, facts, rng)
    images = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    spoken = [*own, *against]
    return Batch(
        images=spoil(images, rng, lesson.clutter * (1 - ease)) if spoilt else images,
        texts=[caption.text for caption in spoken],
        truth=torch.from_numpy(truth([caption.says for caption in spoken], seen)),
        codes=torch.from_numpy(codes(seen)),
        things=torch.from_numpy(thing_flags(seen)),
    )


def spoil(images: Tensor, rng: np.random.Generator, most: float = 0.6) -> Tensor:
    """Pictures as guidance meets them on its way, with a cast and noise, half of them mixed with clutter.

    Clutter is a sum of random grids from coarse to fine, which is what an unfinished drawing of pixels looks
    like; its share is `most` at most.
    """
    count, _, size, _ = images.shape
    clutter = torch.full_like(images, 0.5) + _normal(rng, (count, 3, 1, 1), 0.15)
    for cells in CLUTTER_CELLS:
        grid = _normal(rng, (count, 3, cells, cells), 0.3) * _uniform(rng, (count, 1, 1, 1), 0, 1) ** 2
        clutter += grid.repeat_interleave(size // cells, 2).repeat_interleave(size // cells, 3)
    share = (_uniform(rng, (count, 1, 1, 1), -most, most)).clamp(min=0)
    images = images + share * (clutter.clamp(0, 1) - images)
    cast = 1 + _normal(rng, (count, 3, 1, 1), 0.03)
    noise = _normal(rng, tuple(images.shape), 1.0) * _uniform(rng, (count, 1, 1, 1), 0, 0.06)
    return (images * cast + noise).clamp(0, 1)


def _normal(rng: np.random.Generator, shape: tuple[int, ...], deviation: float) -> Tensor:
    return torch.from_numpy(rng.standard_normal(shape, dtype=np.float32)) * deviation


def _uniform(rng: np.random.Generator, shape: tuple[int, ...], low: float, high: float) -> Tensor:
    return torch.from_numpy(rng.random(shape, dtype=np.float32)) * (high - low) + low
