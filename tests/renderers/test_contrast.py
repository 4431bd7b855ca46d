"""The captions of the contrast: they must say nothing in particular when they are taken together."""

from collections import Counter

from renderers.contrast import COLOURS, LANDSCAPE_CAPTIONS, SCENE_CAPTIONS, SHAPE_CAPTIONS


def test_every_caption_is_there_once() -> None:
    assert len(set(SCENE_CAPTIONS)) == len(SCENE_CAPTIONS) == len(SHAPE_CAPTIONS) + len(LANDSCAPE_CAPTIONS)


def test_shapes_and_landscapes_weigh_the_same() -> None:
    assert len(SHAPE_CAPTIONS) == len(LANDSCAPE_CAPTIONS)


def test_each_colour_is_as_often_in_front_as_behind() -> None:
    front = Counter(caption.split()[1] for caption in SHAPE_CAPTIONS)
    behind = Counter(caption.split()[-2] for caption in SHAPE_CAPTIONS)
    assert front == behind
    assert set(front.values()) == {len(SHAPE_CAPTIONS) // (2 * len(COLOURS))}
