"""Firestore over REST: JSON of wild shapes, at paths and with parameters just as wild."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from emulator.firestore import messages as m
from tests.emulator.fuzz.shapes import NAMES, NOT_JSON, TEXTS, damaged_json, encoded, filled
from tests.emulator.fuzz.victim import DATABASE, OWNER, ROOT, Victim, ask, assert_told, bounded

VERBS: dict[str, Any] = {
    "batchGet": m.BatchGetDocumentsRequest,
    "batchWrite": m.BatchWriteRequest,
    "beginTransaction": m.BeginTransactionRequest,
    "commit": m.CommitRequest,
    "listCollectionIds": m.ListCollectionIdsRequest,
    "rollback": m.RollbackRequest,
    "runAggregationQuery": m.RunAggregationQueryRequest,
    "runQuery": m.RunQueryRequest,
}
PARAMETERS = [
    "mask.fieldPaths",
    "updateMask.fieldPaths",
    "currentDocument.exists",
    "currentDocument.updateTime",
    "documentId",
    "pageSize",
    "pageToken",
    "orderBy",
    "showMissing",
    "transaction",
    "readTime",
]
RAW_PATHS = [
    "/v1/%00",
    "/v1/%ED%A0%80/a",
    "/v1/%FF:commit",
    "/v1/..%2f..",
    "/v1/a b",
    f"/v1/{ROOT}/a/b%2Fc",
    "//v1/",
]


@bounded
@given(data=st.data(), verb=st.sampled_from(sorted(VERBS)))
def test_any_json_is_served_or_refused(victim: Victim, data: st.DataObject, verb: str) -> None:
    shape = encoded(data.draw(filled(VERBS[verb])))
    body = json.dumps(data.draw(damaged_json(shape))).encode()
    path = data.draw(st.sampled_from([ROOT, ROOT, f"{ROOT}/things/one", DATABASE]))
    headers = OWNER if data.draw(st.booleans()) else {}
    assert_told(ask(victim["firestore"], "POST", f"/v1/{path}:{verb}", body, headers))
    victim.check()


@bounded
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"]),
    path=st.sampled_from(NAMES).map(lambda name: "/v1/" + quote(name)) | st.sampled_from(RAW_PATHS),
    parameters=st.lists(st.tuples(st.sampled_from(PARAMETERS), TEXTS | st.just("9" * 5_000)), max_size=3),
    body=filled(m.Document).map(encoded).flatmap(damaged_json),
)
def test_any_resource_is_served_or_refused(
    victim: Victim, method: str, path: str, parameters: list[tuple[str, str]], body: Any
) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in parameters)
    content = b"" if method in ("GET", "HEAD") else json.dumps(body).encode()
    assert_told(ask(victim["firestore"], method, f"{path}?{query}", content, OWNER))
    victim.check()


@bounded
@given(
    verb=st.sampled_from(sorted(VERBS)),
    body=st.sampled_from(NOT_JSON) | st.binary(max_size=20),
    token=st.sampled_from(
        ["Bearer owner", "Bearer", "Bearer a.b.c", "Bearer .W10.", "Bearer .MQ.", "Basic x", "\x7f"]
    ),
    coding=st.sampled_from(["application/json", "text/plain; charset=nonsense", "x/y; charset=utf-16", "\t"]),
)
def test_what_is_no_json_is_refused(victim: Victim, verb: str, body: bytes, token: str, coding: str) -> None:
    headers = {"Authorization": token, "Content-Type": coding}
    for path in (f"/v1/{ROOT}:{verb}", f"/v1/{ROOT}/things"):
        assert_told(ask(victim["firestore"], "POST", path, body, headers))
    victim.check()
