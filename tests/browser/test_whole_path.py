"""The whole path as a person goes it, in a real Chromium: from the form to the video playing."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.visit import screenshots, visit
from tests.path.system import running_system

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a person saw on the way; screenshots go to SCREENSHOTS, if it is set."""
    folder = tmp_path_factory.mktemp("browser")
    with running_system(folder / "data", folder / "state") as system:
        page = f"http://{system.addresses.hosting}"
        yield visit("whole_path.mjs", page, screenshots(folder), seconds=480, said=system.said)


def test_the_bar_moves_and_a_preview_appears_while_it_draws(seen: dict[str, Any]) -> None:
    assert len(seen["progress"]) >= 2
    assert seen["progress"] == sorted(seen["progress"])
    assert seen["previews"] >= 1


def test_the_picture_comes(seen: dict[str, Any]) -> None:
    width, height = seen["natural"]
    assert width == height > 0


def test_the_video_plays_and_seeks(seen: dict[str, Any]) -> None:
    assert seen["video"]["moved"] > 0
    assert seen["video"]["duration"] > 1
    assert seen["video"]["width"] % 2 == 0


def test_the_picture_can_be_downloaded(seen: dict[str, Any]) -> None:
    assert seen["download"].startswith("http")


def test_a_reload_shows_the_same_task(seen: dict[str, Any]) -> None:
    assert seen["afterReload"] == "done"


def test_nothing_goes_wrong_in_the_browsers_console(seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
