"""Which queries production refuses for the want of an index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from emulator.firestore.index_definitions import IndexDefinitions
from emulator.section import ConfigError
from tests.emulator.conftest import ServerThread

ASC, DESC = {"order": "ASCENDING"}, {"order": "DESCENDING"}
DEFINED = {
    "indexes": [
        {
            "collectionGroup": "queue",
            "queryScope": "COLLECTION",
            "fields": [{"fieldPath": "status", **ASC}, {"fieldPath": "rank", **ASC}],
        },
        {
            "collectionGroup": "queue",
            "queryScope": "COLLECTION",
            "fields": [{"fieldPath": "uid", **ASC}, {"fieldPath": "rank", **ASC}],
        },
        {
            "collectionGroup": "queue",
            "queryScope": "COLLECTION",
            "fields": [{"fieldPath": "tags", "arrayConfig": "CONTAINS"}, {"fieldPath": "created_at", **DESC}],
        },
    ],
    "fieldOverrides": [
        {"collectionGroup": "queue", "fieldPath": "claim", "indexes": []},
        {
            "collectionGroup": "live",
            "fieldPath": "step",
            "indexes": [{"queryScope": "COLLECTION_GROUP", **ASC}],
        },
    ],
}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerThread]:
    file = tmp_path_factory.mktemp("definitions") / "firestore.indexes.json"
    file.write_text(json.dumps(DEFINED))
    running = ServerThread(tmp_path_factory.mktemp("strict"), indexes=IndexDefinitions.load(file))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def client(strict: ServerThread, project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{strict.port}")
    made = firestore.Client(project=project, credentials=AnonymousCredentials())
    yield made
    made.close()


def where(query: Any, *conditions: tuple[str, str, Any]) -> Any:
    for condition in conditions:
        query = query.where(filter=FieldFilter(*condition))
    return query


SERVED = [
    lambda queue: queue,
    lambda queue: where(queue, ("status", "==", "queued"), ("uid", "==", "u"), ("n", "==", 1)),
    lambda queue: where(queue, ("rank", ">", 1)).order_by("rank", direction="DESCENDING"),
    lambda queue: where(queue, ("status", "==", "queued")).order_by("rank"),
    lambda queue: where(queue, ("status", "==", "queued")).order_by("rank", direction="DESCENDING"),
    lambda queue: where(queue, ("status", "in", ["queued", "running"]), ("rank", "<", 5)),
    lambda queue: where(queue, ("status", "==", "queued"), ("uid", "==", "u")).order_by("rank"),
    lambda queue: where(queue, ("tags", "array_contains", "x")).order_by("created_at"),
    lambda queue: where(queue, ("__name__", ">", queue.document("a"))),
]
REFUSED = [
    lambda queue: where(queue, ("status", "==", "queued")).order_by("created_at"),
    lambda queue: where(queue, ("status", "==", "queued"), ("other", "==", 1)).order_by("rank"),
    lambda queue: queue.order_by("rank").order_by("created_at"),
    lambda queue: where(queue, ("rank", ">", 1), ("created_at", ">", 1)),
    lambda queue: where(queue, ("status", "==", "queued")).order_by("__name__", direction="DESCENDING"),
    lambda queue: where(queue, ("claim", "==", 1)),
]


@pytest.mark.parametrize("build", SERVED)
def test_what_the_indexes_serve_is_answered(client: Any, build: Any) -> None:
    assert list(build(client.collection("queue")).stream()) == []


@pytest.mark.parametrize("build", REFUSED)
def test_what_lacks_an_index_is_refused(client: Any, build: Any) -> None:
    with pytest.raises(exceptions.FailedPrecondition, match="The query requires an index"):
        list(build(client.collection("queue")).stream())


def test_the_index_named_in_a_refusal_serves_the_query_once_added(client: Any, tmp_path: Path) -> None:
    with pytest.raises(exceptions.FailedPrecondition) as refused:
        list(where(client.collection("queue"), ("a", "==", 1), ("b", "==", 1)).order_by("c").stream())
    text = refused.value.message
    assert '"indexes" in firestore.indexes.json' in text
    added = json.loads(text[text.index("{") :])
    assert added == {
        "collectionGroup": "queue",
        "queryScope": "COLLECTION",
        "fields": [{"fieldPath": path, **ASC} for path in "abc"],
    }


def test_a_collection_group_wants_an_index_of_its_own(client: Any) -> None:
    assert list(client.collection_group("live").stream()) == []
    assert list(where(client.collection_group("live"), ("step", ">", 1)).stream()) == []
    with pytest.raises(exceptions.FailedPrecondition, match=r'"fieldOverrides".*"COLLECTION_GROUP"'):
        list(where(client.collection_group("live"), ("eta", ">", 1)).stream())


def test_aggregations_are_refused_too(client: Any) -> None:
    query = where(client.collection("queue"), ("status", "==", "done"))
    assert query.count().get()[0][0].value == 0
    assert query.sum("rank").get()[0][0].value == 0
    with pytest.raises(exceptions.FailedPrecondition):
        query.sum("seconds").get()


FIELD = {"fieldPath": "rank", **ASC}
MALFORMED = {
    "[": "it isn't JSON",
    "[]": "the file is \\[\\]; it must be a JSON object",
    '{"indexes": {}}': "indexes is {}; it must be a list",
    '{"indexes": ["queue"]}': "indexes\\[0\\] is 'queue'; it must be a JSON object",
    json.dumps({"indexes": [{"collectionGroup": "queue", "fields": []}]}): "indexes\\[0\\].fields is \\[\\];",
    json.dumps({"indexes": [{"fields": [FIELD]}]}): "indexes\\[0\\].collectionGroup is None;",
    json.dumps(
        {"indexes": [{"collectionGroup": "queue", "fields": [FIELD, {"fieldPath": "at", "order": "UP"}]}]}
    ): "indexes\\[0\\].fields\\[1\\].order is 'UP'; it must be ASCENDING or DESCENDING",
    json.dumps(
        {"indexes": [{"collectionGroup": "queue", "queryScope": "ALL", "fields": [FIELD]}]}
    ): "indexes\\[0\\].queryScope is 'ALL'; it must be COLLECTION or COLLECTION_GROUP",
    json.dumps(
        {"fieldOverrides": [{"collectionGroup": "queue", "fieldPath": "claim", "indexes": [{}]}]}
    ): "fieldOverrides\\[0\\].indexes\\[0\\].arrayConfig is None; it must be CONTAINS; or give `order`",
}


@pytest.mark.parametrize("content", MALFORMED)
def test_a_malformed_file_is_told_by_its_name_and_the_entry(tmp_path: Path, content: str) -> None:
    file = tmp_path / "firestore.indexes.json"
    file.write_text(content)
    with pytest.raises(ConfigError, match=rf"firestore\.indexes\.json: {MALFORMED[content]}"):
        IndexDefinitions.load(file)
