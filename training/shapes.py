"""Shapes of one colour on a plain background."""

from collections.abc import Callable

import numpy as np

from training.painting import Canvas, Colour, Field, box, disc, jittered, polygon, rotated, tone

PAINTS: dict[str, Colour] = {
    "red": (0.88, 0.10, 0.12),
    "orange": (0.98, 0.55, 0.08),
    "yellow": (0.98, 0.90, 0.15),
    "green": (0.15, 0.65, 0.20),
    "cyan": (0.15, 0.85, 0.90),
    "blue": (0.12, 0.25, 0.85),
    "purple": (0.50, 0.15, 0.65),
    "pink": (0.98, 0.55, 0.72),
    "brown": (0.45, 0.27, 0.12),
    "white": (0.96, 0.96, 0.96),
    "grey": (0.52, 0.52, 0.52),
    "black": (0.05, 0.05, 0.05),
}


def _square(x: Field, y: Field, rng: np.random.Generator) -> Field:
    return box(x, y, 0.85, 0.85)


def _circle(x: Field, y: Field, rng: np.random.Generator) -> Field:
    return disc(x, y, 1.0)


def _triangle(x: Field, y: Field, rng: np.random.Generator) -> Field:
    return polygon(x, y, ((0.0, -1.05), (1.0, 0.75), (-1.0, 0.75)))


def _star(x: Field, y: Field, rng: np.random.Generator) -> Field:
    """Five points: each tenth of the turn, folded onto one, is bounded by the line from a tip to a notch."""
    tenth, tip, notch = np.pi / 5, 1.15, 0.48
    turn = np.arctan2(x, -y)
    folded = np.abs((turn + tenth) % (2 * tenth) - tenth)
    reach = np.hypot(x, y)
    along, across = reach * np.cos(folded), reach * np.sin(folded)
    notch_x, notch_y = notch * np.cos(tenth), notch * np.sin(tenth)
    length = np.hypot(notch_x - tip, notch_y)
    distance: Field = (notch_y * (along - tip) - (notch_x - tip) * across) / np.float32(length)
    return distance


def _heart(x: Field, y: Field, rng: np.random.Generator) -> Field:
    """A square stood on its corner, with a disc on each of its two upper sides."""
    half = 0.62
    diagonal_x, diagonal_y = rotated(x, y - 0.12, np.pi / 4)
    lobe = half / np.sqrt(2)
    lobes = disc(np.abs(x) - np.float32(lobe), y - 0.12 + np.float32(lobe), half)
    return np.minimum(box(diagonal_x, diagonal_y, half, half), lobes)


def _cross(x: Field, y: Field, rng: np.random.Generator) -> Field:
    return np.minimum(box(x, y, 1.0, 0.32), box(x, y, 0.32, 1.0))


def _blob(x: Field, y: Field, rng: np.random.Generator) -> Field:
    """Anything else: a disc whose edge wanders, so that a mere patch of colour isn't taken for a shape."""
    turn = np.arctan2(y, x)
    edge: Field = np.full_like(turn, 0.85)
    for wave in (2, 3, 4, 5):
        edge += np.float32(rng.normal(0, 0.32 / wave)) * np.cos(wave * turn + np.float32(rng.uniform(0, 6.3)))
    return np.hypot(x, y) - edge


DISTANCES: dict[str, Callable[[Field, Field, np.random.Generator], Field]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "heart": _heart,
    "cross": _cross,
    "blob": _blob,
}


def paint(
    canvas: Canvas,
    shape: str,
    colour: str,
    background: str,
    centres: tuple[tuple[float, float], ...],
    radius: float,
    angle: float,
    seed: int,
) -> None:
    """Paint shapes of `radius` at `centres`, turned by `angle`; shade and texture vary with `seed`."""
    rng = np.random.default_rng(seed)
    shade, slope = jittered(PAINTS[background], rng), rng.normal(0, 0.05, size=2)
    light = slope[0] * (canvas.x - 0.5) + slope[1] * (canvas.y - 0.5)
    canvas.flood(light[..., None].astype(np.float32) + tone(shade))
    for centre_x, centre_y in centres:
        x, y = rotated(canvas.x - np.float32(centre_x), canvas.y - np.float32(centre_y), angle)
        x, y = x / np.float32(radius), y / np.float32(radius)
        distance = DISTANCES[shape](x, y, rng) * np.float32(radius)
        glow = rng.normal(0, 0.05) * x + rng.normal(0, 0.05) * y
        glow = np.clip(glow, -0.15, 0.15)[..., None].astype(np.float32)
        canvas.fill(distance, glow + tone(jittered(PAINTS[colour], rng)))
