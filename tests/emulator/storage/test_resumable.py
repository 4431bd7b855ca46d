"""Uploads that are interrupted, by the client or by the server."""

from __future__ import annotations

import http.client
import io
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from google.cloud import storage

from emulator.storage.server import StorageServer
from tests.emulator.storage.conftest import google_client
from tests.emulator.suite.running import Answer, call, running, until

CHUNK = 256 << 10


def begin(address: str, name: str, size: int | None = None, query: str = "") -> str:
    """Starts a session; its path."""
    headers = {"X-Upload-Content-Type": "video/mp4"} | (
        {"X-Upload-Content-Length": str(size)} if size is not None else {}
    )
    path = f"/upload/storage/v1/b/pictures/o?uploadType=resumable&name={name}{query}"
    answer = call(address, "POST", path, {"metadata": {"a": "1"}}, headers)
    assert answer.status == 200, answer.body
    where = urlsplit(answer.headers["Location"])
    return f"{where.path}?{where.query}"


def put(address: str, session: str, data: bytes, content_range: str) -> Answer:
    return call(address, "PUT", session, data, {"Content-Range": content_range})


def received(address: str, session: str) -> str | None:
    answer = put(address, session, b"", "bytes */*")
    assert answer.status == 308
    return answer.headers["Range"]


def break_off(address: str, session: str, data: bytes, content_range: str, size: int) -> None:
    """Sends `data` of the `size` bytes that were promised, and goes away."""
    connection = http.client.HTTPConnection(address)
    connection.putrequest("PUT", session)
    connection.putheader("Content-Range", content_range)
    connection.putheader("Content-Length", str(size))
    connection.endheaders(data)
    connection.close()


def test_googles_client_uploads_in_chunks_and_finds_its_way_back(
    bucket: storage.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, breaks = os.urandom(5 * CHUNK + 17), [False, True, False, False, True]
    send = requests.Session.request

    def flaky(self: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
        """The bytes arrive and the answer doesn't: the client must ask how far it got."""
        answer = send(self, method, url, **options)
        is_chunk = not options["headers"].get("content-range", "bytes *").startswith("bytes *")
        if is_chunk and breaks and breaks.pop(0):
            raise requests.ConnectionError("broken on purpose")
        return answer

    monkeypatch.setattr(requests.Session, "request", flaky)
    bucket.blob("x", chunk_size=CHUNK).upload_from_file(io.BytesIO(data))
    assert not breaks
    assert bucket.blob("x").download_as_bytes() == data


def test_a_stream_of_unknown_length_is_uploaded(bucket: storage.Bucket) -> None:
    data = os.urandom(2 * CHUNK + 5)
    with bucket.blob("x").open("wb", chunk_size=CHUNK) as sink:
        for at in range(0, len(data), 100_000):
            sink.write(data[at : at + 100_000])
    assert bucket.blob("x").download_as_bytes() == data


def test_nothing_is_seen_of_an_upload_until_it_is_whole(address: str, bucket: storage.Bucket) -> None:
    session = begin(address, "x", 2 * CHUNK)
    assert received(address, session) is None
    assert put(address, session, bytes(CHUNK), f"bytes 0-{CHUNK - 1}/{2 * CHUNK}").status == 308
    assert received(address, session) == f"bytes=0-{CHUNK - 1}"
    assert not bucket.blob("x").exists()
    last = put(address, session, bytes(CHUNK), f"bytes {CHUNK}-{2 * CHUNK - 1}/{2 * CHUNK}")
    assert (last.status, last.json()["size"]) == (200, str(2 * CHUNK))
    assert (last.json()["contentType"], last.json()["metadata"]) == ("video/mp4", {"a": "1"})


def test_what_came_before_a_break_needn_t_be_sent_again(address: str, bucket: storage.Bucket) -> None:
    data = os.urandom(3 * CHUNK)
    session = begin(address, "x", len(data))
    break_off(address, session, data[:CHUNK], f"bytes 0-{len(data) - 1}/{len(data)}", len(data))
    until(lambda: received(address, session) == f"bytes=0-{CHUNK - 1}")

    def go_on() -> bool:
        """Bytes sent again are known, so a client that goes back further than needed does no harm."""
        status = put(address, session, data[100:], f"bytes 100-{len(data) - 1}/{len(data)}").status
        assert status in (200, 503)  # 503 until the server has seen the connection break.
        return status == 200

    until(go_on)
    assert bucket.blob("x").download_as_bytes() == data


def test_an_answer_that_was_lost_is_given_again(address: str) -> None:
    session = begin(address, "x", 5)
    first = put(address, session, b"bytes", "bytes 0-4/5")
    again = put(address, session, b"", "bytes */5")
    assert (first.status, again.status) == (200, 200)
    assert first.json()["generation"] == again.json()["generation"]


def test_an_upload_goes_on_after_a_restart_of_the_server(tmp_path: Path) -> None:
    data = os.urandom(2 * CHUNK)
    with running(StorageServer(tmp_path)) as address:
        session = begin(address, "x", len(data))
        put(address, session, data[:CHUNK], f"bytes 0-{CHUNK - 1}/{len(data)}")
    with running(StorageServer(tmp_path)) as address:
        assert received(address, session) == f"bytes=0-{CHUNK - 1}"
        put(address, session, data[CHUNK:], f"bytes {CHUNK}-{len(data) - 1}/{len(data)}")
        with google_client(address) as client:
            assert client.bucket("pictures").blob("x").download_as_bytes() == data


def test_a_gap_is_refused(address: str) -> None:
    session = begin(address, "x", 100)
    answer = put(address, session, b"x" * 50, "bytes 50-99/100")
    assert answer.status == 400
    assert "has 0 bytes; these begin at 50" in answer.json()["error"]["message"]


def test_more_bytes_than_declared_end_the_upload(address: str, bucket: storage.Bucket) -> None:
    session = begin(address, "x", 3)
    assert put(address, session, b"12345", "bytes 0-4/5").status == 400
    assert put(address, session, b"", "bytes */*").status == 404
    assert not bucket.blob("x").exists()


def test_preconditions_hold_at_the_start_and_at_the_end(address: str, bucket: storage.Bucket) -> None:
    session = begin(address, "x", 5, "&ifGenerationMatch=0")
    bucket.blob("x").upload_from_string(b"other")
    assert put(address, session, b"bytes", "bytes 0-4/5").status == 412
    path = "/upload/storage/v1/b/pictures/o?uploadType=resumable&name=x&ifGenerationMatch=0"
    assert call(address, "POST", path, {}).status == 412
    assert bucket.blob("x").download_as_bytes() == b"other"


def test_a_cancelled_upload_takes_its_bytes_along(address: str, tmp_path: Path) -> None:
    session = begin(address, "x", 100)
    put(address, session, b"x" * 50, "bytes 0-49/100")
    assert call(address, "DELETE", session).status == 499
    assert put(address, session, b"", "bytes */*").status == 404
    assert [file for file in tmp_path.glob("storage/*/**/*") if file.is_file()] == []


def test_a_whole_upload_that_breaks_off_leaves_nothing(address: str, tmp_path: Path) -> None:
    connection = http.client.HTTPConnection(address)
    connection.putrequest("POST", "/upload/storage/v1/b/pictures/o?uploadType=media&name=x")
    connection.putheader("Content-Length", "1000000")
    connection.endheaders(b"x" * 500_000)
    until(lambda: bool(list(tmp_path.glob("storage/incoming/*"))))
    connection.close()
    until(lambda: not list(tmp_path.glob("storage/incoming/*")))
    assert call(address, "GET", "/storage/v1/b/pictures/o/x").status == 404
