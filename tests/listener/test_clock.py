"""The estimate of the server's time stays within what the answers prove."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.clock import ServerClock


class Here:
    """This machine's clocks, under the test's hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monotonic_seconds = 1000.0
        monkeypatch.setattr("listener.clock.time.monotonic", lambda: self.monotonic_seconds)
        monkeypatch.setattr("listener.clock.time.time", lambda: 1_800_000_000.0)


@pytest.mark.parametrize("wrong_by", [-86_400, -5, 0, 5, 86_400])
def test_one_answer_corrects_a_clock_that_is_wrong_by_any_amount(
    monkeypatch: pytest.MonkeyPatch, wrong_by: int
) -> None:
    here = Here(monkeypatch)
    mine = ServerClock()
    server = datetime.fromtimestamp(1_800_000_000.0 + wrong_by, UTC)
    sent = mine.sending()
    here.monotonic_seconds += 0.2
    mine.learn(server + timedelta(seconds=0.1), sent)
    here.monotonic_seconds += 50
    assert abs(mine.now() - (server + timedelta(seconds=50.2))) <= timedelta(seconds=0.11)


def test_a_slow_answer_does_not_spoil_what_a_quick_one_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Here(monkeypatch)
    mine = ServerClock()
    server = 1_800_000_100.0
    for takes, answered_after in ((0.01, 0.005), (30.0, 29.0)):
        sent = mine.sending()
        at = server + (here.monotonic_seconds - 1000.0) + answered_after
        here.monotonic_seconds += takes
        mine.learn(datetime.fromtimestamp(at, UTC), sent)
    expected = datetime.fromtimestamp(server + here.monotonic_seconds - 1000.0, UTC)
    assert abs(mine.now() - expected) <= timedelta(seconds=0.011)


@given(
    offset=st.floats(-1e5, 1e5),
    answers=st.lists(st.tuples(st.floats(0.001, 5), st.floats(0, 1)), min_size=1, max_size=8),
)
def test_the_estimate_is_never_off_by_more_than_the_quickest_answer_took(
    offset: float, answers: list[tuple[float, float]]
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        here = Here(monkeypatch)
        mine = ServerClock()
        for takes, part in answers:
            sent = mine.sending()
            server = 1_800_000_000.0 + offset + here.monotonic_seconds + takes * part
            here.monotonic_seconds += takes
            mine.learn(datetime.fromtimestamp(server, UTC), sent)
        truth = datetime.fromtimestamp(1_800_000_000.0 + offset + here.monotonic_seconds, UTC)
        assert abs(mine.now() - truth).total_seconds() <= min(takes for takes, _ in answers) + 0.001
