"""What pictures are in general: sundry captions whose mean is taken from a prompt before it guides.

All texts of a CLIP share much of their direction, which says 'this is a caption' and little of what it says.
A prompt less that mean points at what sets it apart from other pictures: with the starter's CLIP, backgrounds
become one colour and shapes whole, where the plain prompt leaves stray blobs.
"""

from itertools import product

COLOURS = (
    ("red", "cyan"),
    ("orange", "blue"),
    ("yellow", "purple"),
    ("green", "pink"),
    ("brown", "white"),
    ("black", "grey"),
)
SHAPES = ("circle", "square", "triangle", "star", "heart")
THINGS = ("a house", "a tree", "a boat", "a cactus", "mountains")
GROUNDS = ("on the grass", "in the snow", "on the sea", "in the desert")
SKIES = ("at day", "at sunset", "at night")

SHAPE_CAPTIONS = tuple(
    f"a {colour} {shape} on a {background} background"
    for shape, pair in product(SHAPES, COLOURS)
    for colour, background in (pair, pair[::-1])
)
LANDSCAPE_CAPTIONS = tuple(" ".join(words) for words in product(THINGS, GROUNDS, SKIES))

# 60 shapes in all colours, each as often in front as behind, and 60 landscapes.
SCENE_CAPTIONS = SHAPE_CAPTIONS + LANDSCAPE_CAPTIONS
