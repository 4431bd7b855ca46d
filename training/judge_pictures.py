"""Pictures for the judge: drawn scenes, altered in the ways of all kinds of rendering.

Other seeds than the starter weights' training and other alterations: no clutter of grids and no adversaries,
but blurs, JPEG, flat cells of several forms, brush strokes, warps, washes and shifts of colour.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from torch import Tensor

from training.facts import THINGS, Facts
from training.judge_model import READS, SIDE, to_pictures
from training.scenes import ShapeScene, draw_scene, draw_window, picture, twin

Pixels = NDArray[np.float32]
# Apart from every seed of the other trainings, which count from 0.
SEEDS = 77_000_000


@dataclass(frozen=True)
class Lesson:
    """`pictures` [n, 3, 64, 64]; `codes` [n, facts], -1 where nothing can be said; `things` [n, things]."""

    pictures: Tensor
    codes: Tensor
    things: Tensor


def make_lesson(seed: int, step: int, count: int, ease: float = 0.0, altered: bool = True) -> Lesson:
    """The lesson of a step: half shapes, half landscapes, through windows that show the most of them."""
    rng = np.random.default_rng((SEEDS, seed, step))
    pictures, facts = [], []
    scene = None
    for _ in range(count):
        scene = (
            twin(rng, scene)
            if isinstance(scene, ShapeScene) and rng.random() < 0.25
            else draw_scene(rng, ease, shapes=0.55)
        )
        window = draw_window(rng, scene, max(ease, 0.3), smallest=0.65)
        side = SIDE if rng.random() < 0.6 else int(rng.integers(48, 129))
        pixels = picture(scene, window, side)
        pictures.append(alter(pixels, rng) if altered else pixels)
        facts.append(scene.facts(window))
    ready = torch.cat([to_pictures(torch.from_numpy(pixels)[None]) for pixels in pictures])
    return Lesson(ready, coded(facts), torch.tensor([[t in fact.things for t in THINGS] for fact in facts]))


def coded(facts: list[Facts]) -> Tensor:
    """[n, facts] indices in the order of `READS`, -1 where nothing can be said."""
    rows = [
        [
            -1 if (value := getattr(fact, name)) is None else names.index(value)
            for name, names in READS.items()
        ]
        for fact in facts
    ]
    return torch.tensor(rows)


def alter(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """One to three alterations of form, then a shift of colour."""
    for index in rng.permutation(len(ALTERATIONS))[: rng.integers(0, 4)]:
        pixels = ALTERATIONS[index](pixels, rng)
    return _recoloured(pixels, rng)


def _blurred(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    filtered = _image(pixels).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2.0) * len(pixels) / SIDE))
    return _pixels(filtered)


def _sharpened(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    strength = int(rng.integers(50, 250))
    return _pixels(_image(pixels).filter(ImageFilter.UnsharpMask(2, strength, 0)))


def _compressed(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    file = io.BytesIO()
    _image(pixels).save(file, "JPEG", quality=int(rng.integers(8, 70)))
    return _pixels(Image.open(file))


def _noisy(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    noise = rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(rng.uniform(0.01, 0.12))
    noisy: Pixels = np.clip(pixels + noise, 0, 1)
    return noisy


def _mottled(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Soft patches of other shades, as of a wash."""
    cells, side = int(rng.integers(3, 20)), len(pixels)
    patches = rng.standard_normal((cells, cells, 3), dtype=np.float32) * np.float32(rng.uniform(0.02, 0.13))
    smooth = [
        np.asarray(Image.fromarray(patches[..., c]).resize((side, side), Image.Resampling.BICUBIC))
        for c in range(3)
    ]
    mottled: Pixels = np.clip(pixels + np.stack(smooth, -1), 0, 1)
    return mottled


def _celled(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Flat cells: squares, bricks or slanted ones, whose colours are those at their middles."""
    side = len(pixels)
    cells = rng.integers(11, 44)
    slant = rng.choice([0.0, 0.0, 0.5])
    y, x = np.divmod(np.arange(side * side), side)
    row = (y * cells // side).astype(int)
    column = np.floor(x * cells / side + slant * (row % 2)).astype(int)
    at_y = np.clip((row + 0.5) * side / cells, 0, side - 1).astype(int)
    at_x = np.clip((column + 0.5 - slant * (row % 2)) * side / cells, 0, side - 1).astype(int)
    celled: Pixels = pixels[at_y, at_x].reshape(side, side, 3)
    return celled


def _stroked(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Painted over, on white or on itself, with short strokes that take the colour under their middle."""
    side = len(pixels)
    image = Image.new("RGB", (side, side), "white") if rng.random() < 0.2 else _image(pixels)
    pen = ImageDraw.Draw(image)
    length, width = rng.uniform(0.06, 0.24) * side, rng.uniform(0.05, 0.13) * side
    for x, y, turn, light in rng.uniform((0, 0, 0, -12), (side, side, 6.3, 12), (rng.integers(50, 200), 4)):
        dx, dy = length * np.cos(turn) / 2, length * np.sin(turn) / 2
        colour = tuple(int(np.clip(255 * c + light, 0, 255)) for c in pixels[int(y), int(x)])
        pen.line([(x - dx, y - dy), (x + dx, y + dy)], fill=colour, width=max(1, round(width)))
    return _pixels(image)


def _warped(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Pushed about by slow waves, as an unsteady hand would draw it."""
    side = len(pixels)
    at: Pixels = np.arange(side, dtype=np.float32)
    reach, phase = rng.uniform(0.003, 0.022) * side, rng.uniform(0, 6.3, 4)
    waves = 2 * np.pi * rng.uniform(1, 4, 4) / side
    shift_x = np.sin(at * waves[0] + phase[0])[:, None] + np.sin(at * waves[1] + phase[1])[None]
    shift_y = np.sin(at * waves[2] + phase[2])[:, None] + np.sin(at * waves[3] + phase[3])[None]
    x = np.clip(at[None] + reach * shift_x, 0, side - 1).round().astype(int)
    y = np.clip(at[:, None] + reach * shift_y, 0, side - 1).round().astype(int)
    warped: Pixels = pixels[y, x]
    return warped


def _rescaled(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Made small and large again, smoothly."""
    side = len(pixels)
    small = int(rng.integers(18, 48) * side / SIDE)
    ways = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
    image = _image(pixels).resize((small, small), ways[rng.integers(3)])
    return _pixels(image.resize((side, side), ways[rng.integers(3)]))


def _posterised(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Held to the few colours that suit it best."""
    few = _image(pixels).quantize(int(rng.integers(6, 24)), dither=Image.Dither(int(rng.choice([0, 3]))))
    return _pixels(few.convert("RGB"))


def _recoloured(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """A slight shift of hue (channels leaning into one another), saturation, contrast and light."""
    leaning = np.eye(3) + rng.normal(0, 0.03, (3, 3))
    leaning /= leaning.sum(1, keepdims=True)
    grey = pixels.mean(-1, keepdims=True)
    coloured = grey + (pixels @ leaning.T.astype(np.float32) - grey) * np.float32(rng.uniform(0.8, 1.2))
    contrast, light = rng.uniform(0.85, 1.1), rng.normal(0, 0.025)
    shifted: Pixels = np.clip((coloured - 0.5) * contrast + 0.5 + light, 0, 1).astype(np.float32)
    return shifted


ALTERATIONS: tuple[Callable[[Pixels, np.random.Generator], Pixels], ...] = (
    _blurred,
    _sharpened,
    _compressed,
    _noisy,
    _mottled,
    _celled,
    _stroked,
    _warped,
    _rescaled,
    _posterised,
)


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray((pixels * 255).round().astype(np.uint8))


def _pixels(image: Image.Image) -> Pixels:
    return np.asarray(image, dtype=np.float32) / np.float32(255)
