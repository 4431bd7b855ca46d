"""The project's rules behind the real servers: plain REST, and Google's own test kit with its SDKs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.firestore.rules_access import RulesAccess as FirestoreRules
from emulator.firestore.server import FirestoreServer
from emulator.meter import Meter
from emulator.storage.rules_access import RulesAccess as StorageRules
from emulator.storage.server import StorageServer
from tests.emulator.suite.running import Answer, call, run_node, running
from tests.rules.world import ROOT

DATABASE = "projects/demo/databases/(default)"


@pytest.fixture
def firestore(tmp_path: Path) -> Iterator[str]:
    access = FirestoreRules.load(ROOT / "firestore.rules")
    with running(FirestoreServer(tmp_path, access=access, meter=Meter())) as address:
        yield address


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[str]:
    with running(StorageServer(tmp_path, access=StorageRules.load(ROOT / "storage.rules"))) as address:
        yield address


def bearer(uid: str | None, **claims: Any) -> dict[str, str]:
    """The credentials of a signed-in user, in a token that nobody signed; `owner` is the server itself.

    Production takes tokens alone that Auth has signed, so nobody's claims are of their own making there.
    """
    if uid is None:
        return {}
    if uid == "owner":
        return {"Authorization": "Bearer owner"}
    parts = ({"alg": "none"}, {"sub": uid, "user_id": uid, "aud": "demo", **claims})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return {"Authorization": "Bearer " + ".".join([*encoded, ""])}


def commit(address: str, uid: str | None, *writes: dict[str, Any]) -> Answer:
    url = f"/v1/{DATABASE}/documents:commit"
    return call(address, "POST", url, {"writes": list(writes)}, bearer(uid))


def name(path: str) -> str:
    return f"{DATABASE}/documents/{path}"


def create(uid: str = "alice", task: str = "t1", **fields: Any) -> dict[str, Any]:
    """The write of a task; created_at and rank are the server's time."""
    values = {
        "uid": {"stringValue": uid},
        "prompt": {"stringValue": "a cat"},
        "renderer": {"stringValue": "diffusion"},
        "params": {"mapValue": {"fields": {"steps": {"integerValue": "20"}}}},
        "public": {"booleanValue": False},
        "status": {"stringValue": "queued"},
        "cancel_requested": {"booleanValue": False},
        **fields,
    }
    times = [{"fieldPath": path, "setToServerValue": "REQUEST_TIME"} for path in ("created_at", "rank")]
    return {
        "update": {"name": name(f"queue/{task}"), "fields": values},
        "updateTransforms": times,
        "currentDocument": {"exists": False},
    }


def advance(uid: str = "alice", task: str = "t1") -> dict[str, Any]:
    """The write of the user's place in line."""
    fields = {
        "last_task": {"stringValue": task},
        "waiting": {"arrayValue": {"values": [{"stringValue": task}]}},
        "today": {"integerValue": "1"},
    }
    return {
        "update": {"name": name(f"users/{uid}"), "fields": fields},
        "updateTransforms": [
            {"fieldPath": path, "setToServerValue": "REQUEST_TIME"} for path in ("rank", "day")
        ],
    }


def test_transforms_are_seen_by_the_rules_as_the_values_they_leave(firestore: str) -> None:
    assert commit(firestore, "alice", create()).status == 403
    assert commit(firestore, "bob", create(), advance()).status == 403
    assert commit(firestore, None, create(), advance()).status == 403
    assert commit(firestore, "alice", create(), advance()).status == 200
    again = commit(firestore, "alice", create(task="t2"), advance(task="t2"))
    assert again.status == 403
    error = again.json()["error"]
    assert error["status"] == "PERMISSION_DENIED"
    assert error["message"].startswith("Missing or insufficient permissions. firestore.rules: false at L")


def test_one_denied_write_keeps_the_whole_commit_out(firestore: str) -> None:
    stray = {"update": {"name": name("catalog/mine"), "fields": {}}}
    assert commit(firestore, "alice", create(), advance(), stray).status == 403
    found = call(firestore, "GET", f"/v1/{name('queue/t1')}", headers=bearer("owner"))
    assert found.status == 404


def query(address: str, uid: str | None, *equal: tuple[str, dict[str, Any]]) -> int:
    filters = [
        {"fieldFilter": {"field": {"fieldPath": field}, "op": "EQUAL", "value": value}}
        for field, value in equal
    ]
    where = {"where": {"compositeFilter": {"op": "AND", "filters": filters}}} if filters else {}
    body = {"structuredQuery": {"from": [{"collectionId": "queue"}], **where}}
    return call(address, "POST", f"/v1/{DATABASE}/documents:runQuery", body, bearer(uid)).status


def test_queries_are_proved(firestore: str) -> None:
    mine = ("uid", {"stringValue": "alice"})
    gallery: list[tuple[str, dict[str, Any]]] = [
        ("public", {"booleanValue": True}),
        ("status", {"stringValue": "done"}),
    ]
    assert query(firestore, "alice", mine) == 200
    assert query(firestore, None, *gallery, ("hidden", {"booleanValue": False})) == 200
    assert query(firestore, None, *gallery) == 403
    assert query(firestore, "bob", mine) == 403
    assert query(firestore, "alice") == 403
    assert query(firestore, "owner") == 200


def test_the_console_reads_what_was_denied_and_why(firestore: str) -> None:
    call(firestore, "GET", f"/v1/{name('users/alice')}", headers=bearer("bob"))
    latest = call(firestore, "GET", "/emulator/v1/rules/denials").json()["denials"][0]
    assert (latest["uid"], latest["method"], latest["path"]) == ("bob", "get", "/users/alice")
    rule = (ROOT / "firestore.rules").read_text().splitlines()[latest["line"] - 1]
    assert rule.strip() == "allow get: if isUser(uid);"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"nonsense", "the body is not JSON"),
        ({"rules": {"files": []}}, "rules.files must be"),
        ({"rules": {"files": [{"content": 1}]}}, "rules.files must be"),
        ({"rules": {"files": [{"name": "a.rules", "content": "x"}]}}, "a.rules:1:1: unexpected 'x'"),
        ({"rules": {"files": [{"content": "service firebase.storage {}"}]}}, "rules for firebase.storage"),
    ],
)
def test_only_rules_are_put_in_force(firestore: str, body: Any, problem: str) -> None:
    answer = call(firestore, "PUT", "/emulator/v1/projects/demo:securityRules", body)
    assert answer.status == 400
    assert problem in answer.json()["error"]["message"]
    assert query(firestore, "alice") == 403


def test_rules_put_in_force_hold_at_once(firestore: str) -> None:
    rules = "service cloud.firestore { match /databases/{d}/documents/{c}/{x} { allow read; } }"
    body = {"rules": {"files": [{"content": rules}]}}
    assert call(firestore, "PUT", "/emulator/v1/projects/demo:securityRules", body).status == 200
    assert query(firestore, None) == 200


def upload(address: str, uid: str | None, path: str, content_type: str, size: int = 10) -> int:
    url = f"/v0/b/demo.appspot.com/o?name={path}"
    headers = {**bearer(uid), "Content-Type": content_type, "X-Goog-Upload-Protocol": "raw"}
    return call(address, "POST", url, b"x" * size, headers).status


def test_files_are_guarded(storage: str) -> None:
    picture = "uploads%2Falice%2Fcat.png"
    assert upload(storage, "alice", picture, "image/png") == 200
    assert upload(storage, "alice", picture, "image/png") == 200
    assert upload(storage, "alice", picture, "text/html") == 403
    assert upload(storage, "alice", picture, "image/png", size=10 * 1024 * 1024) == 403
    assert upload(storage, "bob", picture, "image/png") == 403
    assert upload(storage, "alice", "results%2Ft1%2F1%2Fimage.png", "image/png") == 403
    for uid, status in (("alice", 200), ("bob", 403), (None, 403)):
        found = call(storage, "GET", f"/v0/b/demo.appspot.com/o/{picture}", headers=bearer(uid))
        assert found.status == status


@pytest.mark.slow
def test_googles_own_test_kit_agrees(firestore: str, storage: str) -> None:
    run_node("rules/both.mjs", {"FIRESTORE_HOST": firestore, "STORAGE_HOST": storage})
