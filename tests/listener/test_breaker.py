"""A worker that fails everything stops itself; nobody else's fault is counted against it."""

import pytest

from contract.errors import InvalidTask, OutOfMemory, RenderFailed, TaskError
from listener.breaker import Breaker

BLACK = RenderFailed("the picture is black")


def failures(breaker: Breaker, *tasks: str, error: TaskError = BLACK) -> list[bool]:
    """Whether each of them opened it."""
    return [breaker.failed(task, error) for task in tasks]


def test_failures_in_a_row_open_it_once() -> None:
    breaker = Breaker(3)
    assert failures(breaker, "a", "b", "c", "d") == [False, False, True, False]
    assert breaker.open
    assert breaker.reason == "3 failures in a row, the last: the picture is black"
    assert 40 < breaker.wait() <= 72


def test_a_success_begins_a_new_row() -> None:
    breaker = Breaker(3)
    failures(breaker, "a", "b")
    breaker.succeeded()
    assert failures(breaker, "c", "d") == [False, False]


def test_one_task_that_always_fails_may_have_itself_to_blame() -> None:
    breaker = Breaker(3)
    assert failures(breaker, *"aaaaaaaa", error=OutOfMemory("full")) == [False] * 8
    assert failures(breaker, "b", "c") == [False, True]


def test_a_task_that_can_not_be_rendered_counts_neither_way() -> None:
    breaker = Breaker(3)
    failures(breaker, "a", "b")
    failures(breaker, *"cdefg", error=InvalidTask("prompt", "", "a text"))
    assert not breaker.open
    assert failures(breaker, "h") == [True]


def test_a_limit_of_nought_never_opens_it() -> None:
    assert failures(Breaker(0), *"abcdefgh") == [False] * 8


def test_each_failed_test_doubles_the_rest_and_a_passed_one_closes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("listener.breaker.random.uniform", lambda low, high: 1.0)
    worker = Breaker(3)
    failures(worker, "a", "b", "c")
    rests = [worker.wait()]
    for _ in range(8):
        worker.tested(passed=False)
        rests.append(worker.wait())
    assert [round(rest) for rest in rests] == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    worker.tested(passed=True)
    assert not worker.open
    assert failures(worker, "d", "e", "f") == [False, False, True]
    assert round(worker.wait()) == 60
