"""What the rules are asked, and what happens when they refuse."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from emulator.storage.access import AccessRequest, Operation
from emulator.storage.server import StorageServer
from tests.emulator.suite.running import Answer, call, running


class Notebook:
    """Writes down every question and answers as it is told."""

    def __init__(self) -> None:
        self.questions: list[AccessRequest] = []
        self.allowed = set(Operation)

    async def allows(self, request: AccessRequest) -> bool:
        self.questions.append(request)
        return request.operation in self.allowed

    @property
    def last(self) -> AccessRequest:
        return self.questions[-1]


@pytest.fixture
def rules() -> Notebook:
    return Notebook()


@pytest.fixture
def address(tmp_path: Path, rules: Notebook) -> Iterator[str]:
    with running(StorageServer(tmp_path, access=rules)) as address:
        yield address


def as_user(uid: str) -> dict[str, str]:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": uid, "user_id": uid}).encode()).decode().rstrip("=")
    return {"Authorization": f"Firebase eyJhbGciOiJub25lIn0.{claims}."}


OWNER = {"Authorization": "Bearer owner"}
ONE = "/v0/b/pictures/o/uploads%2Fann%2F1.png"


def upload(address: str, headers: Mapping[str, str], data: bytes = b"picture") -> Answer:
    path = "/v0/b/pictures/o?name=uploads%2Fann%2F1.png"
    return call(address, "POST", path, data, {"Content-Type": "image/png"} | dict(headers))


def test_an_upload_is_shown_with_its_size_type_and_hash(address: str, rules: Notebook) -> None:
    assert upload(address, as_user("ann")).status == 200
    asked = rules.last
    assert (asked.operation, asked.bucket, asked.name) == ("create", "pictures", "uploads/ann/1.png")
    assert asked.caller.uid == "ann"
    assert asked.before is None
    assert asked.after is not None
    assert (asked.after.size, asked.after.content_type) == (7, "image/png")
    assert asked.after.md5_hash == base64.b64encode(hashlib.md5(b"picture").digest()).decode()


def test_an_upload_over_an_object_is_an_update(address: str, rules: Notebook) -> None:
    upload(address, OWNER)
    upload(address, as_user("ann"), b"other")
    assert rules.last.operation == "update"
    assert rules.last.before is not None
    assert rules.last.after is not None
    assert (rules.last.before.size, rules.last.after.size) == (7, 5)


def test_each_request_asks_for_its_own_operation(address: str, rules: Notebook) -> None:
    upload(address, OWNER)
    requests: list[tuple[str, str, Operation]] = [
        ("GET", ONE, Operation.GET),
        ("GET", f"{ONE}?alt=media", Operation.GET),
        ("HEAD", f"{ONE}?alt=media", Operation.GET),
        ("GET", "/pictures/uploads/ann/1.png", Operation.GET),
        ("PATCH", ONE, Operation.UPDATE),
        ("GET", "/v0/b/pictures/o?prefix=uploads%2Fann%2F", Operation.LIST),
        ("DELETE", ONE, Operation.DELETE),
    ]
    for method, path, operation in requests:
        assert call(address, method, path, {"contentType": "x/y"} if method == "PATCH" else None).status < 300
        assert rules.last.operation == operation
        assert rules.last.caller.uid is None
    listed = next(asked for asked in rules.questions if asked.operation == "list")
    assert listed.name == "uploads/ann"


def test_what_the_rules_refuse_changes_nothing(address: str, rules: Notebook, tmp_path: Path) -> None:
    upload(address, OWNER)
    before = call(address, "GET", ONE, headers=OWNER).json()
    rules.allowed = set()
    attempts = [
        upload(address, as_user("eve"), b"other"),
        call(address, "PATCH", ONE, {"contentType": "text/html"}, as_user("eve")),
        call(address, "DELETE", ONE, headers=as_user("eve")),
        call(address, "GET", ONE),
        call(address, "GET", f"{ONE}?alt=media&token=guessed"),
        call(address, "GET", "/v0/b/pictures/o"),
        call(address, "GET", "/v0/b/pictures/o/unknown"),
    ]
    assert [attempt.status for attempt in attempts] == [403] * len(attempts)
    assert call(address, "GET", ONE, headers=OWNER).json() == before
    assert list(tmp_path.glob("storage/incoming/*")) == []


def test_a_resumable_upload_is_asked_about_before_its_bytes_are_sent(address: str, rules: Notebook) -> None:
    headers = {
        "X-Goog-Upload-Protocol": "resumable",
        "X-Goog-Upload-Command": "start",
        "X-Goog-Upload-Header-Content-Length": "99",
        "X-Goog-Upload-Header-Content-Type": "video/mp4",
    }
    path = "/v0/b/pictures/o?name=clip.mp4"
    assert call(address, "POST", path, {}, as_user("ann") | headers).status == 200
    assert rules.last.after is not None
    assert (rules.last.after.size, rules.last.after.content_type) == (99, "video/mp4")
    rules.allowed = set()
    assert call(address, "POST", path, {}, as_user("ann") | headers).status == 403


def test_bytes_that_aren_t_what_was_announced_are_asked_about_again(address: str, rules: Notebook) -> None:
    start = {"X-Goog-Upload-Protocol": "resumable", "X-Goog-Upload-Command": "start"}
    begun = call(address, "POST", "/v0/b/pictures/o?name=clip.mp4", {}, as_user("ann") | start)
    session = begun.headers["X-Goog-Upload-URL"].partition(address)[2]
    rules.allowed = set()
    finish = {"X-Goog-Upload-Command": "upload, finalize", "X-Goog-Upload-Offset": "0"}
    assert call(address, "POST", session, b"x" * 500, as_user("ann") | finish).status == 403
    assert rules.last.after is not None
    assert rules.last.after.size == 500
    assert call(address, "GET", "/v0/b/pictures/o/clip.mp4", headers=OWNER).status == 404


def test_a_download_token_opens_its_object_without_the_rules(address: str, rules: Notebook) -> None:
    token = upload(address, OWNER).json()["downloadTokens"]
    rules.allowed = set()
    assert call(address, "GET", f"{ONE}?alt=media&token={token}").body == b"picture"
    assert call(address, "DELETE", f"{ONE}?token={token}").status == 403
    assert call(address, "GET", f"/v0/b/pictures/o/other?alt=media&token={token}").status == 403


def test_the_owner_is_never_asked_about(address: str, rules: Notebook) -> None:
    rules.allowed = set()
    assert upload(address, OWNER).status == 200
    assert call(address, "DELETE", ONE, headers=OWNER).status == 204
    assert rules.questions == []


def test_a_token_that_can_t_be_read_is_unauthorized(address: str) -> None:
    assert upload(address, {"Authorization": "Firebase nonsense"}).status == 401
