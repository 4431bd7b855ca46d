"""Each event is built from the documents it tells of, and has a name of its own in the log."""

from datetime import UTC, datetime

import pytest

from contract import events
from contract.events import Event, TaskEvent, WorkerEvent
from contract.task import Claim, Failure, NewTask, Result, StoredFile, WorkerState

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CLAIM = Claim(worker="desk", id="c", epoch=2, at=AT, lease_until=AT)
FAILURE = Failure(code="invalid", message="params.size is 5, but must be …", field="params.size")
FILE = StoredFile(path="results/t/2/image.png", url="http://127.0.0.1/image.png")
RESULT = Result(images=[FILE], thumbnail=FILE, width=8, height=8, seed=1, seconds=1.2345)
NEW = NewTask(uid="ann", prompt="a red circle", renderer="pixeldraw")

BUILT: list[Event] = [
    events.Submitted.build("t", NEW, AT),
    events.Claimed.build("t", CLAIM, 1),
    events.Finished.build("t", CLAIM, RESULT),
    events.Failed.build("t", CLAIM, FAILURE, 3),
    events.Rejected.build("t", CLAIM, FAILURE, 1),
    events.Rescheduled.build("t", CLAIM, FAILURE, 1, AT),
    events.Reaped.build("t", CLAIM, FAILURE, 1),
    events.Promoted.build("t"),
    events.Released.build("t", CLAIM),
    events.Cancelled.build("t", CLAIM),
    events.Lost.build("t", CLAIM, "t is claimed by another"),
    events.WorkerStarted.build("desk", "cpu", ["pixeldraw"]),
    events.WorkerChanged.build("desk", WorkerState.IDLE, None),
    events.WorkerStopped.build("desk", 7),
]


def concrete(root: type[Event]) -> set[type[Event]]:
    """The events below `root` that happen: those with a name."""
    below = {found for child in root.__subclasses__() for found in concrete(child)}
    return below | ({root} if hasattr(root, "action") else set())


def test_every_event_is_built_here_and_has_its_own_name() -> None:
    assert {type(event) for event in BUILT} == concrete(Event)
    assert len({event.action for event in BUILT}) == len(BUILT)


@pytest.mark.parametrize("event", BUILT, ids=lambda event: event.action)
def test_an_event_says_whom_it_is_about_and_survives_json(event: Event) -> None:
    assert type(event).model_validate_json(event.model_dump_json()) == event
    if isinstance(event, TaskEvent):
        assert event.task == "t"
        assert (event.worker, event.epoch) in {("desk", 2), (None, None)}
    else:
        assert isinstance(event, WorkerEvent)
        assert event.worker == "desk"


def test_an_event_of_a_document_without_a_claim_is_nobodys() -> None:
    assert events.Rejected.build("t", None, FAILURE, 0).worker is None
    assert events.Cancelled.build("t", None).epoch is None
