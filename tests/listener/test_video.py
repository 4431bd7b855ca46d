"""The film plays everywhere, lasts as long as one watches, and carries its recipe."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from contract.recipe import Recipe
from listener.video import HOLD, Film, Pace, sides_of
from renderers.base import Image
from tests.listener.test_png import RECIPE


def picture(step: int, steps: int, shape: tuple[int, int] = (32, 48)) -> Image:
    return np.full((*shape, 3), 255 * step // steps, np.uint8)


def film_of(folder: Path, steps: int, shape: tuple[int, int] = (32, 48)) -> Path:
    film = Film(folder / "video.mp4")
    for step in range(1, steps + 1):
        film.step(step, steps, picture(step, steps, shape))
    made = film.close(RECIPE)
    assert made is not None
    return made


def frames_of(path: Path) -> list[Image]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def probe(path: Path) -> dict[str, Any]:
    with av.open(str(path)) as container:
        [stream] = container.streams.video
        return {
            "codec": stream.codec_context.name,
            "pixels": stream.codec_context.pix_fmt,
            "size": (stream.width, stream.height),
            "rate": round(stream.base_rate),
            "seconds": float(container.duration / av.time_base),
            "comment": container.metadata["comment"],
        }


@pytest.mark.parametrize("shape", [(32, 48), (41, 33), (299, 301), (512, 410)])
def test_a_film_is_h264_that_browsers_play_with_even_sides(tmp_path: Path, shape: tuple[int, int]) -> None:
    found = probe(film_of(tmp_path, 5, shape))
    assert (found["codec"], found["pixels"]) == ("h264", "yuv420p")
    width, height = found["size"]
    assert (width % 2, height % 2) == (0, 0)
    assert width >= shape[1]
    assert height >= shape[0]


def test_a_film_starts_to_play_while_it_loads(tmp_path: Path) -> None:
    content = film_of(tmp_path, 20).read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")


def test_a_film_carries_its_recipe(tmp_path: Path) -> None:
    assert Recipe.model_validate_json(probe(film_of(tmp_path, 3))["comment"]) == RECIPE


def test_the_last_frame_is_held_for_one_second(tmp_path: Path) -> None:
    path = film_of(tmp_path, 20)
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        seconds = container.duration / av.time_base
    assert len(frames) == 21, "what is held costs one frame more"
    assert seconds == pytest.approx(2.0 + HOLD)
    assert [frame.time for frame in frames[-2:]] == pytest.approx([1.9, 2.9])
    assert min(frame.to_ndarray(format="rgb24").mean() for frame in frames[-2:]) >= 253
    assert frames[0].to_ndarray(format="rgb24").mean() < 30


@pytest.mark.parametrize(
    ("steps", "fps", "every", "seconds"),
    [
        (1, 10, 1, 1.1),
        (50, 10, 1, 6),
        (130, 10, 1, 14),
        (300, 23, 1, 14),
        (780, 60, 1, 14),
        (2000, 51, 3, 14),
    ],
)
def test_a_long_render_takes_about_14_seconds_and_a_short_one_less(
    steps: int, fps: int, every: int, seconds: float
) -> None:
    pace = Pace.of(steps)
    assert (pace.fps, pace.every) == (fps, every)
    assert steps / every / fps + 1 == pytest.approx(seconds, abs=0.1)


def test_a_film_lasts_as_long_as_its_pace_says(tmp_path: Path) -> None:
    found = probe(film_of(tmp_path, 200, (8, 8)))
    assert found["rate"] == 15
    assert found["seconds"] == pytest.approx(14.3, abs=0.1)


def test_of_a_very_long_render_the_last_step_is_in_the_film(tmp_path: Path) -> None:
    film = Film(tmp_path / "video.mp4")
    for step in range(1, 802):
        film.step(step, 801, picture(step, 801, (2, 2)))
    path = film.close(RECIPE)
    assert path is not None
    assert frames_of(path)[-1].mean() >= 253


def test_small_pictures_are_enlarged_pixel_by_pixel(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 30, 1), np.uint8).repeat(3, axis=2)
    film = Film(tmp_path / "video.mp4")
    film.step(1, 1, image)
    path = film.close(RECIPE)
    assert path is not None
    large = frames_of(path)[-1]
    times = 13  # 512 / 40, rounded
    assert large.shape == (40 * times, 30 * times, 3)
    middles = large[times // 2 :: times, times // 2 :: times]
    assert np.abs(middles.astype(int) - image).max() <= 8
    square = large[:times, :times].astype(int)
    assert np.ptp(square[2:-2, 2:-2]) <= 8, "each pixel is a square of one colour"


@pytest.mark.parametrize(
    ("shape", "sides"),
    [((511, 513), (512, 514)), ((128, 128), (512, 512)), ((57, 31), (514, 280)), ((2, 2), (512, 512))],
)
def test_a_film_s_sides_are_even(shape: tuple[int, int], sides: tuple[int, int]) -> None:
    assert sides_of(picture(1, 1, shape)) == sides


def test_the_renderer_may_draw_into_the_same_memory(tmp_path: Path) -> None:
    film, canvas = Film(tmp_path / "video.mp4"), np.zeros((32, 32, 3), np.uint8)
    for step in range(1, 6):
        canvas[:] = 50 * step
        film.step(step, 5, canvas)
    path = film.close(RECIPE)
    assert path is not None
    assert [round(float(frame.mean()) / 50) for frame in frames_of(path)[:5]] == [1, 2, 3, 4, 5]


def test_no_frames_make_no_film(tmp_path: Path) -> None:
    assert Film(tmp_path / "video.mp4").close(RECIPE) is None


def test_an_abandoned_film_ends_its_thread(tmp_path: Path) -> None:
    film = Film(tmp_path / "video.mp4")
    film.step(1, 100, picture(1, 100))
    film.abandon()
    film.abandon()
    assert film._thread is not None
    assert not film._thread.is_alive()


def test_a_film_that_can_not_be_made_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    film = Film(tmp_path / "no" / "such" / "folder" / "video.mp4")
    for step in range(1, 31):
        film.step(step, 30, picture(step, 30))
    assert film.close(RECIPE) is None
    assert "film_failed" in caplog.text
