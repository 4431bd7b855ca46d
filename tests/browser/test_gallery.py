"""Five hundred pictures in the gallery, and visitors who look, like, report and hide, in a real Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest

from brushfire.local_firebase import LocalFirebase
from tests.browser.visit import screenshots, visit
from tests.browser.wall import HOSTILE, Painted, Wall, pictures
from tests.path.system import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]

COUNT = 500
OPERATOR = ("olga@example.org", "a good password")
Seen = dict[str, Any]


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    """A local Firebase with the page, and pictures in its gallery: one has a prompt that means harm."""
    local = LocalFirebase.start(ROOT / "firebase.json", tmp_path_factory.mktemp("firebase"), port=0)
    wall = Wall(local.addresses)
    wall.hang([Painted("hostile", -1, HOSTILE, "diffusion", 0, 0), *pictures(COUNT)])
    wall.operator(*OPERATOR)
    yield wall
    wall.firebase.close()
    local.stop()


@pytest.fixture(scope="module")
def seen(wall: Wall, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What visitors saw; screenshots go to SCREENSHOTS, if it is set."""
    project = wall.addresses.project
    documents = f"http://{wall.addresses.firestore}/v1/projects/{project}/databases/(default)/documents"
    folder = screenshots(tmp_path_factory.mktemp("screenshots"))
    words = [f"http://{wall.addresses.hosting}", documents, str(COUNT + 1), *OPERATOR, folder]
    told: Seen = visit("gallery.mjs", *words, seconds=450)
    return told


def test_all_pictures_come_newest_first_page_by_page(seen: Seen) -> None:
    assert len(seen["first"]) < 100
    assert seen["ids"] == ["hostile", *(one.id for one in pictures(COUNT))]


def test_nothing_moves_as_pictures_are_loaded(seen: Seen) -> None:
    assert seen["shifts"] < 0.1, seen["moved"]


def test_whoever_comes_back_from_a_picture_is_where_they_were(seen: Seen) -> None:
    place = seen["place"]
    assert seen["onItsOwn"] == f"picture number {COUNT // 2 - 1}"
    assert place["from"] > 3000
    assert abs(place["to"] - place["from"]) < 3
    assert place["tiles"] == COUNT + 1
    assert place["focused"] == place["middle"]


def test_the_arrow_keys_lead_along_the_wall(seen: Seen) -> None:
    assert seen["byKeys"] == {"below": True, "rightOrSame": True}


def test_a_like_counts_once_also_when_two_tabs_give_it(seen: Seen, wall: Wall) -> None:
    assert seen["before"] == ""
    assert seen["twice"] == [["true", "1"], ["true", "1"]]
    assert wall.likes("p011") == (1, 1)


def test_a_like_that_was_taken_back_is_gone(seen: Seen, wall: Wall) -> None:
    assert wall.likes("p010") == (0, 0)


def test_a_like_that_is_refused_is_taken_back(seen: Seen, wall: Wall) -> None:
    assert seen["refused"] == ["false", ""]
    assert wall.likes("p003") == (0, 0)


def test_a_like_is_shown_on_the_pictures_own_screen(seen: Seen) -> None:
    assert seen["onTaskScreen"] == "1"


def test_the_most_liked_come_first_also_of_one_renderer(seen: Seen) -> None:
    ranked = sorted(pictures(COUNT), key=lambda one: (-one.likes, one.minutes))
    assert seen["mostLiked"] == [one.id for one in ranked[:12]]
    of_clipdraw = [one.id for one in ranked if one.renderer == "clipdraw"]
    assert seen["mostLikedClipdraw"] == of_clipdraw[:12]
    newest = [one.id for one in pictures(COUNT) if one.renderer == "clipdraw"]
    assert seen["newestClipdraw"] == newest[:12]


def test_a_report_reaches_the_operators_once_and_nobody_else(seen: Seen) -> None:
    assert seen["reports"] == {"status": 200, "reasons": ["it is rude <b>indeed</b>"]}
    assert "it is rude <b>indeed</b>" in seen["reportOnPage"]
    assert "already" in seen["reportedTwice"]
    assert seen["reportsForVisitors"] == 403


def test_what_an_operator_hides_is_gone_for_visitors(seen: Seen, wall: Wall) -> None:
    assert "p003" in seen["first"]
    assert "p003" not in seen["afterHiding"]
    assert wall.document("queue/p003")["hidden"] is True


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_a_hostile_prompt_is_shown_as_the_text_that_it_is(seen: Seen, size: str) -> None:
    tile, task = seen[size], seen[f"{size}Task"]
    assert tile["alt"] == tile["shown"] == task["heading"] == HOSTILE
    assert (tile["elements"], task["scripts"]) == (1, 0)
    assert seen["hacked"] is None
    assert seen["dialogs"] == 0


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_a_hostile_prompt_moves_nothing_out_of_its_place(seen: Seen, size: str) -> None:
    tile, task = seen[size], seen[f"{size}Task"]
    assert tile["wider"] <= 0
    assert task["wider"] <= 0
    assert tile["sameRow"] < 2
    assert tile["inside"]


def test_nothing_goes_wrong_in_the_browsers_console(seen: Seen) -> None:
    assert seen["problems"] == []
