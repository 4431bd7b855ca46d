"""What can be said about a drawn scene, and whether a saying is true of it.

A scene's own `Facts` are complete; a caption's are partial: a field left `None` is left open. That is how
captions with the same meaning are recognised, and how one is known to be true or false of another's picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHAPES = ("circle", "square", "triangle", "star", "heart", "cross", "blob")
COLOURS = (
    "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown", "white", "grey", "black",
)  # fmt: skip
COUNTS = ("one", "many")
SIZES = ("small", "large")
PLACES = (
    "top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right",
)  # fmt: skip
GROUNDS = ("grass", "sea", "desert", "snow")
SKIES = ("day", "sunset", "night", "stormy")
THINGS = ("house", "tree", "boat", "mountain", "cactus", "sun", "moon")

CHOICES: dict[str, tuple[str, ...]] = {
    "shape": SHAPES,
    "colour": COLOURS,
    "background": COLOURS,
    "count": COUNTS,
    "ground": GROUNDS,
    "sky": SKIES,
    "size": SIZES,
    "place": PLACES,
}
VAGUE = ("size", "place")  # A middling size or a place cropped away has no name, so neither is it false.

TRUE, FALSE, UNKNOWN = 1, 0, -1


@dataclass(frozen=True)
class Facts:
    """Named properties of a picture, `None` where nothing is said; `things` are those seen in a landscape."""

    shape: str | None = None
    colour: str | None = None
    background: str | None = None
    count: str | None = None
    size: str | None = None
    place: str | None = None
    ground: str | None = None
    sky: str | None = None
    things: tuple[str, ...] = ()


def codes(facts: Sequence[Facts]) -> NDArray[np.int64]:
    """[n, len(CHOICES)] indices in the order of `CHOICES`, -1 where nothing is said."""
    rows = [
        [
            -1 if (value := getattr(fact, name)) is None else names.index(value)
            for name, names in CHOICES.items()
        ]
        for fact in facts
    ]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(CHOICES))


def thing_flags(facts: Sequence[Facts]) -> NDArray[np.bool_]:
    """[n, len(THINGS)]: which things are seen or named."""
    return np.array([[thing in fact.things for thing in THINGS] for fact in facts], dtype=bool)


def truth(said: Sequence[Facts], seen: Sequence[Facts]) -> NDArray[np.int8]:
    """[len(said), len(seen)] of TRUE, FALSE or UNKNOWN: what each saying is of each scene.

    False where any stated property differs or a named thing is missing; unknown where only vague properties
    (size, place) are stated that the scene leaves open.
    """
    said_codes, seen_codes = codes(said)[:, None], codes(seen)[None]
    stated = said_codes >= 0
    open_ended = np.array([name in VAGUE for name in CHOICES]) & (seen_codes < 0)
    false = (stated & (said_codes != seen_codes) & ~open_ended).any(-1)
    false |= (thing_flags(said)[:, None] & ~thing_flags(seen)[None]).any(-1)
    unknown = (stated & open_ended).any(-1)
    return np.where(false, FALSE, np.where(unknown, UNKNOWN, TRUE)).astype(np.int8)
