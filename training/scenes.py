"""Scenes: what a picture shows, drawn by lot. How it is painted is in `shapes.py` and `landscapes.py`.

Coordinates are of the unit square, y downwards. A `Window` is the part of the scene that a picture shows.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training import landscapes, shapes
from training.facts import COLOURS, GROUNDS, PLACES, SHAPES, SKIES, THINGS, Facts
from training.painting import Canvas

SHARE_OF_SHAPES = 0.65
LIGHT_COLOURS, DARK_COLOURS = ("white", "yellow", "cyan", "pink"), ("black", "blue", "brown", "purple")
AT_HOME = {
    "grass": ("house", "tree", "mountain"),
    "sea": ("boat", "boat", "mountain"),
    "desert": ("cactus", "cactus", "house", "mountain"),
    "snow": ("house", "tree", "mountain"),
}
LIGHTS = {"day": "sun", "sunset": "sun", "night": "moon"}


@dataclass(frozen=True)
class Window:
    """The part of a scene that is seen, as fractions of it; mirrored left to right when `flipped`."""

    left: float = 0.0
    top: float = 0.0
    width: float = 1.0
    height: float = 1.0
    flipped: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether words for places ("top left") still mean what they say."""
        return not self.flipped and min(self.width, self.height) > 0.9


@dataclass(frozen=True)
class ShapeScene:
    """One shape, or several alike, of one colour on a plain background; lengths in scene units."""

    shape: str
    colour: str
    background: str
    centres: tuple[tuple[float, float], ...]
    radius: float
    angle: float
    seed: int

    def facts(self, window: Window) -> Facts:
        many = len(self.centres) > 1
        seen = self.radius / max(window.width, window.height)
        return Facts(
            shape=self.shape,
            colour=self.colour,
            background=self.background,
            count="many" if many else "one",
            size=None if many else "small" if seen < 0.19 else "large" if seen > 0.3 else None,
            place=self.place() if window.is_whole and not many else None,
        )

    def place(self) -> str | None:
        """The third of the picture that the shape is clearly in, or `None` near a border between two."""
        cells = [c * 3 for c in self.centres[0]]
        if any(abs(cell - border) < 0.25 for cell in cells for border in (1, 2)):
            return None
        column, row = (int(cell) for cell in cells)
        return PLACES[3 * row + column]

    def focus(self) -> tuple[float, float, float, float]:
        """The box (left, top, right, bottom) that a window must show for the facts to hold."""
        xs, ys = zip(*self.centres, strict=True)
        reach = self.radius * 0.6
        return min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach

    def paint(self, canvas: Canvas) -> None:
        shapes.paint(
            canvas, self.shape, self.colour, self.background, self.centres, self.radius, self.angle, self.seed
        )


@dataclass(frozen=True)
class Landscape:
    """A ground under a sky with things in it, each (name, x, size); `horizon` is the y where the sky ends."""

    ground: str
    sky: str
    things: tuple[tuple[str, float, float], ...]
    horizon: float
    seed: int

    def facts(self, window: Window) -> Facts:
        return Facts(ground=self.ground, sky=self.sky, things=tuple(name for name, _, _ in self.things))

    def focus(self) -> tuple[float, float, float, float]:
        boxes = [landscapes.focus(name, x, size, self.horizon, self.sky) for name, x, size in self.things]
        lefts, tops, rights, bottoms = zip(
            (0.5, self.horizon - 0.12, 0.5, self.horizon + 0.12), *boxes, strict=True
        )
        return min(lefts), min(tops), max(rights), max(bottoms)

    def paint(self, canvas: Canvas) -> None:
        landscapes.paint(canvas, self.ground, self.sky, self.things, self.horizon, self.seed)


Scene = ShapeScene | Landscape
WHOLE = Window()


def draw_scene(rng: np.random.Generator, ease: float = 0.0, shapes: float = SHARE_OF_SHAPES) -> Scene:
    """A random scene: a shape on a background, or a landscape.

    With `ease` near 1 shapes are large, upright, in the middle, and light on dark: without such a start a
    model learns the colours and never sees the shapes.
    """
    return _shape_scene(rng, ease) if rng.random() < shapes else _landscape(rng)


def twin(rng: np.random.Generator, scene: ShapeScene) -> ShapeScene:
    """The same scene with another shape in it: what only the shape tells apart."""
    others = [shape for shape in SHAPES if shape != scene.shape]
    return replace(scene, shape=others[rng.integers(len(others))], seed=int(rng.integers(2**31)))


def draw_window(rng: np.random.Generator, scene: Scene, ease: float = 0.0, smallest: float = 0.5) -> Window:
    """A random window that still shows what the scene is about: often the whole, more so with `ease`."""
    if rng.random() < max(0.33, ease):
        return Window(flipped=bool(rng.random() < 0.3))
    left, top, right, bottom = (float(np.clip(edge, 0, 1)) for edge in scene.focus())
    side, aspect = rng.uniform(smallest, 1.0), np.exp(rng.uniform(-0.17, 0.17))
    width = float(np.clip(max(side * aspect, right - left), 0, 1))
    height = float(np.clip(max(side / aspect, bottom - top), 0, 1))
    x = rng.uniform(max(0.0, right - width), min(left, 1 - width) + 1e-9)
    y = rng.uniform(max(0.0, bottom - height), min(top, 1 - height) + 1e-9)
    return Window(float(x), float(y), width, height, bool(rng.random() < 0.5))


def picture(
    scene: Scene, window: Window = WHOLE, size: int = 64, cells: int | None = None
) -> NDArray[np.float32]:
    """[size, size, 3] in [0, 1]: a window of the scene, anti-aliased, or as `cells` × `cells` flat pixels."""
    canvas = Canvas(window.left, window.top, window.width, window.height, cells or size)
    scene.paint(canvas)
    pixels = canvas.finished()
    if cells:
        at = np.arange(size) * cells // size
        pixels = pixels[at][:, at]
    return np.ascontiguousarray(pixels[:, ::-1] if window.flipped else pixels)


def _shape_scene(rng: np.random.Generator, ease: float) -> ShapeScene:
    shape = SHAPES[rng.integers(len(SHAPES))]
    if rng.random() < ease:
        colour, background = LIGHT_COLOURS[rng.integers(4)], DARK_COLOURS[rng.integers(4)]
    else:
        colour, background = (COLOURS[index] for index in rng.choice(len(COLOURS), size=2, replace=False))
    seed, angle = int(rng.integers(2**31)), float(rng.normal(0, 0.1)) * (1 - ease)
    if rng.random() < 0.06 * (1 - ease):
        centres, radius = _scattered(rng), float(rng.uniform(0.1, 0.15))
    else:
        radius = float(ease * 0.34 + (1 - ease) * rng.uniform(0.2, 0.42))
        spread = (0.08 if rng.random() < 0.6 else 0.54 - radius) * (1 - ease)
        centres = ((float(0.5 + rng.uniform(-spread, spread)), float(0.5 + rng.uniform(-spread, spread))),)
    return ShapeScene(shape, colour, background, centres, radius, angle, seed)


def _scattered(rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    """Three to six places of a loose grid of nine."""
    cells = rng.permutation(9)[: rng.integers(3, 7)]
    jitter = rng.normal(0, 0.02, size=(len(cells), 2))
    return tuple(
        (float((cell % 3 + 0.5) / 3 + x), float((cell // 3 + 0.5) / 3 + y))
        for cell, (x, y) in zip(cells, jitter, strict=True)
    )


def _landscape(rng: np.random.Generator) -> Landscape:
    ground, sky = GROUNDS[rng.integers(len(GROUNDS))], SKIES[rng.integers(len(SKIES))]
    anything = THINGS[:5]
    names: list[str] = []
    for _ in range(rng.choice(4, p=[0.15, 0.55, 0.22, 0.08])):
        pool = anything if rng.random() < 0.15 else AT_HOME[ground]
        names.append(pool[rng.integers(len(pool))])
    if sky in LIGHTS and rng.random() < 0.5:
        names.append(LIGHTS[sky])
    names = list(dict.fromkeys(names))
    rng.shuffle(names)
    slots = rng.permutation(3) if len(names) > 1 else np.array([1, 0, 2])
    spread = 0.12 if len(names) > 1 else 0.2
    things = tuple(
        (
            name,
            float(0.5 + 0.28 * (slots[i % 3] - 1) + rng.uniform(-spread, spread)),
            float(rng.uniform(0.75, 1.3)),
        )
        for i, name in enumerate(names)
    )
    return Landscape(ground, sky, things, float(rng.uniform(0.5, 0.72)), int(rng.integers(2**31)))
