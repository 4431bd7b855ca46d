"""Scenes are drawn from the seed, and every property that a scene has is seen in its picture."""

from dataclasses import replace

import numpy as np
import pytest

from training.facts import COLOURS, GROUNDS, SHAPES, SKIES, THINGS
from training.scenes import Landscape, ShapeScene, Window, draw_scene, draw_window, picture, twin
from training.shapes import PAINTS

DISC = ShapeScene("circle", "red", "blue", ((0.5, 0.5),), radius=0.3, angle=0.0, seed=1)
MEADOW = Landscape("grass", "day", (), horizon=0.6, seed=1)


def test_the_same_seed_draws_the_same_pictures() -> None:
    def drawn(seed: int) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        return [picture(scene, draw_window(rng, scene)) for scene in (draw_scene(rng) for _ in range(20))]

    first, again, other = drawn(3), drawn(3), drawn(4)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_pictures_stay_within_their_range() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        scene = draw_scene(rng)
        pixels = picture(scene, draw_window(rng, scene))
        assert pixels.shape == (64, 64, 3)
        assert pixels.dtype == np.float32
        assert pixels.min() >= 0
        assert pixels.max() <= 1


@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_is_nearest_to_its_own_name_as_shape_and_as_background(colour: str) -> None:
    def nearest(pixels: np.ndarray) -> str:
        mean = pixels.reshape(-1, 3).mean(0)
        return min(PAINTS, key=lambda name: float(np.abs(np.array(PAINTS[name]) - mean).sum()))

    other = "green" if colour != "green" else "red"
    assert nearest(picture(replace(DISC, colour=colour, background=other))[28:36, 28:36]) == colour
    assert nearest(picture(replace(DISC, colour=other, background=colour))[:8]) == colour


def test_every_shape_covers_another_part_of_the_picture() -> None:
    covers = {}
    for shape in SHAPES:
        pixels = picture(replace(DISC, shape=shape, colour="white", background="black"))
        covers[shape] = pixels.mean(2) > 0.5
    for shape, cover in covers.items():
        assert 0.05 < cover.mean() < 0.6, shape
        for other, its in covers.items():
            shared = (cover & its).sum() / (cover | its).sum()
            assert other == shape or shared < 0.9, f"{shape} looks like {other}"


def test_a_twin_differs_in_its_shape_alone() -> None:
    other = twin(np.random.default_rng(0), DISC)
    assert other.shape != DISC.shape
    assert replace(other, shape=DISC.shape, seed=DISC.seed) == DISC


@pytest.mark.parametrize(("field", "names"), [("ground", GROUNDS), ("sky", SKIES)])
def test_every_ground_and_sky_has_its_own_look(field: str, names: tuple[str, ...]) -> None:
    rows = slice(0, 24) if field == "sky" else slice(48, 64)
    scenes = [
        replace(MEADOW, ground=name) if field == "ground" else replace(MEADOW, sky=name) for name in names
    ]
    looks = [picture(scene)[rows].mean((0, 1)) for scene in scenes]
    for index, look in enumerate(looks):
        for other in looks[index + 1 :]:
            assert np.abs(look - other).sum() > 0.2


@pytest.mark.parametrize("thing", THINGS)
def test_every_thing_is_seen_where_it_is_put(thing: str) -> None:
    sky = "night" if thing == "moon" else "day"
    empty = replace(MEADOW, sky=sky)
    with_it = replace(empty, things=((thing, 0.3, 1.0),))
    change = np.abs(picture(with_it) - picture(empty)).sum(2)[
        :36
    ]  # Above the ground, whose ripples differ too.
    assert (change > 0.3).mean() > 0.01
    assert change[:, :40].sum() > 4 * change[:, 40:].sum()


def test_a_window_magnifies_and_mirrors_its_part_of_the_scene() -> None:
    scene = replace(DISC, centres=((0.25, 0.5),))
    whole, mirrored = picture(scene), picture(scene, Window(flipped=True))
    assert np.array_equal(whole, mirrored[:, ::-1])
    quarter = picture(scene, Window(0.0, 0.25, 0.5, 0.5))
    assert np.abs(quarter[::2, ::2].mean((0, 1)) - whole[16:48, :32].mean((0, 1))).max() < 0.02


def test_windows_still_show_what_the_scene_is_about() -> None:
    rng = np.random.default_rng(2)
    for _ in range(300):
        scene = draw_scene(rng)
        window = draw_window(rng, scene)
        left, top, right, bottom = np.clip(scene.focus(), 0, 1)
        assert 0 <= window.left <= left + 1e-6
        assert 0 <= window.top <= top + 1e-6
        assert right - 1e-6 <= window.left + window.width <= 1 + 1e-6
        assert bottom - 1e-6 <= window.top + window.height <= 1 + 1e-6


def test_places_and_sizes_are_named_only_where_they_are_clear() -> None:
    corner = replace(DISC, centres=((0.15, 0.15),), radius=0.12)
    assert corner.facts(Window()).place == "top left"
    assert corner.facts(Window()).size == "small"
    assert corner.facts(Window(flipped=True)).place is None
    assert corner.facts(Window(0, 0, 0.5, 0.5)).place is None
    assert replace(corner, centres=((0.33, 0.15),)).facts(Window()).place is None
    assert replace(DISC, radius=0.4).facts(Window()).size == "large"
    assert replace(DISC, radius=0.25).facts(Window()).size is None


def test_pixelated_pictures_are_made_of_flat_cells() -> None:
    pixels = picture(DISC, cells=16).reshape(16, 4, 16, 4, 3)
    assert np.array_equal(pixels, np.broadcast_to(pixels[:, :1, :, :1], pixels.shape))
