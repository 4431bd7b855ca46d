"""Live snapshots through the unmodified Python client, and the wire below it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.cloud.firestore_v1.base_query import FieldFilter

from emulator.firestore.messages import ListenRequest, ListenResponse
from tests.emulator.conftest import ServerThread

Snapshot = tuple[list[str], set[tuple[str, str]]]


class Watcher:
    """Collects the snapshots of a query or a document: ids in order, and (kind, id) of each change."""

    def __init__(self, watched: Any) -> None:
        self._snapshots: queue.Queue[Snapshot] = queue.Queue()
        self._watch = watched.on_snapshot(self._take)

    def _take(self, documents: Any, changes: Any, time: Any) -> None:
        existing = [document.id for document in documents if document.exists]
        kinds = {(change.type.name, change.document.id) for change in changes}
        self._snapshots.put((existing, kinds))

    def next(self) -> Snapshot:
        return self._snapshots.get(timeout=30)  # a browser may have to start first

    def until(self, ids: list[str]) -> Snapshot:
        """The first snapshot of those ids."""
        while (snapshot := self.next())[0] != ids:
            pass
        return snapshot

    def is_quiet(self) -> bool:
        return self._snapshots.empty()

    def stop(self) -> None:
        self._watch.unsubscribe()


@pytest.fixture
def watch() -> Iterator[Callable[[Any], Watcher]]:
    watchers: list[Watcher] = []

    def start(watched: Any) -> Watcher:
        watchers.append(Watcher(watched))
        return watchers[-1]

    yield start
    for watcher in watchers:
        watcher.stop()


def test_a_limited_query_is_followed_as_documents_enter_and_leave(
    client: Any, watch: Callable[[Any], Watcher]
) -> None:
    tasks = client.collection("queue")
    head = tasks.where(filter=FieldFilter("status", "==", "queued")).order_by("rank").limit(2)
    live = watch(head)
    assert live.next() == ([], set())
    tasks.document("b").set({"status": "queued", "rank": 2})
    assert live.next() == (["b"], {("ADDED", "b")})
    tasks.document("c").set({"status": "queued", "rank": 3})
    assert live.next() == (["b", "c"], {("ADDED", "c")})
    tasks.document("a").set({"status": "queued", "rank": 1})
    assert live.next() == (["a", "b"], {("ADDED", "a"), ("REMOVED", "c")})
    tasks.document("a").update({"status": "done"})
    assert live.next() == (["b", "c"], {("REMOVED", "a"), ("ADDED", "c")})
    tasks.document("b").update({"step": 1})
    assert live.next() == (["b", "c"], {("MODIFIED", "b")})
    tasks.document("c").delete()
    assert live.next() == (["b"], {("REMOVED", "c")})


def test_a_query_without_limit_is_followed(client: Any, watch: Callable[[Any], Watcher]) -> None:
    tasks = client.collection("queue")
    tasks.document("a").set({"n": 1})
    live = watch(tasks.where(filter=FieldFilter("n", ">", 0)).order_by("n"))
    assert live.next() == (["a"], {("ADDED", "a")})
    batch = client.batch()
    batch.set(tasks.document("b"), {"n": 2})
    batch.set(tasks.document("c"), {"n": -1})
    batch.commit()
    assert live.next() == (["a", "b"], {("ADDED", "b")})
    tasks.document("b").update({"n": 0})
    assert live.next() == (["a"], {("REMOVED", "b")})
    tasks.document("c").update({"n": -2})
    tasks.document("a").update({"n": 3})
    assert live.next() == (["a"], {("MODIFIED", "a")})


def test_a_document_is_followed_from_missing_to_deleted(client: Any, watch: Callable[[Any], Watcher]) -> None:
    reference = client.document("workers/w1")
    live = watch(reference)
    assert live.next()[0] == []
    reference.set({"state": "idle"})
    assert live.next()[0] == ["w1"]
    reference.delete()
    assert live.next()[0] == []


def test_a_write_that_changes_nothing_raises_no_snapshot(
    client: Any, watch: Callable[[Any], Watcher]
) -> None:
    reference = client.document("things/one")
    reference.set({"a": 1})
    live = watch(client.collection("things"))
    live.until(["one"])
    reference.set({"a": 1})
    client.document("things/two").set({"a": 1})
    assert live.next() == (["one", "two"], {("ADDED", "two")})
    assert live.is_quiet()


class Stream:
    """A Listen stream spoken raw: requests in, responses out."""

    def __init__(self, server: ServerThread, project: str) -> None:
        self.database = f"projects/{project}/databases/(default)"
        self._channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
        self._requests: queue.Queue[Any] = queue.Queue()
        call = self._channel.stream_stream(
            "/google.firestore.v1.Firestore/Listen",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=ListenResponse.FromString,
        )
        self._responses = call(
            iter(self._requests.get, None), metadata=[("authorization", "Bearer owner")], timeout=20
        )

    def add(self, target_id: int, collection: str, resume_token: bytes = b"", limit: int = 0) -> None:
        request = ListenRequest(database=self.database)
        target = request.add_target
        target.target_id = target_id
        target.query.parent = f"{self.database}/documents"
        target.query.structured_query.from_.add(collection_id=collection)
        if limit:
            target.query.structured_query.limit.value = limit
        if resume_token:
            target.resume_token = resume_token
        self._requests.put(request)

    def remove(self, target_id: int) -> None:
        self._requests.put(ListenRequest(database=self.database, remove_target=target_id))

    def snapshot(self) -> list[str]:
        """The messages up to the end of a snapshot, in short; the token is kept in `token`."""
        told = []
        while True:
            response = next(self._responses)
            told.append(_in_short(response))
            if response.HasField("target_change"):
                change = response.target_change
                kind = change.TargetChangeType.Name(change.target_change_type)
                if kind == "REMOVE" or (kind == "NO_CHANGE" and not change.target_ids):
                    self.token = change.resume_token
                    return told

    def close(self) -> None:
        self._requests.put(None)
        self._responses.cancel()
        self._channel.close()


def _in_short(response: Any) -> str:
    kind = response.WhichOneof("response_type")
    change = getattr(response, kind)
    if kind == "target_change":
        return f"{change.TargetChangeType.Name(change.target_change_type)}{list(change.target_ids)}"
    name = change.document.name if kind == "document_change" else change.document
    targets = f"+{list(change.target_ids)}" if kind == "document_change" else ""
    return f"{kind} {name.rpartition('/')[2]}{targets}-{list(change.removed_target_ids)}"


@pytest.fixture
def stream(server: ServerThread, project: str) -> Iterator[Callable[[], Stream]]:
    streams: list[Stream] = []

    def start() -> Stream:
        streams.append(Stream(server, project))
        return streams[-1]

    yield start
    for opened in streams:
        opened.close()


def test_one_stream_carries_many_targets_and_each_leaves_by_itself(
    client: Any, stream: Callable[[], Stream]
) -> None:
    client.document("things/a").set({"n": 1})
    live = stream()
    live.add(1, "things")
    assert live.snapshot() == ["ADD[1]", "document_change a+[1]-[]", "CURRENT[1]", "NO_CHANGE[]"]
    live.add(3, "things", limit=1)
    assert live.snapshot() == ["ADD[3]", "document_change a+[3]-[]", "CURRENT[3]", "NO_CHANGE[]"]
    client.document("things/0").set({"n": 1})
    assert sorted(live.snapshot()) == ["NO_CHANGE[]", "document_change 0+[1, 3]-[]", "document_remove a-[3]"]
    live.remove(1)
    assert live.snapshot() == ["REMOVE[1]"]
    client.document("things/0").delete()
    assert sorted(live.snapshot()) == ["NO_CHANGE[]", "document_change a+[3]-[]", "document_delete 0-[3]"]


def test_a_resumed_target_gets_the_difference_alone(client: Any, stream: Callable[[], Stream]) -> None:
    for name in ("kept", "changed", "deleted"):
        client.document(f"things/{name}").set({"n": 1})
    first = stream()
    first.add(1, "things")
    first.snapshot()
    first.close()
    client.document("things/changed").update({"n": 2})
    client.document("things/deleted").delete()
    client.document("things/new").set({"n": 1})
    second = stream()
    second.add(2, "things", resume_token=first.token)
    assert sorted(second.snapshot()) == [
        "ADD[2]",
        "CURRENT[2]",
        "NO_CHANGE[]",
        "document_change changed+[2]-[]",
        "document_change new+[2]-[]",
        "document_delete deleted-[2]",
    ]


def test_a_token_from_before_the_server_knew_the_target_resets_it(
    client: Any, stream: Callable[[], Stream]
) -> None:
    client.document("things/a").set({"n": 1})
    live = stream()
    live.add(1, "things", resume_token=(1).to_bytes(8, "big"))
    assert live.snapshot() == ["ADD[1]", "RESET[1]", "document_change a+[1]-[]", "CURRENT[1]", "NO_CHANGE[]"]


def test_a_malformed_query_removes_its_target_and_leaves_the_stream_open(
    stream: Callable[[], Stream],
) -> None:
    live = stream()
    live.add(1, "things", limit=-1)
    assert live.snapshot() == ["ADD[1]", "REMOVE[1]"]
    live.add(2, "things")
    assert live.snapshot() == ["ADD[2]", "CURRENT[2]", "NO_CHANGE[]"]
