"""What pages are told of a line: when it has lasted, when it has changed, and for few reads."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.task import Line
from listener import standing
from listener.standing import Standing
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SOONEST", "WORTH_TELLING", "IN_BETWEEN", "TASKS_A_WRITE"):
        monkeypatch.setattr(standing, name, 0.0)


def line_up(submit: Submit, db: Any, count: int) -> None:
    """Tasks in line, a second of rank apart."""
    for number in range(count):
        db.document(f"queue/{submit(f't{number:02}', uid=f'u{number}')}").update({"rank": at(number)})


def told(db: Any) -> Line | None:
    fields = db.document("live/queue").get().to_dict()
    return Line.parse(fields) if fields else None


def test_a_line_that_is_soon_over_is_not_told_of(
    queue: TaskQueue, submit: Submit, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "WORTH_TELLING", 60.0)
    line_up(submit, db, 1)
    standing_ = Standing(queue.edge, queue.speeds)
    standing_.short(queue.edge.query(queue.head()), 1)
    assert told(db) is None


def test_a_line_that_is_as_it_was_is_not_told_again(queue: TaskQueue, submit: Submit, db: Any) -> None:
    line_up(submit, db, 2)
    found = queue.edge.query(queue.head())
    standing_ = Standing(queue.edge, queue.speeds)
    writes = []
    for waiting in (found, found, found[1:], found[1:], [], []):
        standing_.short(waiting, 1)
        writes.append(queue.edge.bill.writes)
    first = writes[0]
    assert [count - first for count in writes] == [0, 0, 1, 1, 2, 2]
    assert standing_.waiting == 0


def test_a_long_line_is_counted_and_then_told_by_what_is_claimed(
    queue: TaskQueue, submit: Submit, db: Any
) -> None:
    line_up(submit, db, 12)
    standing_ = Standing(queue.edge, queue.speeds)
    assert standing_.long(at(-1.0), 1) == 12
    reads = queue.edge.bill.reads
    waiting = []
    for rank in (at(-1.0), at(1.0), at(1.0), at(5.0), at(10.0)):
        standing_.behind(rank, 1)
        line = told(db)
        assert line is not None
        waiting.append(line.waiting)
    assert waiting == sorted(waiting, reverse=True)
    assert waiting[0] == 12
    assert waiting[1] == waiting[2] < 12
    assert waiting[-1] <= 2
    assert queue.edge.bill.reads == reads


def test_few_tasks_are_told_exactly_as_they_are_claimed(queue: TaskQueue, submit: Submit, db: Any) -> None:
    line_up(submit, db, 4)
    standing_ = Standing(queue.edge, queue.speeds)
    assert standing_.long(None, 1) == 4
    standing_.behind(at(1.0), 1)
    line = told(db)
    assert line is not None
    assert (line.waiting, line.ranks) == (2, [at(2.0), at(3.0)])
    standing_.behind(at(1.0), 1)
    assert standing_.waiting == 2
