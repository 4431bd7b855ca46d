"""How far workers reach into the line: to the head, unless it is crowded; never past fairness."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from listener.edge import Seen
from listener.order import LOADED_DISTANCE
from listener.reach import FEW, MOST, SAMPLE, Reach

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Named:
    """All of a reference that is needed here."""

    id = "t"


def ranked(*seconds: float) -> list[Seen]:
    return [Seen(Named(), {"rank": BEGAN + one * SECOND}, BEGAN) for one in seconds]


def crowded(apart: float, losses: int) -> Reach:
    """The reach of who saw the line and lost so many claims."""
    reach = Reach()
    reach.saw(ranked(*(apart * number for number in range(SAMPLE))))
    for _ in range(losses):
        reach.learn(won=False)
    return reach


def places(reach: Reach) -> set[datetime]:
    return {place for _ in range(300) if (place := reach.place()) is not None}


@pytest.fixture(autouse=True)
def _seeded() -> None:
    random.seed(1)


def test_who_wins_goes_for_the_head() -> None:
    reach = crowded(0.01, 0)
    for _ in range(50):
        reach.learn(won=True)
    assert places(reach) == set()
    assert reach.candidates(0) == 1


def test_who_loses_often_reaches_further_and_further_at_one_read_each() -> None:
    few, many = places(crowded(0.01, 2)), places(crowded(0.01, 4))
    assert BEGAN < min(few) <= max(few) < BEGAN + 0.01 * 8 * SECOND
    assert max(many) > BEGAN + 0.01 * 100 * SECOND
    assert max(many) <= BEGAN + 0.01 * MOST * SECOND
    assert crowded(0.01, 4).candidates(0) == 1
    assert FEW <= crowded(0.01, 4).candidates(1) <= SAMPLE


def test_nobody_reaches_past_another_users_next_task() -> None:
    reach = crowded(30.0, 8)
    assert max(places(reach)) <= BEGAN + LOADED_DISTANCE
    assert not reach.admits(ranked(31.0)[0], BEGAN)


def test_who_won_far_into_the_line_goes_on_from_there_until_there_is_a_gap() -> None:
    reach = crowded(0.01, 4)
    reach.learn(True, BEGAN + SECOND)
    assert places(reach) == {BEGAN + SECOND}
    assert reach.admits(ranked(1.01)[0], BEGAN + SECOND)
    assert not reach.admits(ranked(1.2)[0], BEGAN + SECOND)
    assert len(places(reach)) > 10


def test_when_claims_are_won_again_all_go_back_to_the_head() -> None:
    reach = crowded(0.01, 4)
    for _ in range(400):
        reach.learn(won=True)
    assert places(reach) == set()
