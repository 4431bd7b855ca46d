"""A listener hears of work, also after its watch died, and wastes no effort while the server is away."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport

from listener import wakeups
from listener.firebase import connect
from listener.settings import Settings
from listener.task_queue import TaskQueue
from listener.wakeups import Cancellations, SupervisedWatch
from tests.listener.conftest import Submit
from tests.listener.factories import take
from tests.listener.running import eventually

# The library ends a stream that was cancelled by an exception in a thread of its own.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class Ear:
    """Hears what a watch delivers."""

    def __init__(self) -> None:
        self.heard: list[list[str]] = []
        self.trip = False

    def __call__(self, documents: Any) -> None:
        self.heard.append([document.id for document in documents])
        if self.trip:
            self.trip = False
            raise ZeroDivisionError("an error in the callback")

    def wait_for(self, ids: list[str]) -> None:
        eventually(lambda: ids in self.heard)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeups, "SHORTEST_PAUSE", 0.05)
    monkeypatch.setattr(wakeups, "LOOK_SECONDS", 0.05)


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every stream that is opened from now on."""
    opened: list[Any] = []
    good = FirestoreGrpcTransport.listen.fget

    def listen(self: Any) -> Callable[..., Any]:
        def noting(*args: Any, **kwargs: Any) -> Any:
            call = good(self)(*args, **kwargs)
            opened.append(call)
            return call

        return noting

    monkeypatch.setattr(FirestoreGrpcTransport, "listen", property(listen))
    return opened


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def watch(streams: list[Any], queue: TaskQueue, ear: Ear) -> Iterator[SupervisedWatch]:
    watch = SupervisedWatch("test", queue.head().limit(1), ear).start()
    ear.wait_for([])
    yield watch
    watch.stop()


def test_a_watch_delivers_what_comes(watch: SupervisedWatch, ear: Ear, submit: Submit) -> None:
    submit("t")
    ear.wait_for(["t"])


def test_a_watch_whose_stream_was_cancelled_is_made_anew(
    watch: SupervisedWatch, ear: Ear, submit: Submit, streams: list[Any]
) -> None:
    streams[-1].cancel()
    eventually(lambda: len(streams) == 2)
    submit("t")
    ear.wait_for(["t"])


def test_a_watch_that_died_of_its_callback_is_made_anew(
    watch: SupervisedWatch, ear: Ear, submit: Submit, caplog: pytest.LogCaptureFixture
) -> None:
    ear.trip = True
    submit("t")
    ear.wait_for(["t"])
    eventually(lambda: "watch_died" in caplog.text)
    submit("a", uid="bob")
    eventually(lambda: ear.heard[-1] == ["t"] and ear.heard.count(["t"]) > 1)


def test_a_watch_that_died_tells(streams: list[Any], queue: TaskQueue, ear: Ear) -> None:
    died = threading.Event()
    watch = SupervisedWatch("test", queue.head().limit(1), ear, died.set).start()
    ear.wait_for([])
    assert not died.is_set()
    streams[-1].cancel()
    assert died.wait(5)
    watch.stop()


def test_a_watch_on_a_document_that_can_not_be_read_goes_on_after_it(
    watch: SupervisedWatch, ear: Ear, submit: Submit, queue: TaskQueue, db: Any
) -> None:
    from google.cloud.firestore_v1.types import Document

    from tests.listener.test_claims import STRANGE

    submit("t")
    ear.wait_for(["t"])
    name = f"{db._database_string}/documents/queue/t"
    update = Document(name=name, fields={"prompt": STRANGE["a reference to another project"]})
    writes = [{"update": update, "update_mask": {"field_paths": ["prompt"]}}]
    db._firestore_api.commit(
        request={"database": db._database_string, "writes": writes}, metadata=db._rpc_metadata
    )
    assert take(queue) is None  # which rejects it
    submit("u", uid="bob")
    ear.wait_for(["u"])


def test_a_watch_is_made_anew_from_time_to_time(
    streams: list[Any], queue: TaskQueue, ear: Ear, submit: Submit
) -> None:
    watch = SupervisedWatch("test", queue.head().limit(1), ear, refresh_seconds=0.2).start()
    eventually(lambda: len(streams) >= 3)
    submit("t")
    ear.wait_for(["t"])
    watch.stop()


def test_while_the_server_is_away_streams_are_opened_in_peace(settings: Settings, streams: list[Any]) -> None:
    away = connect(replace(settings, firestore_host="127.0.0.1:1"))
    watch = SupervisedWatch("test", TaskQueue(away.db).head(), lambda documents: None).start()
    time.sleep(1.2)
    assert 1 <= len(streams) <= 4
    watch.stop()
    away.close()


def test_only_this_workers_own_claims_that_were_called_off_are_cancellations(
    db: Any, queue: TaskQueue, rival: TaskQueue, submit: Submit
) -> None:
    for number in range(3):
        submit(f"t{number}", uid=f"u{number}")
    mine, theirs, other = take(queue), take(rival), take(queue)
    assert mine is not None
    assert theirs is not None
    assert other is not None
    cancellations = Cancellations(db, "worker-a")
    cancellations.start()
    queue.cancel(theirs.id)
    queue.cancel(mine.id)
    eventually(lambda: cancellations.include(mine))
    assert not cancellations.include(other)
    assert not cancellations.include(theirs)
    queue.stop(mine)
    eventually(lambda: not cancellations.include(mine))
    cancellations.stop()
