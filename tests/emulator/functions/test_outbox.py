"""The outbox in Firestore's own database, and delivery out of it; the functions are played by the tests."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from google.events.cloud.firestore import DocumentEventData

from emulator.caller import Caller
from emulator.firestore import messages as m
from emulator.firestore.access import AllowAll
from emulator.firestore.errors import FirestoreError
from emulator.firestore.service import Firestore
from emulator.functions import delivery as delivery_module
from emulator.functions import outbox as outbox_module
from emulator.functions.delivery import CONCURRENCY, GIVEN_UP_AFTER_S, Call, Delivery
from emulator.functions.errors import FunctionUnavailable
from emulator.functions.events import event_headers
from emulator.functions.manifest import DOCUMENT_EVENTS, EVENT_KINDS, DocumentTrigger, FunctionSpec
from emulator.functions.outbox import Event, Outbox, now_micros
from emulator.functions.patterns import DocumentPattern
from emulator.meter import Meter

ROOT = "projects/mine/databases/(default)/documents"
OWNER = Caller(owner=True)


def on(kind: str, pattern: str, name: str | None = None, database: str = "(default)") -> FunctionSpec:
    trigger = DocumentTrigger(kind, DOCUMENT_EVENTS + kind, database, DocumentPattern(pattern))
    return FunctionSpec(name or kind, trigger)


class Local:
    """Firestore with an outbox, without a network. `restart` closes both and opens the same file anew."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "firestore.sqlite3"
        self.open()

    def open(self) -> None:
        self.outbox = Outbox("mine")
        self.firestore = Firestore(self.file, AllowAll(), Meter(), self.outbox)

    def restart(self) -> None:
        self.firestore.close()
        self.open()

    async def set(self, path: str, caller: Caller = OWNER, root: str = ROOT, **fields: int) -> None:
        values = {name: m.Value(integer_value=value) for name, value in fields.items()}
        write = m.Write(update=m.Document(name=f"{root}/{path}", fields=values))
        await self.firestore.commit(m.CommitRequest(writes=[write]), caller)

    async def delete(self, path: str) -> None:
        await self.firestore.commit(m.CommitRequest(writes=[m.Write(delete=f"{ROOT}/{path}")]), OWNER)

    def waiting(self, function: str) -> list[Event]:
        return self.outbox.due(function, now_micros(), 1_000)

    def paths(self, function: str) -> list[str]:
        return [event.name.removeprefix(f"{ROOT}/") for event in self.waiting(function)]


@pytest.fixture
def local(tmp_path: Path) -> Any:
    local = Local(tmp_path)
    yield local
    local.firestore.close()


async def test_each_change_is_recorded_for_the_functions_that_wait_for_it(local: Local) -> None:
    local.outbox.deploy([on(kind, "a/{id}") for kind in EVENT_KINDS])
    await local.set("a/1", n=1)
    await local.set("a/1", n=2)
    await local.set("a/1", n=2)  # writes what is there
    await local.delete("a/1")
    await local.delete("a/1")  # deletes what is gone
    await local.set("b/1", n=1)
    await local.set("a/1", root="projects/other/databases/(default)/documents", n=1)
    assert {kind: len(local.waiting(kind)) for kind in ("created", "updated", "deleted", "written")} == {
        "created": 1, "updated": 1, "deleted": 1, "written": 3,
    }  # fmt: skip


async def test_an_event_is_readable_by_googles_own_message(local: Local) -> None:
    local.outbox.deploy([on("updated", "a/{id}")])
    await local.set("a/1", kept=1, changed=1, removed=1)
    await local.set("a/1", kept=1, changed=2, added=3)
    (event,) = local.waiting("updated")
    data = DocumentEventData.deserialize(event.body)
    assert {name: value.integer_value for name, value in data.old_value.fields.items()} == {
        "kept": 1, "changed": 1, "removed": 1,
    }  # fmt: skip
    assert data.value.name == f"{ROOT}/a/1"
    assert data.value.create_time == data.old_value.create_time == data.old_value.update_time
    assert data.value.update_time > data.old_value.update_time
    assert list(data.update_mask.field_paths) == ["added", "changed", "removed"]


def test_headers_tell_the_document_and_the_time() -> None:
    headers = event_headers(
        event_type=f"{DOCUMENT_EVENTS}created.withAuthContext",
        event_id="e1",
        name=f"{ROOT}/queue/Füchslein %",
        micros=1_700_000_000_123_456,
        auth_type="unknown",
        auth_id="alice",
    )
    assert headers["ce-time"] == "2023-11-14T22:13:20.123456Z"
    assert headers["ce-document"] == "queue/F%C3%BCchslein %25"
    assert headers["ce-subject"] == "documents/queue/F%C3%BCchslein %25"
    assert headers["ce-source"] == "//firestore.googleapis.com/projects/mine/databases/(default)"
    assert (headers["ce-authtype"], headers["ce-authid"]) == ("unknown", "alice")
    assert headers["Content-Type"] == "application/protobuf"


async def test_a_commit_that_fails_leaves_no_event(local: Local) -> None:
    local.outbox.deploy([on("created", "a/{id}")])
    good = m.Write(update=m.Document(name=f"{ROOT}/a/1"))
    bad = m.Write(update=m.Document(name=f"{ROOT}/a/2"), current_document=m.Precondition(exists=True))
    with pytest.raises(FirestoreError):
        await local.firestore.commit(m.CommitRequest(writes=[good, bad]), OWNER)
    assert local.waiting("created") == []


async def test_what_is_not_durable_is_no_event_either(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    local.outbox.deploy([on("created", "a/{id}")])

    def full(*given: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(local.outbox, "record", full)
        with pytest.raises(FirestoreError, match="disk is full"):
            await local.set("a/1", n=1)
    assert local.waiting("created") == []
    await local.set("a/1", n=1)  # it wasn't stored, and so is created now
    assert local.paths("created") == ["a/1"]


async def test_events_before_the_functions_are_known_find_them_later_also_after_a_restart(
    local: Local,
) -> None:
    await local.set("a/1", n=1)
    local.restart()
    await local.set("a/2", n=1)
    await local.set("b/1", n=1)
    await local.delete("a/2")
    local.outbox.deploy([on("created", "a/{id}"), on("deleted", "a/{id}")])
    assert local.paths("created") == ["a/1", "a/2"]
    assert local.paths("deleted") == ["a/2"]


async def test_events_of_functions_that_are_gone_are_dropped(local: Local) -> None:
    local.outbox.deploy([on("created", "a/{id}"), on("written", "a/{id}")])
    await local.set("a/1", n=1)
    assert local.outbox.deploy([on("created", "a/{id}")]) == 1
    assert local.paths("created") == ["a/1"]


async def test_clearing_the_database_is_no_event(local: Local) -> None:
    local.outbox.deploy([on("deleted", "a/{id}")])
    await local.set("a/1", n=1)
    assert await local.firestore.clear(ROOT) == 1
    assert local.waiting("deleted") == []


async def test_a_user_of_the_app_is_named_and_the_server_is_not(local: Local) -> None:
    local.outbox.deploy([on("created", "a/{id}")])
    for number, caller in enumerate([OWNER, Caller(uid="alice"), Caller()]):
        await local.set(f"a/{number}", caller, n=1)
    assert [(event.auth_type, event.auth_id) for event in local.waiting("created")] == [
        ("service_account", ""), ("unknown", "alice"), ("unauthenticated", ""),
    ]  # fmt: skip


@pytest.fixture
async def delivering(local: Local, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Delivery]]:
    """Starts delivery to functions; retries come a hundred times sooner."""
    monkeypatch.setattr(delivery_module, "FIRST_DELAY_S", 0.01)
    made: list[Delivery] = []

    def start(call: Call, *specs: FunctionSpec) -> Delivery:
        made.append(Delivery(local.outbox, call))
        made[-1].start()
        local.outbox.deploy(specs)
        made[-1].deploy(specs)
        return made[-1]

    yield start
    for delivery in made:
        await delivery.stop()


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_an_event_comes_again_until_it_is_acknowledged(
    local: Local, delivering: Callable[..., Delivery]
) -> None:
    calls: list[Event] = []

    async def call(spec: FunctionSpec, trigger: DocumentTrigger, event: Event) -> None:
        calls.append(event)
        if len(calls) < 4:
            raise FunctionUnavailable("not yet")

    delivering(call, on("created", "a/{id}"))
    await local.set("a/1", n=1)
    await eventually(lambda: len(calls) == 4 and local.outbox.count("created") == 0)
    assert [event.attempts for event in calls] == [0, 1, 2, 3]
    assert len({event.event_id for event in calls}) == 1


async def test_an_event_that_falls_due_while_it_is_looked_for_is_not_forgotten(
    local: Local, delivering: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = itertools.count(now_micros(), 6_000)  # each look at the clock takes half a retry's delay
    for module in (delivery_module, outbox_module):
        monkeypatch.setattr(module, "now_micros", lambda: next(readings))
    calls = 0

    async def call(spec: FunctionSpec, trigger: DocumentTrigger, event: Event) -> None:
        nonlocal calls
        calls += 1
        monkeypatch.setattr(delivery_module, "FIRST_DELAY_S", 0.02 / 2**calls)
        if calls < 6:
            raise FunctionUnavailable("not yet")

    delivering(call, on("created", "a/{id}"))
    await local.set("a/1", n=1)
    await eventually(lambda: local.outbox.count("created") == 0)
    assert calls == 6


async def test_a_function_that_hangs_uses_its_own_places_only(
    local: Local, delivering: Callable[..., Delivery]
) -> None:
    begun: dict[str, int] = {"hangs": 0, "works": 0}
    released = asyncio.Event()

    async def call(spec: FunctionSpec, trigger: DocumentTrigger, event: Event) -> None:
        begun[spec.name] += 1
        if spec.name == "hangs":
            await released.wait()

    delivering(call, on("created", "a/{id}", "hangs"), on("created", "a/{id}", "works"))
    for number in range(3 * CONCURRENCY):
        await local.set(f"a/{number}", n=number)
    await eventually(lambda: local.outbox.count("works") == 0)
    assert begun == {"hangs": CONCURRENCY, "works": 3 * CONCURRENCY}
    released.set()
    await eventually(lambda: local.outbox.count("hangs") == 0)
    assert begun["hangs"] == 3 * CONCURRENCY


async def test_what_is_under_way_at_the_end_is_delivered_after_the_restart(
    local: Local, delivering: Callable[..., Delivery]
) -> None:
    reached = asyncio.Event()

    async def hang(spec: FunctionSpec, trigger: DocumentTrigger, event: Event) -> None:
        reached.set()
        await asyncio.Event().wait()

    first = delivering(hang, on("created", "a/{id}"))
    await local.set("a/1", n=1)
    await asyncio.wait_for(reached.wait(), 10)
    await first.stop()
    local.restart()
    delivered: list[str] = []

    async def take(spec: FunctionSpec, trigger: DocumentTrigger, event: Event) -> None:
        delivered.append(event.name)

    delivering(take, on("created", "a/{id}"))
    await eventually(lambda: local.outbox.count("created") == 0)
    assert delivered == [f"{ROOT}/a/1"]


async def test_an_event_that_fails_for_a_day_is_dropped_and_told(
    local: Local,
    delivering: Callable[..., Delivery],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await local.set("a/1", n=1)
    day_later = now_micros() + (GIVEN_UP_AFTER_S + 1) * 1_000_000
    monkeypatch.setattr(delivery_module, "now_micros", lambda: day_later)

    async def fail(spec: FunctionSpec, trigger: DocumentTrigger, event: Event) -> None:
        raise FunctionUnavailable("never")

    delivering(fail, on("created", "a/{id}"))
    await eventually(lambda: local.outbox.count("created") == 0)
    assert "created failed for a/1, attempt 1; the event is a day old and is dropped: never" in caplog.text
