"""Landscapes: a sky, a ground, and things standing on it or hanging above it, in the light of the hour."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.painting import Canvas, Colour, Field, box, capsule, disc, jittered, polygon, tone

SKY_TOPS: dict[str, Colour] = {
    "day": (0.30, 0.58, 0.95),
    "sunset": (0.42, 0.22, 0.55),
    "night": (0.02, 0.03, 0.12),
    "stormy": (0.20, 0.22, 0.26),
}
SKY_FEET: dict[str, Colour] = {
    "day": (0.72, 0.87, 0.99),
    "sunset": (1.00, 0.55, 0.18),
    "night": (0.08, 0.10, 0.30),
    "stormy": (0.48, 0.50, 0.54),
}
LIGHT: dict[str, Colour] = {
    "day": (1.0, 1.0, 1.0),
    "sunset": (0.85, 0.62, 0.55),
    "night": (0.38, 0.42, 0.58),
    "stormy": (0.58, 0.60, 0.64),
}
GROUND_PAINTS: dict[str, Colour] = {
    "grass": (0.30, 0.68, 0.20),
    "sea": (0.08, 0.38, 0.72),
    "desert": (0.92, 0.76, 0.44),
    "snow": (0.95, 0.97, 1.00),
}


@dataclass(frozen=True)
class Place:
    """Where a thing is painted: its own unit coordinates, y up to -1 above its foot, and the light on it."""

    canvas: Canvas
    x: Field
    y: Field
    scale: float
    sky: str
    rng: np.random.Generator

    def fill(self, distance: Field, colour: Colour, lit: bool = True) -> None:
        light = LIGHT[self.sky] if lit else (1.0, 1.0, 1.0)
        red, green, blue = (c * by for c, by in zip(jittered(colour, self.rng), light, strict=True))
        self.canvas.fill(distance * np.float32(self.scale), (red, green, blue))


def _house(at: Place) -> None:
    walls: Colour = [(0.93, 0.88, 0.78), (0.80, 0.35, 0.28), (0.95, 0.95, 0.95), (0.85, 0.75, 0.45)][
        at.rng.integers(4)
    ]
    roof: Colour = [(0.62, 0.16, 0.13), (0.38, 0.24, 0.16), (0.30, 0.30, 0.36)][at.rng.integers(3)]
    at.fill(box(at.x, at.y + 0.30, 0.42, 0.30), walls)
    at.fill(polygon(at.x, at.y, ((0.0, -1.02), (0.56, -0.57), (-0.56, -0.57))), roof)
    at.fill(box(at.x + 0.02, at.y + 0.16, 0.09, 0.17), (0.35, 0.20, 0.10))
    glass: Colour = (1.0, 0.88, 0.40) if at.sky in ("night", "sunset") else (0.55, 0.75, 0.90)
    for side in (-0.26, 0.26):
        at.fill(box(at.x - np.float32(side), at.y + 0.36, 0.08, 0.09), glass, lit=at.sky != "night")


def _tree(at: Place) -> None:
    at.fill(box(at.x, at.y + 0.22, 0.07, 0.24), (0.42, 0.27, 0.14))
    green: Colour = (0.12, 0.45, 0.14)
    if at.rng.random() < 0.4:
        for top, foot, half in ((-1.1, -0.68, 0.28), (-0.9, -0.42, 0.36), (-0.65, -0.18, 0.44)):
            at.fill(polygon(at.x, at.y, ((0.0, top), (half, foot), (-half, foot))), green)
        return
    crown = disc(at.x, at.y + 0.75, 0.30)
    for dx, dy in ((-0.22, 0.58), (0.22, 0.58)):
        crown = np.minimum(crown, disc(at.x - np.float32(dx), at.y + np.float32(dy), 0.24))
    at.fill(crown, green)


def _boat(at: Place) -> None:
    hull: Colour = [(0.55, 0.28, 0.12), (0.75, 0.15, 0.15), (0.25, 0.25, 0.30)][at.rng.integers(3)]
    sail: Colour = [(0.97, 0.97, 0.95), (0.97, 0.97, 0.95), (0.95, 0.80, 0.30)][at.rng.integers(3)]
    at.fill(polygon(at.x, at.y, ((-0.62, -0.24), (0.62, -0.24), (0.40, 0.06), (-0.40, 0.06))), hull)
    at.fill(box(at.x, at.y + 0.62, 0.03, 0.42), (0.35, 0.22, 0.12))
    at.fill(polygon(at.x, at.y, ((0.06, -1.05), (0.52, -0.32), (0.06, -0.32))), sail)
    at.fill(polygon(at.x, at.y, ((-0.06, -0.90), (-0.06, -0.32), (-0.40, -0.32))), sail)


def _mountain(at: Place) -> None:
    peak, foot = (0.0, -1.25), 0.02
    at.fill(polygon(at.x, at.y, (peak, (1.15, foot), (-1.15, foot))), (0.45, 0.42, 0.45))
    at.fill(polygon(at.x, at.y, (peak, (0.37, -0.85), (-0.37, -0.85))), (0.97, 0.97, 1.0))


def _cactus(at: Place) -> None:
    body = capsule(at.x, at.y, (0.0, 0.0), (0.0, -0.92), 0.12)
    for side, low, high in ((-1.0, -0.42, -0.72), (1.0, -0.30, -0.62)):
        elbow, tip = (0.34 * side, low), (0.34 * side, high)
        body = np.minimum(body, capsule(at.x, at.y, (0.0, low), elbow, 0.08))
        body = np.minimum(body, capsule(at.x, at.y, elbow, tip, 0.08))
    at.fill(body, (0.16, 0.50, 0.20))


def _sun(at: Place) -> None:
    colour: Colour = (1.0, 0.42, 0.12) if at.sky == "sunset" else (1.0, 0.92, 0.30)
    at.fill(disc(at.x, at.y, 0.36), colour, lit=False)


def _moon(at: Place) -> None:
    face = disc(at.x, at.y, 0.34)
    if at.rng.random() < 0.4:
        face = np.maximum(face, -disc(at.x - 0.18, at.y + 0.06, 0.30))
    at.fill(face, (0.95, 0.94, 0.82), lit=False)


PAINTERS: dict[str, Callable[[Place], None]] = {
    "mountain": _mountain,
    "sun": _sun,
    "moon": _moon,
    "house": _house,
    "tree": _tree,
    "cactus": _cactus,
    "boat": _boat,
}  # In painting order: far things first.
ABOVE = ("sun", "moon")
UNIT = 0.36  # A thing of size 1, in scene units.


def foot(name: str, horizon: float, sky: str) -> float:
    """The y a thing stands at (or, above, its middle)."""
    if name in ABOVE:
        return horizon - 0.14 if sky == "sunset" else 0.2
    return horizon if name == "mountain" else horizon + 0.16


def focus(name: str, x: float, size: float, horizon: float, sky: str) -> tuple[float, float, float, float]:
    """The box (left, top, right, bottom) that must be seen for the thing to be recognised."""
    base, unit = foot(name, horizon, sky), UNIT * size
    if name in ABOVE:
        return x - 0.2 * unit, base - 0.2 * unit, x + 0.2 * unit, base + 0.2 * unit
    return x - 0.35 * unit, base - 0.9 * unit, x + 0.35 * unit, base


def paint(
    canvas: Canvas,
    ground: str,
    sky: str,
    things: tuple[tuple[str, float, float], ...],
    horizon: float,
    seed: int,
) -> None:
    """Paint sky, far things, ground and near things, each thing (name, x, size); details vary with `seed`."""
    rng = np.random.default_rng(seed)
    _paint_sky(canvas, sky, horizon, rng)
    by_name = {name: (x, size) for name, x, size in things}
    for name in ("sun", "moon", "mountain"):
        if name in by_name:
            _paint_thing(canvas, name, *by_name[name], horizon, sky, rng)
    _paint_ground(canvas, ground, sky, horizon, rng)
    for name in PAINTERS:
        if name in by_name and name not in ("sun", "moon", "mountain"):
            _paint_thing(canvas, name, *by_name[name], horizon, sky, rng)


def _paint_thing(
    canvas: Canvas, name: str, x: float, size: float, horizon: float, sky: str, rng: np.random.Generator
) -> None:
    unit = np.float32(UNIT * size)
    own_x, own_y = (canvas.x - np.float32(x)) / unit, (canvas.y - np.float32(foot(name, horizon, sky))) / unit
    PAINTERS[name](Place(canvas, own_x, own_y, float(unit), sky, rng))


def _paint_sky(canvas: Canvas, sky: str, horizon: float, rng: np.random.Generator) -> None:
    share = np.clip(canvas.y / np.float32(horizon), 0, 1)[..., None]
    top, low = tone(jittered(SKY_TOPS[sky], rng)), tone(jittered(SKY_FEET[sky], rng))
    canvas.flood(top + (low - top) * share)
    if sky == "night":
        for x, y, radius in rng.uniform((0, 0, 0.004), (1, horizon, 0.011), size=(16, 3)):
            canvas.fill(disc(canvas.x - np.float32(x), canvas.y - np.float32(y), radius), (0.95, 0.95, 0.85))
    elif sky in ("day", "stormy"):
        tint: Colour = (0.98, 0.98, 1.0) if sky == "day" else (0.13, 0.14, 0.17)
        for x, y in rng.uniform((0, 0.04), (1, horizon * 0.7), size=(2 if sky == "day" else 6, 2)):
            puffs = np.hypot((canvas.x - np.float32(x)) * 0.45, canvas.y - np.float32(y)) - np.float32(0.05)
            canvas.fill(puffs, jittered(tint, rng, 0.02))
        if sky == "stormy" and rng.random() < 0.4:
            _paint_lightning(canvas, horizon, rng)


def _paint_lightning(canvas: Canvas, horizon: float, rng: np.random.Generator) -> None:
    x, y = rng.uniform(0.15, 0.85), 0.08
    while y < horizon - 0.04:
        next_x, next_y = x + rng.normal(0, 0.07), y + 0.12
        canvas.fill(capsule(canvas.x, canvas.y, (x, y), (next_x, next_y), 0.009), (1.0, 0.98, 0.70))
        x, y = next_x, next_y


def _paint_ground(canvas: Canvas, ground: str, sky: str, horizon: float, rng: np.random.Generator) -> None:
    light = tone(LIGHT[sky])
    colour = tone(jittered(GROUND_PAINTS[ground], rng)) * light
    depth = (canvas.y - np.float32(horizon)) / np.float32(1 - horizon)
    phase = np.float32(rng.uniform(0, 6.3))
    edge = canvas.y - np.float32(horizon) + 0 * canvas.x
    if ground == "sea":
        ripple = np.sin(canvas.x * 22 + phase + 9 * np.sin(canvas.y * 25)) * np.sin(canvas.y * 90)
    elif ground == "grass":
        ripple = np.sin(canvas.x * 130 + phase) * np.sin(canvas.y * 70 + canvas.x * 40)
    else:
        waves = np.sin(canvas.x * 7 + phase)
        edge = edge + np.float32(0.018) * waves
        ripple = np.sin(canvas.y * 45 + 2.5 * waves) * (0.9 if ground == "desert" else 0.4)
    shade = (0.06 * ripple + 0.10 * (0.5 - depth))[..., None].astype(np.float32)
    canvas.fill(-edge, colour + shade * light)
