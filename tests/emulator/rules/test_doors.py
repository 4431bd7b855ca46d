"""What the doors of Firestore and Storage show to the rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf import json_format

from emulator.caller import Caller
from emulator.firestore.messages import Document, StructuredQuery, Value
from emulator.firestore.rules_values import rules_document, rules_query, rules_value
from emulator.rules import RuleSet
from emulator.rules.lists import All, Filter, Operator
from emulator.rules.lists import Any as AnyOf
from emulator.rules.live import LiveRules
from emulator.rules.values import LatLng, Path, Timestamp
from emulator.storage.access import AccessRequest, Operation
from emulator.storage.resource import ObjectRecord
from emulator.storage.rules_access import RulesAccess

ROOT = ("databases", "(default)", "documents")
NAME = "projects/demo/databases/(default)/documents/queue/t1"


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ({"nullValue": None}, None),
        ({"booleanValue": True}, True),
        ({"integerValue": "-7"}, -7),
        ({"doubleValue": 1.5}, 1.5),
        ({"stringValue": "é"}, "é"),
        ({"bytesValue": "AAE="}, b"\x00\x01"),
        ({"timestampValue": "2025-10-09T08:53:20.123456789Z"}, Timestamp(1_760_000_000_123_456_789)),
        ({"referenceValue": NAME}, Path((*ROOT, "queue", "t1"))),
        ({"geoPointValue": {"latitude": 1, "longitude": 2}}, LatLng(1.0, 2.0)),
        ({"arrayValue": {"values": [{"integerValue": "1"}, {"nullValue": None}]}}, [1, None]),
        ({"mapValue": {"fields": {"a": {"mapValue": {"fields": {}}}}}}, {"a": {}}),
    ],
)
def test_every_kind_of_value_has_its_type_in_the_rules(written: dict[str, Any], seen: Any) -> None:
    found = rules_value(json_format.ParseDict(written, Value()))
    assert found == seen
    assert type(found) is type(seen)


def test_a_document_is_its_data_its_id_and_its_path() -> None:
    message = json_format.ParseDict({"name": NAME, "fields": {"n": {"integerValue": "1"}}}, Document())
    path = Path((*ROOT, "queue", "t1"))
    assert rules_document(message) == {"data": {"n": 1}, "id": "t1", "__name__": path}
    assert rules_document(None) is None


def query_of(**parts: Any) -> Any:
    return rules_query(NAME.rpartition("/queue")[0], json_format.ParseDict(parts, StructuredQuery()))


def field_filter(operator: str, value: dict[str, Any], field: str = "a.`b c`") -> dict[str, Any]:
    return {"fieldFilter": {"field": {"fieldPath": field}, "op": operator, "value": value}}


@pytest.mark.parametrize(
    ("name", "operator"),
    [
        ("LESS_THAN", "<"),
        ("LESS_THAN_OR_EQUAL", "<="),
        ("GREATER_THAN", ">"),
        ("GREATER_THAN_OR_EQUAL", ">="),
        ("EQUAL", "=="),
        ("NOT_EQUAL", "!="),
        ("ARRAY_CONTAINS", "array-contains"),
        ("IN", "in"),
        ("ARRAY_CONTAINS_ANY", "array-contains-any"),
        ("NOT_IN", "not-in"),
    ],
)
def test_every_operator_of_a_query_reaches_the_proof(name: str, operator: str) -> None:
    found = query_of(where=field_filter(name, {"integerValue": "1"}))
    assert found.where == Filter(("a", "b c"), Operator(operator), 1)


def test_composite_and_unary_filters_reach_the_proof() -> None:
    null = {"unaryFilter": {"field": {"fieldPath": "x"}, "op": "IS_NULL"}}
    present = {"unaryFilter": {"field": {"fieldPath": "y"}, "op": "IS_NOT_NULL"}}
    either = {"compositeFilter": {"op": "OR", "filters": [null, present]}}
    found = query_of(where={"compositeFilter": {"op": "AND", "filters": [either]}})
    x, y = Filter(("x",), Operator.EQUAL, None), Filter(("y",), Operator.NOT_EQUAL, None)
    assert found.where == All((AnyOf((x, y)),))


def test_scope_limit_and_order_of_a_query_reach_the_rules() -> None:
    order = [{"field": {"fieldPath": "rank"}, "direction": "DESCENDING"}, {"field": {"fieldPath": "uid"}}]
    source = [{"collectionId": "queue", "allDescendants": True}]
    found = query_of(**{"from": source}, limit=5, offset=2, orderBy=order)
    assert (found.parent, found.collection, found.all_descendants) == (ROOT, "queue", True)
    assert found.as_value() == {"limit": 5, "offset": 2, "orderBy": "rank DESC, uid ASC"}
    assert query_of(**{"from": [{"collectionId": "queue"}]}).as_value() == {
        "limit": None,
        "offset": None,
        "orderBy": None,
    }


MOMENT = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)


def record(**fields: Any) -> ObjectRecord:
    known: dict[str, Any] = {
        "bucket": "b",
        "name": "up/one.png",
        "generation": 7,
        "metageneration": 2,
        "size": 10,
        "md5_hash": "md5",
        "crc32c": "crc",
        "time_created": MOMENT,
        "updated": MOMENT,
        "content_type": "image/png",
        "metadata": {"owner": "alice"},
    }
    return ObjectRecord(**{**known, **fields})


async def storage_allows(
    allow: str, operation: Operation, before: ObjectRecord | None, after: ObjectRecord | None
) -> bool:
    block = f"match /b/{{bucket}}/o/up/{{file=**}} {{ {allow} }}"
    rules = f"rules_version = '2'; service firebase.storage {{ {block} }}"
    access = RulesAccess(LiveRules("firebase.storage", RuleSet.parse(rules)))
    caller = Caller(uid="alice", claims={"email": "alice@example.org"})
    return await access.allows(AccessRequest(caller, operation, "b", "up/one.png", before, after, MOMENT))


@pytest.mark.parametrize(
    "condition",
    [
        "bucket == 'b' && string(file) == '/one.png'",
        "request.auth.uid == 'alice' && request.auth.token.email == 'alice@example.org'",
        "resource.name == 'up/one.png' && resource.bucket == 'b' && resource.generation == 7",
        "resource.metageneration == 2 && resource.size == 10 && resource.contentType == 'image/png'",
        "resource.timeCreated == request.time && resource.updated == request.time",
        "resource.md5Hash == 'md5' && resource.crc32c == 'crc' && resource.etag is string",
        "resource.metadata.owner == 'alice' && !('contentLanguage' in resource)",
        "request.resource == null && request.path[0] == 'b'",
    ],
)
async def test_the_rules_of_storage_see_the_stored_object(condition: str) -> None:
    assert await storage_allows(f"allow get: if {condition};", Operation.GET, record(), None)


async def test_an_incoming_object_has_no_version_yet() -> None:
    condition = (
        "request.resource.size == 10 && request.resource.metadata.owner == 'alice'"
        " && !('generation' in request.resource) && !('updated' in request.resource) && resource == null"
    )
    assert await storage_allows(f"allow create: if {condition};", Operation.CREATE, None, record())


async def test_bytes_over_an_object_that_exists_are_an_update() -> None:
    assert await storage_allows("allow update;", Operation.CREATE, record(), record(size=11))
    assert not await storage_allows("allow create;", Operation.CREATE, record(), record(size=11))
    assert await storage_allows("allow create;", Operation.CREATE, None, record())
    assert await storage_allows("allow delete;", Operation.DELETE, record(), None)
