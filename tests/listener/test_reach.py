"""How far workers reach into the line: to the head, unless it is crowded; never past fairness."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from listener.order import LOADED_DISTANCE
from listener.reach import FIRST, FRESH, PATH, Reach

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    random.seed(1)


def at_head() -> Reach:
    reach = Reach()
    reach.saw_head(BEGAN)
    return reach


def walk(reach: Reach, line: set[datetime], wins: Callable[[datetime], bool]) -> datetime | None:
    """One look and one claim, as `Claims` takes them; returns the rank of what was won."""
    place = reach.place()
    rank = min((one for one in line if place is None or one >= place), default=None)
    if place is not None and not reach.admits(rank, place):
        place, rank = None, min(line, default=None)
    if place is None:
        reach.saw_head(rank)
    if rank is None:
        return None
    won = wins(rank)
    reach.learn(won, rank)
    if not won:
        return None
    line.discard(rank)
    return rank


def test_who_wins_goes_for_the_head() -> None:
    reach = at_head()
    for number in range(50):
        reach.learn(True, BEGAN + number * SECOND)
        assert reach.place() is None


def test_who_loses_goes_on_behind_what_was_lost() -> None:
    reach = at_head()
    reach.learn(False, BEGAN)
    place = reach.place()
    assert place is not None
    assert BEGAN < place <= BEGAN + FIRST + SECOND


def test_who_loses_again_and_again_jumps_ever_further_but_never_past_another_users_next_task() -> None:
    furthest = timedelta(0)
    for _ in range(100):
        reach = at_head()
        for _ in range(8):
            reach.learn(False, BEGAN)
        if place := reach.place():
            furthest = max(furthest, place - BEGAN)
    assert 10 * SECOND < furthest <= LOADED_DISTANCE


def test_a_task_too_far_behind_the_head_is_left_and_the_head_is_next() -> None:
    reach = at_head()
    reach.learn(False, BEGAN)
    place = reach.place()
    assert place is not None
    assert not reach.admits(BEGAN + LOADED_DISTANCE + SECOND, place)
    assert reach.place() is None


def test_who_walks_a_path_comes_back_to_the_head_and_leaves_nothing() -> None:
    reach = at_head()
    line = {BEGAN + 0.01 * number * SECOND for number in range(1000)}
    first = iter([False])
    heads, most = 0, len(line)
    for _ in range(3 * most):
        heads += reach.place() is None
        walk(reach, line, lambda rank: next(first, True))
    assert line == set()
    assert heads >= most / PATH / 2


def test_the_head_is_looked_at_again_after_a_while_whoever_has_come_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reach = at_head()
    reach.learn(False, BEGAN)
    assert reach.place() is not None
    now = time.monotonic() + FRESH
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert reach.place() is None


def test_past_the_end_of_the_line_nobody_looks_twice() -> None:
    reach = at_head()
    line = {BEGAN + 0.01 * number * SECOND for number in range(3)}
    places = []
    for _ in range(20):
        reach.learn(False, BEGAN)
        if place := reach.place():
            places.append(place)
            walk(reach, line, lambda rank: False)
    beyond = [place for place in places if place > max(line)]
    assert beyond == sorted(beyond, reverse=True)


def test_twenty_workers_on_one_line_lose_few_claims_to_each_other() -> None:
    line = {BEGAN + 0.01 * number * SECOND for number in range(2000)}
    workers = [Reach() for _ in range(20)]
    while len(line) > 200:
        # All look at the same time; then the first to claim a task gets it.
        taken: set[datetime] = set()
        before = set(line)
        for reach in random.sample(workers, len(workers)):
            seen = set(before)
            won = walk(reach, seen, lambda rank: rank not in taken)  # noqa: B023
            if won:
                taken.add(won)
        line -= taken
    tried, lost = sum(one.tried for one in workers), sum(one.lost for one in workers)
    assert lost / tried < 0.12
