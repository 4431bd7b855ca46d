"""Ranges, conditions and headers of a download."""

from __future__ import annotations

import pytest
from google.cloud import storage

from emulator.storage.download import parse_range
from tests.emulator.suite.running import call

PATH = "/v0/b/pictures/o/clip.mp4?alt=media"
DATA = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def _clip(bucket: storage.Bucket) -> None:
    blob = bucket.blob("clip.mp4")
    blob.cache_control = "public, max-age=31536000, immutable"
    blob.upload_from_string(DATA, content_type="video/mp4")


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [
        ("bytes=0-", 10, range(10)),
        ("bytes=3-5", 10, range(3, 6)),
        ("bytes=3-99", 10, range(3, 10)),
        ("bytes=-4", 10, range(6, 10)),
        ("bytes=-40", 10, range(10)),
        ("bytes=10-", 10, range(10, 10)),
        ("bytes=-0", 10, range(10, 10)),
        ("bytes=0-", 0, range(0)),
        ("bytes=5-3", 10, None),
        ("bytes=-", 10, None),
        ("bytes=0-1,3-4", 10, None),
        ("lines=0-1", 10, None),
        ("", 10, None),
    ],
)
def test_a_range_header_is_read_as_the_standard_says(header: str, size: int, expected: range | None) -> None:
    found = parse_range(header, size)
    assert (found is None) == (expected is None)
    assert list(found or ()) == list(expected or ())


def test_a_range_is_sent_as_partial_content(address: str) -> None:
    answer = call(address, "GET", PATH, headers={"Range": "bytes=100-299"})
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes 100-299/{len(DATA)}"
    assert answer.headers["Content-Length"] == "200"
    assert answer.body == DATA[100:300]


def test_the_whole_says_that_ranges_are_welcome(address: str) -> None:
    answer = call(address, "GET", PATH)
    assert answer.status == 200
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Disposition"] == "inline; filename*=utf-8''clip.mp4"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.body == DATA


def test_a_range_behind_the_end_is_refused_with_the_size(address: str) -> None:
    answer = call(address, "GET", PATH, headers={"Range": "bytes=99999-"})
    assert answer.status == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(DATA)}"


def test_head_tells_all_but_the_bytes(address: str) -> None:
    answer = call(address, "HEAD", PATH)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(DATA))


def test_a_copy_that_is_still_good_is_not_sent_again(address: str, bucket: storage.Bucket) -> None:
    first = call(address, "GET", PATH).headers
    assert call(address, "GET", PATH, headers={"If-None-Match": f'"x", W/{first["ETag"]}'}).status == 304
    assert call(address, "GET", PATH, headers={"If-Modified-Since": first["Last-Modified"]}).status == 304
    bucket.blob("clip.mp4").upload_from_string(b"other")
    assert call(address, "GET", PATH, headers={"If-None-Match": first["ETag"]}).body == b"other"


def test_a_range_of_something_that_changed_is_sent_whole(address: str, bucket: storage.Bucket) -> None:
    etag = call(address, "GET", PATH).headers["ETag"]
    wanted = {"Range": "bytes=0-1", "If-Range": etag}
    assert call(address, "GET", PATH, headers=wanted).status == 206
    bucket.blob("clip.mp4").upload_from_string(b"other")
    answer = call(address, "GET", PATH, headers=wanted)
    assert (answer.status, answer.body) == (200, b"other")


def test_public_addresses_work_as_in_production(address: str) -> None:
    answer = call(address, "GET", "/pictures/clip.mp4", headers={"Range": "bytes=0-3"})
    assert (answer.status, answer.body) == (206, DATA[:4])
