"""A task's stay with a worker ends, and only what nobody needs is deleted."""

import threading
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest

from contract.errors import Draining
from listener.outage import Outages
from listener.patience import Patience
from listener.settling import Settling
from listener.storage import FileStore
from listener.task_queue import TaskQueue
from listener.telemetry import TaskTrace
from tests.listener.conftest import Submit
from tests.listener.factories import a_result, take

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.fixture
def store() -> Mock:
    return Mock(FileStore)


@pytest.fixture
def settling(queue: TaskQueue, store: Mock) -> Settling:
    patience = Patience(threading.Event())
    return Settling(queue, store, patience, Outages().queue, Mock(), Mock(), lambda key: False, Mock())


def test_who_leaves_while_the_answer_to_its_finish_is_under_way_deletes_nothing(
    settling: Settling, store: Mock, queue: TaskQueue, submit: Submit
) -> None:
    submit("t")
    held = take(queue)
    assert held is not None
    queue.finish(held, a_result())
    assert settling.settle(held, Draining("504 no answer"), TaskTrace()) == "done"
    store.remove_below.assert_not_called()


def test_what_was_uploaded_for_a_claim_that_was_lost_is_deleted(
    settling: Settling, store: Mock, db: Any, queue: TaskQueue, rival: TaskQueue, submit: Submit
) -> None:
    submit("t")
    held = take(queue)
    assert held is not None
    db.document("queue/t").update({"claim.lease_until": LONG_AGO})
    rival.reap()
    again = take(rival)
    assert again is not None
    rival.finish(again, a_result())
    assert settling.settle(held, Draining("504 no answer"), TaskTrace()) == "lost"
    store.remove_below.assert_called_once_with("results/t/1/", None)
