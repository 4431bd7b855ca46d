"""What somebody who means harm may try, against the real servers with the project's rules: see docs/rules.md.

A modified page can send whatever it likes; so each of these is sent as plain REST.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator.auth import AuthServer
from emulator.caller import decode_claims
from emulator.firestore.rules_access import RulesAccess as FirestoreRules
from emulator.firestore.server import FirestoreServer
from emulator.meter import Meter
from emulator.storage.rules_access import RulesAccess as StorageRules
from emulator.storage.server import StorageServer
from tests.emulator.suite.running import call, running
from tests.rules.test_with_clients import DATABASE, advance, bearer, commit, create, name, query, upload
from tests.rules.world import ROOT

DENIED = 403
Write = dict[str, Any]


@pytest.fixture(scope="module")
def firestore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    access = FirestoreRules.load(ROOT / "firestore.rules")
    with running(FirestoreServer(tmp_path_factory.mktemp("f"), access=access, meter=Meter())) as address:
        yield address


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    access = StorageRules.load(ROOT / "storage.rules")
    with running(StorageServer(tmp_path_factory.mktemp("s"), access=access)) as address:
        yield address


def values(data: dict[str, Any]) -> dict[str, Any]:
    """Fields as Firestore's REST writes them."""

    def value(given: Any) -> dict[str, Any]:
        match given:
            case bool():
                return {"booleanValue": given}
            case int():
                return {"integerValue": str(given)}
            case datetime():
                return {"timestampValue": given.isoformat().replace("+00:00", "Z")}
            case list():
                return {"arrayValue": {"values": [value(item) for item in given]}}
            case dict():
                return {"mapValue": {"fields": values(given)}}
        return {"stringValue": given}

    return {key: value(given) for key, given in data.items()}


def put(path: str, *times: str, mask: bool = False, **fields: Any) -> Write:
    """A write of a whole document, or with `mask` of these fields; `times` become the server's time."""
    transforms = [{"fieldPath": field, "setToServerValue": "REQUEST_TIME"} for field in times]
    masked = {"updateMask": {"fieldPaths": list(fields)}, "currentDocument": {"exists": True}} if mask else {}
    return {
        "update": {"name": name(path), "fields": values(fields)},
        "updateTransforms": transforms,
        **masked,
    }


def change(path: str, **fields: Any) -> Write:
    return put(path, mask=True, **fields)


def raise_by(path: str, count: int) -> Write:
    """One more like, as the page counts it: whatever there is, plus `count`."""
    transform = {"fieldPath": "likes", "increment": {"integerValue": str(count)}}
    return {"transform": {"document": name(path), "fieldTransforms": [transform]}}


def given(firestore: str, path: str, **fields: Any) -> str:
    """A document that the server wrote."""
    assert commit(firestore, "owner", put(path, **fields)).status == 200
    return path


def picture(firestore: str, id: str, **fields: Any) -> str:
    """A picture of alice's that everybody sees, with three likes."""
    data = {"uid": "alice", "prompt": "a cat", "public": True, "status": "done", "hidden": False, "likes": 3}
    return given(firestore, f"queue/{id}", **{**data, **fields})


def stored(firestore: str, path: str) -> dict[str, Any] | None:
    """A document as the server sees it; None for none."""
    answer = call(firestore, "GET", f"/v1/{name(path)}", headers=bearer("owner"))
    return None if answer.status == 404 else answer.json()["fields"]


def likes(firestore: str, path: str) -> int:
    fields = stored(firestore, path)
    assert fields is not None
    return int(fields["likes"]["integerValue"])


def read(address: str, uid: str | None, path: str) -> int:
    return call(address, "GET", f"/v1/{name(path)}", headers=bearer(uid)).status


def like(uid: str, path: str) -> Write:
    return put(f"{path}/likes/{uid}", "created_at", uid=uid, task=path.rpartition("/")[2])


def test_anothers_task_is_neither_read_changed_nor_deleted(firestore: str) -> None:
    private = picture(firestore, "private", public=False)
    running = picture(firestore, "running", status="running")
    for uid in ("eve", None):
        assert read(firestore, uid, private) == DENIED
        for path, field, value in (
            (private, "public", True),
            (running, "cancel_requested", True),
            (running, "prompt", "mine"),
            (running, "uid", "eve"),
        ):
            assert commit(firestore, uid, change(path, **{field: value})).status == DENIED
        assert commit(firestore, uid, {"delete": name(private)}).status == DENIED
    assert read(firestore, "alice", private) == 200


def test_a_forged_status_is_refused_on_the_way_in_and_later(firestore: str) -> None:
    for status in ("done", "running", "failed"):
        forged = create("fay", "forged", status={"stringValue": status})
        assert commit(firestore, "fay", forged, advance("fay", "forged")).status == DENIED
    assert commit(firestore, "fay", create("fay", "honest"), advance("fay", "honest")).status == 200
    forgeries: list[dict[str, Any]] = [
        {"status": "done"},
        {"result": {"images": []}},
        {"attempt": 0},
        {"claim": {"epoch": 99}},
    ]
    for fields in forgeries:
        assert commit(firestore, "fay", change("queue/honest", **fields)).status == DENIED


def test_a_forged_rank_is_refused_in_the_task_and_in_its_owners_record(firestore: str) -> None:
    early = datetime.now(UTC) - timedelta(hours=1)
    task, record = create("gil", "early"), advance("gil", "early")
    for write in (task, record):
        write["update"]["fields"] |= values({"rank": early})
        write["updateTransforms"] = [t for t in write["updateTransforms"] if t["fieldPath"] != "rank"]
    assert commit(firestore, "gil", task, record).status == DENIED
    assert commit(firestore, "gil", task, advance("gil", "early")).status == DENIED
    assert commit(firestore, "gil", create("gil", "on-time"), advance("gil", "on-time")).status == 200
    assert commit(firestore, "gil", change("queue/on-time", rank=early)).status == DENIED
    assert commit(firestore, "gil", change("users/gil", rank=early)).status == DENIED
    assert commit(firestore, "gil", {"delete": name("users/gil")}).status == DENIED


def test_parallel_batches_do_not_outrun_the_quota(firestore: str) -> None:
    day = datetime.now(UTC) - timedelta(hours=1)
    waiting = [f"w{number}" for number in range(99)]
    given(firestore, "users/hal", last_task="w98", rank=day, waiting=waiting, day=day, today=99)
    for id in waiting[:6]:
        given(firestore, f"queue/{id}", uid="hal", status="queued")

    def ask(number: int) -> int:
        id = f"race{number}"
        record = put("users/hal", "rank", last_task=id, waiting=[*waiting, id], day=day, today=100)
        return commit(firestore, "hal", create("hal", id), record).status

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert sorted(answers) == [200, *[DENIED] * 7]
    assert sum(stored(firestore, f"queue/race{number}") is not None for number in range(8)) == 1


def test_a_like_counts_once_however_it_is_sent(firestore: str) -> None:
    path = picture(firestore, "liked")
    assert commit(firestore, "eve", raise_by(path, 1)).status == DENIED
    assert commit(firestore, "eve", like("eve", path)).status == DENIED
    assert commit(firestore, "eve", like("eve", path), raise_by(path, 100)).status == DENIED
    twice = commit(firestore, "eve", like("eve", path), raise_by(path, 1), raise_by(path, 1))
    assert twice.status != 200
    other = picture(firestore, "liked-too")
    assert commit(firestore, "eve", like("eve", path), raise_by(path, 1), raise_by(other, 1)).status == DENIED
    assert commit(firestore, "eve", like("bob", path), raise_by(path, 1)).status == DENIED
    assert likes(firestore, path) == 3
    assert commit(firestore, "eve", like("eve", path), raise_by(path, 1)).status == 200
    assert commit(firestore, "eve", like("eve", path), raise_by(path, 1)).status == DENIED
    assert commit(firestore, "eve", {"delete": name(f"{path}/likes/eve")}).status == DENIED
    assert commit(firestore, "alice", change(path, likes=1000)).status == DENIED
    assert likes(firestore, path) == 4


def test_likes_that_race_each_other_count_once_an_account(firestore: str) -> None:
    path = picture(firestore, "raced")

    def press(uid: str) -> int:
        return commit(firestore, uid, like(uid, path), raise_by(path, 1)).status

    with ThreadPoolExecutor(8) as pool:
        same = list(pool.map(press, ["ivy"] * 8))
        others = list(pool.map(press, [f"u{number}" for number in range(6)]))
    assert same.count(200) == 1
    assert others == [200] * 6
    assert likes(firestore, path) == 3 + 1 + 6
    undo = [{"delete": name(f"{path}/likes/ivy")}, raise_by(path, -1)]
    with ThreadPoolExecutor(8) as pool:
        undone = list(pool.map(lambda _: commit(firestore, "ivy", *undo).status, range(8)))
    assert undone.count(200) == 1
    assert likes(firestore, path) == 9


def test_a_prompt_of_a_megabyte_and_fields_of_ones_own_are_refused(firestore: str) -> None:
    for fields in (
        values({"prompt": "x" * 1_000_000}),
        values({"prompt": "x" * 2001}),
        values({"likes": 1000}),
        values({"hidden": False}),
        values({"operator": True}),
        values({"params": {f"p{number}": "x" for number in range(41)}}),
    ):
        assert (
            commit(firestore, "jim", create("jim", "big", **fields), advance("jim", "big")).status == DENIED
        )


def test_html_in_a_prompt_is_kept_as_the_text_that_it_is(firestore: str) -> None:
    hostile = '<script>alert(1)</script><img src=x onerror="alert(2)">\u202e'
    writes = create("kim", "html", **values({"prompt": hostile})), advance("kim", "html")
    assert commit(firestore, "kim", *writes).status == 200
    assert stored(firestore, "queue/html")["prompt"] == {"stringValue": hostile}  # type: ignore[index]


def test_the_e_mail_of_another_is_neither_read_nor_set(firestore: str) -> None:
    path = picture(firestore, "mailed")
    contact = given(firestore, f"{path}/private/contact", email="alice@example.org")
    operator = bearer("bob", operator=True)
    assert call(firestore, "GET", f"/v1/{name(path)}", headers=operator).status == 200
    assert call(firestore, "GET", f"/v1/{name(contact)}", headers=operator).status == DENIED
    for uid in ("eve", None):
        assert read(firestore, uid, contact) == DENIED
        assert commit(firestore, uid, put(contact, email="eve@example.org")).status == DENIED
        assert commit(firestore, uid, {"delete": name(contact)}).status == DENIED
        assert listed(firestore, uid, "private") == DENIED
    assert commit(firestore, "alice", put(contact, email="eve@example.org")).status == DENIED


def test_an_owner_does_not_bring_back_what_was_hidden(firestore: str) -> None:
    path = picture(firestore, "hidden", hidden=True)
    assert read(firestore, "eve", path) == DENIED
    assert commit(firestore, "alice", change(path, hidden=False)).status == DENIED
    without = {**change(path), "updateMask": {"fieldPaths": ["hidden"]}}
    assert commit(firestore, "alice", without).status == DENIED
    again = put(path, uid="alice", prompt="a cat", public=True, status="done", hidden=False, likes=3)
    assert commit(firestore, "alice", again).status == DENIED
    assert commit(firestore, "eve", like("eve", path), raise_by(path, 1)).status == DENIED
    assert commit(firestore, "alice", {"delete": name(path)}, again).status == DENIED
    assert read(firestore, "eve", path) == DENIED


def test_nobody_makes_themselves_an_operator(
    firestore: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with running(AuthServer(tmp_path_factory.mktemp("a"), project="demo")) as auth:

        def ask(method: str, **body: Any) -> dict[str, Any]:
            url = f"/identitytoolkit.googleapis.com/v1/accounts:{method}?key=demo"
            answer: dict[str, Any] = call(auth, "POST", url, body).json()
            return answer

        token = ask("signUp", returnSecureToken=True)["idToken"]
        ask("update", idToken=token, customAttributes=json.dumps({"operator": True}), returnSecureToken=True)
        found = ask("lookup", idToken=token)["users"][0]
        assert "customAttributes" not in found
        ask("update", idToken=token, localId=found["localId"], customAttributes='{"operator":true}')
        again = ask("signUp", returnSecureToken=True, customAttributes='{"operator":true}')
        assert "operator" not in decode_claims(again.get("idToken", token))
        mine = {"Authorization": f"Bearer {token}"}
        assert call(firestore, "GET", f"/v1/{DATABASE}/documents/reports", headers=mine).status == DENIED
    assert commit(firestore, "eve", put("users/eve", operator=True)).status == DENIED
    for path in ("stats/today", "reports/t_u", "operators/eve"):
        assert read(firestore, "eve", path) == DENIED


def test_the_queue_is_not_told_by_visitors_how_it_stands(firestore: str) -> None:
    for path in ("live/queue", "live/desk", "workers/mine", "catalog/mine", "stats/today"):
        assert commit(firestore, "eve", put(path, waiting=0)).status == DENIED


def test_nobody_looks_through_the_tasks_likes_and_reports_of_all(firestore: str) -> None:
    everybodys = ("public", {"booleanValue": True}), ("status", {"stringValue": "done"})
    assert query(firestore, "eve") == DENIED
    assert query(firestore, "eve", *everybodys) == DENIED
    assert query(firestore, "eve", *everybodys, ("hidden", {"booleanValue": True})) == DENIED
    assert query(firestore, "eve", *everybodys, ("hidden", {"booleanValue": False})) == 200
    for collection in ("likes", "reports", "private", "live", "users", "stats"):
        assert listed(firestore, "eve", collection) == DENIED


def test_a_report_is_no_megaphone(firestore: str) -> None:
    path = picture(firestore, "reported")

    def report(uid: str, reason: str, id: str = "") -> int:
        write = put(id or f"reports/reported_{uid}", "created_at", task="reported", uid=uid, reason=reason)
        return commit(firestore, "eve", write).status

    assert report("eve", "x" * 501) == DENIED
    assert report("bob", "in the name of another") == DENIED
    assert report("eve", "another place", "reports/reported_eve_2") == DENIED
    assert report("eve", "it is rude") == 200
    assert report("eve", "it is rude, and twice") == DENIED
    assert read(firestore, "eve", "reports/reported_eve") == DENIED
    assert commit(firestore, "alice", {"delete": name("reports/reported_eve")}).status == DENIED
    assert likes(firestore, path) == 3


def test_too_large_and_wrongly_typed_uploads_are_refused(storage: str) -> None:
    file = "uploads%2Falice%2Fcat.png"
    assert upload(storage, "alice", file, "image/png", 10 * 1024 * 1024) == DENIED
    for content_type in ("text/html", "image/svg+xml", "application/javascript", "image/png, text/html"):
        assert upload(storage, "alice", file, content_type) == DENIED
    for path in (
        "uploads%2Fcat.png",
        "cat.png",
        "results%2Ft%2F1%2Fimage.png",
        "checkpoints%2Ft%2F1%2F1.npz",
    ):
        assert upload(storage, "alice", path, "image/png") == DENIED


def test_the_files_of_others_are_not_deleted_replaced_or_listed(storage: str) -> None:
    mine, result = "uploads%2Falice%2Fcat.png", "results%2Ft1%2F1%2Fimage.png"
    assert upload(storage, "alice", mine, "image/png") == 200
    assert upload(storage, "owner", result, "image/png") == 200
    at = "/v0/b/demo.appspot.com/o"
    for uid in ("eve", None):
        for path in (mine, result):
            assert upload(storage, uid, path, "image/png") == DENIED
            assert call(storage, "DELETE", f"{at}/{path}", headers=bearer(uid)).status == DENIED
            own = {"metadata": {"uid": "eve"}}
            assert call(storage, "PATCH", f"{at}/{path}", own, bearer(uid)).status == DENIED
        for folder in ("", "uploads%2F", "uploads%2Falice%2F", "results%2F", "results%2Ft1%2F"):
            found = call(storage, "GET", f"{at}?prefix={folder}&delimiter=%2F", headers=bearer(uid))
            assert found.status == DENIED


def test_an_owner_deletes_the_files_that_name_them(storage: str) -> None:
    at, result = "/v0/b/demo.appspot.com/o", "results%2Fmine%2F1%2Fimage.png"
    assert upload(storage, "owner", result, "image/png") == 200
    named = call(storage, "PATCH", f"{at}/{result}", {"metadata": {"uid": "alice"}}, bearer("owner"))
    assert named.status == 200
    assert call(storage, "DELETE", f"{at}/{result}", headers=bearer("eve")).status == DENIED
    assert call(storage, "DELETE", f"{at}/{result}", headers=bearer("alice")).status == 204


def listed(firestore: str, uid: str | None, collection: str) -> int:
    """A query for all documents of all collections of that name."""
    body = {"structuredQuery": {"from": [{"collectionId": collection, "allDescendants": True}]}}
    return call(firestore, "POST", f"/v1/{DATABASE}/documents:runQuery", body, bearer(uid)).status
