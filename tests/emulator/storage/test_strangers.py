"""Pages of other sites and rebound names against a server on loopback."""

from __future__ import annotations

import pytest
from google.cloud import storage

from emulator.cors import is_local_host, is_local_origin
from tests.emulator.suite.running import call

FOREIGN = {"Origin": "https://evil.example"}
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "x-goog-upload-command",
}


@pytest.mark.parametrize(
    ("netloc", "local"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("t3.localhost:8080", True),
        ("LOCALHOST", True),
        ("127.0.0.1:9199", True),
        ("[::1]:9199", True),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:80", False),
        ("notlocalhost", False),
        ("10.0.0.7", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_only_names_of_this_machine_are_local(netloc: str, local: bool) -> None:
    assert is_local_host(netloc) == local
    assert is_local_origin(f"http://{netloc}") == local


@pytest.mark.parametrize("origin", ["null", "", "file://", "chrome-extension://localhost"])
def test_origins_that_aren_t_web_pages_of_this_machine_are_foreign(origin: str) -> None:
    assert not is_local_origin(origin)


@pytest.mark.parametrize("path", ["/storage/v1/b", "/v0/b/pictures/o", "/pictures/x.png"])
def test_a_rebound_name_is_refused(address: str, path: str) -> None:
    answer = call(address, "GET", path, headers={"Host": "evil.example:9199"})
    assert answer.status == 403
    assert "evil.example:9199" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/storage/v1/b/pictures/o"),
        ("DELETE", "/storage/v1/b/pictures/o/x.png"),
        ("POST", "/upload/storage/v1/b/pictures/o?uploadType=media&name=x.png"),
        ("POST", "/v0/b/pictures/o?name=x.png"),
    ],
)
def test_a_foreign_page_can_t_act(address: str, bucket: storage.Bucket, method: str, path: str) -> None:
    bucket.blob("x.png").upload_from_string(b"mine")
    assert call(address, method, path, b"theirs", FOREIGN).status == 403
    assert (
        "Access-Control-Allow-Origin" not in call(address, "OPTIONS", path, None, FOREIGN | PREFLIGHT).headers
    )
    assert bucket.blob("x.png").download_as_bytes() == b"mine"


def test_a_foreign_page_can_t_pretend_to_be_a_user(address: str, bucket: storage.Bucket) -> None:
    bucket.blob("x.png").upload_from_string(b"mine")
    pretended = FOREIGN | {"Authorization": "Firebase eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ."}
    assert call(address, "GET", "/v0/b/pictures/o/x.png?alt=media", None, pretended).status == 403


def test_a_foreign_page_may_show_a_picture(address: str, bucket: storage.Bucket) -> None:
    bucket.blob("x.png").upload_from_string(b"mine")
    answer = call(address, "GET", "/v0/b/pictures/o/x.png?alt=media", None, FOREIGN)
    assert (answer.status, answer.body) == (200, b"mine")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://evil.example"


def test_a_page_of_this_machine_gets_its_cors_answers(address: str) -> None:
    page = {"Origin": "http://localhost:5000"}
    asked = call(address, "OPTIONS", "/v0/b/pictures/o?name=x", None, page | PREFLIGHT)
    assert asked.status == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "http://localhost:5000"
    assert asked.headers["Access-Control-Allow-Headers"] == "x-goog-upload-command"
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    missing = call(address, "GET", "/v0/b/pictures/o/none", None, page)
    assert missing.status == 404
    assert missing.headers["Access-Control-Allow-Origin"] == "http://localhost:5000"
    assert "X-Goog-Upload-URL" in missing.headers["Access-Control-Expose-Headers"]
