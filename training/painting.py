"""A canvas painted with signed distances (negative inside, in scene units): edges are smooth at any size."""

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Colour = tuple[float, float, float]


class Canvas:
    """A square picture of a window of the unit square; `x` [1, n] and `y` [n, 1] are its pixels' centres."""

    def __init__(self, left: float, top: float, width: float, height: float, size: int) -> None:
        steps = (np.arange(size, dtype=np.float32) + 0.5) / size
        self.x: Field = (left + width * steps)[None, :].astype(np.float32)
        self.y: Field = (top + height * steps)[:, None].astype(np.float32)
        self.pixel = max(width, height) / size
        self.pixels: Field = np.zeros((size, size, 3), dtype=np.float32)

    def cover(self, distance: Field) -> Field:
        """[n, n] share of each pixel that lies inside, by its distance from the edge."""
        share: Field = np.clip(0.5 - distance / self.pixel, 0, 1)
        return share

    def fill(self, distance: Field, colour: Colour | Field) -> None:
        """Paint the inside of `distance` with one colour or with a [n, n, 3] field of colours."""
        cover = self.cover(distance)
        rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
        if not len(rows):
            return
        box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        paint = np.asarray(colour, dtype=np.float32)
        if paint.ndim == 3:
            paint = paint[box]
        self.pixels[box] += cover[box][..., None] * (paint - self.pixels[box])

    def flood(self, colours: Colour | Field) -> None:
        """Paint everything; `colours` broadcasts to [n, n, 3]."""
        self.pixels[:] = colours

    def finished(self) -> Field:
        return np.clip(self.pixels, 0, 1)


def disc(x: Field, y: Field, radius: float) -> Field:
    return np.hypot(x, y) - np.float32(radius)


def box(x: Field, y: Field, half_width: float, half_height: float) -> Field:
    return np.maximum(np.abs(x) - np.float32(half_width), np.abs(y) - np.float32(half_height))


def rotated(x: Field, y: Field, angle: float) -> tuple[Field, Field]:
    """Coordinates in which a shape appears turned by `angle` radians."""
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return cos * x + sin * y, cos * y - sin * x


def polygon(x: Field, y: Field, corners: tuple[tuple[float, float], ...]) -> Field:
    """Convex, its corners clockwise as seen (y downwards): the farthest of the distances to its edges."""
    inside = None
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        length = float(np.hypot(x1 - x0, y1 - y0))
        normal_x, normal_y = (y1 - y0) / length, (x0 - x1) / length
        edge = np.float32(normal_x) * (x - np.float32(x0)) + np.float32(normal_y) * (y - np.float32(y0))
        inside = edge if inside is None else np.maximum(inside, edge)
    assert inside is not None
    return inside


def capsule(x: Field, y: Field, start: tuple[float, float], end: tuple[float, float], radius: float) -> Field:
    """A line from `start` to `end` with round ends."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    share = ((x - start[0]) * along_x + (y - start[1]) * along_y) / (along_x**2 + along_y**2)
    share = np.clip(share, 0, 1).astype(np.float32)
    return np.hypot(x - start[0] - share * along_x, y - start[1] - share * along_y) - np.float32(radius)


def tone(colour: Colour) -> Field:
    """[3] the colour as an array."""
    return np.array(colour, dtype=np.float32)


def jittered(colour: Colour, rng: np.random.Generator, spread: float = 0.04) -> Colour:
    """The colour with a little of another shade: a common part for brightness and one for each channel."""
    light = rng.normal(0, spread)
    red, green, blue = (float(np.clip(c + light + rng.normal(0, spread * 0.7), 0, 1)) for c in colour)
    return red, green, blue
