"""Google's own client against the JSON API."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import os
from datetime import UTC, datetime, timedelta

import google_crc32c
import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound, NotModified, PreconditionFailed
from google.cloud import storage

from tests.emulator.suite.running import call


def test_bytes_and_metadata_come_back_as_they_went_up(bucket: storage.Bucket) -> None:
    blob = bucket.blob("results/a b+ü/%2F?#.png")
    blob.metadata = {"prompt": "a red circle — ünïcode"}
    blob.cache_control, blob.content_disposition = "public, max-age=60", 'inline; filename="x.png"'
    blob.upload_from_string(b"picture", content_type="image/png")
    found = bucket.get_blob(blob.name)
    assert found.name == "results/a b+ü/%2F?#.png"
    assert (found.content_type, found.cache_control) == ("image/png", "public, max-age=60")
    assert found.content_disposition == 'inline; filename="x.png"'
    assert found.metadata == {"prompt": "a red circle — ünïcode"}
    assert found.size == 7
    assert found.download_as_bytes() == b"picture"


def test_hashes_are_those_of_the_bytes(bucket: storage.Bucket) -> None:
    data = os.urandom(100_000)
    blob = bucket.blob("x")
    blob.upload_from_string(data)
    assert blob.md5_hash == base64.b64encode(hashlib.md5(data).digest()).decode()
    assert blob.crc32c == base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


@pytest.mark.parametrize("field", ["md5_hash", "crc32c"])
def test_bytes_that_arrive_damaged_are_refused_and_dropped(bucket: storage.Bucket, field: str) -> None:
    blob = bucket.blob("damaged")
    setattr(blob, field, base64.b64encode(b"1234").decode())
    with pytest.raises(BadRequest, match="doesn't match"):
        blob.upload_from_string(b"bytes", checksum=None)
    assert not bucket.blob("damaged").exists()


def test_each_write_of_bytes_is_a_new_generation(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string(b"1")
    first, created = blob.generation, blob.time_created
    blob.upload_from_string(b"2")
    assert blob.generation > first
    assert blob.metageneration == 1
    assert blob.time_created >= created
    assert abs(datetime.now(UTC) - blob.updated) < timedelta(minutes=1)
    with pytest.raises(NotFound):
        bucket.blob("x", generation=first).reload()


def test_generation_match_0_writes_once(bucket: storage.Bucket) -> None:
    bucket.blob("once").upload_from_string(b"first", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.blob("once").upload_from_string(b"second", if_generation_match=0)
    assert bucket.blob("once").download_as_bytes() == b"first"


def test_writes_and_deletes_keep_to_their_preconditions(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string(b"1", if_generation_match=7)
    blob.upload_from_string(b"1")
    right, wrong = blob.generation, blob.generation + 1
    with pytest.raises(PreconditionFailed):
        blob.delete(if_generation_match=wrong)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string(b"2", if_generation_not_match=right)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string(b"2", if_metageneration_match=9)
    blob.upload_from_string(b"2", if_generation_match=right, if_metageneration_match=1)
    blob.delete(if_generation_match=blob.generation)
    assert not blob.exists()


def test_reads_keep_to_their_preconditions(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string(b"1")
    assert blob.download_as_bytes(if_generation_match=blob.generation) == b"1"
    with pytest.raises(PreconditionFailed):
        blob.download_as_bytes(if_generation_match=blob.generation + 1)
    with pytest.raises(NotModified):
        blob.reload(if_generation_not_match=blob.generation)


def test_metadata_is_patched_one_metageneration_at_a_time(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    blob.metadata = {"keep": "1", "drop": "2"}
    blob.upload_from_string(b"1", content_type="image/png")
    generation = blob.generation
    blob.metadata = {"keep": "1", "drop": None, "more": "3"}
    blob.patch(if_metageneration_match=1)
    assert blob.metadata == {"keep": "1", "more": "3"}
    assert (blob.generation, blob.metageneration, blob.content_type) == (generation, 2, "image/png")
    blob.cache_control = "no-store"
    with pytest.raises(PreconditionFailed):
        blob.patch(if_metageneration_match=1)


def test_what_no_header_can_hold_is_left_out_of_it(bucket: storage.Bucket) -> None:
    blob = bucket.blob("odd")
    blob.upload_from_string(b"bytes")
    blob.content_disposition, blob.content_type = "inline\x08", "image/\x7fpng"
    blob.patch()
    assert blob.download_as_bytes() == b"bytes"
    assert blob.content_type == "image/png"  # as the answer said


def test_an_update_replaces_all_metadata(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    blob.metadata, blob.cache_control = {"a": "1"}, "no-store"
    blob.upload_from_string(b"1", content_type="image/png")
    fresh = bucket.blob("x")
    fresh.content_type = "image/webp"
    fresh.update()
    assert (fresh.content_type, fresh.cache_control, fresh.metadata) == ("image/webp", None, None)


def test_a_download_token_set_by_the_server_opens_the_object(address: str, bucket: storage.Bucket) -> None:
    blob = bucket.blob("results/1.png")
    blob.metadata = {"firebaseStorageDownloadTokens": "11111111-2222"}
    blob.upload_from_string(b"picture", content_type="image/png")
    path = "/v0/b/pictures/o/results%2F1.png?alt=media&token=11111111-2222"
    assert call(address, "GET", path).body == b"picture"
    shown = call(address, "GET", "/v0/b/pictures/o/results%2F1.png").json()
    assert shown["downloadTokens"] == "11111111-2222"
    assert "metadata" not in shown


def test_parts_of_an_object_are_downloaded(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string(b"0123456789")
    assert blob.download_as_bytes(start=2, end=4) == b"234"
    assert blob.download_as_bytes(start=7) == b"789"
    assert blob.download_as_bytes(start=-2) == b"89"
    into = io.BytesIO()
    bucket.blob("x", chunk_size=256 << 10).download_to_file(into)
    assert into.getvalue() == b"0123456789"


def test_an_empty_object_is_an_object(bucket: storage.Bucket) -> None:
    bucket.blob("empty").upload_from_string(b"")
    assert bucket.get_blob("empty").size == 0
    assert bucket.blob("empty").download_as_bytes() == b""


def test_folders_are_listed_by_prefix_and_delimiter(bucket: storage.Bucket) -> None:
    for name in ("a/1", "a/2", "a/in/3", "a/in/4", "b/5", "a"):
        bucket.blob(name).upload_from_string(b"x")
    found = bucket.list_blobs(prefix="a/", delimiter="/")
    assert [blob.name for blob in found] == ["a/1", "a/2"]
    assert found.prefixes == {"a/in/"}
    assert [blob.name for blob in bucket.list_blobs()] == ["a", "a/1", "a/2", "a/in/3", "a/in/4", "b/5"]
    assert [blob.name for blob in bucket.list_blobs(page_size=2, max_results=5)][-1] == "a/in/4"
    assert [blob.name for blob in bucket.list_blobs(start_offset="a/2", end_offset="a/in/4")] == [
        "a/2",
        "a/in/3",
    ]


def test_a_copy_is_an_object_of_its_own(bucket: storage.Bucket) -> None:
    source = bucket.blob("x")
    source.metadata = {"a": "1", "firebaseStorageDownloadTokens": "secret"}
    source.upload_from_string(b"bytes", content_type="image/png")
    copy = bucket.copy_blob(source, bucket, "y", if_generation_match=0)
    source.delete()
    assert copy.download_as_bytes() == b"bytes"
    assert (copy.content_type, copy.metadata) == ("image/png", {"a": "1"})
    token, done, total = bucket.blob("z").rewrite(bucket.blob("y"))
    assert (token, done, total) == (None, 5, 5)
    with pytest.raises(PreconditionFailed):
        bucket.copy_blob(copy, bucket, "z", if_generation_match=0)


def test_a_reader_keeps_what_it_opened_while_the_object_is_replaced(
    address: str, bucket: storage.Bucket
) -> None:
    data = os.urandom(16 << 20)
    bucket.blob("x").upload_from_string(data)
    connection = http.client.HTTPConnection(address)
    connection.request("GET", "/download/storage/v1/b/pictures/o/x?alt=media")
    answer = connection.getresponse()
    head = answer.read(1)
    bucket.blob("x").upload_from_string(b"other")
    assert head + answer.read() == data
    connection.close()


def test_every_bucket_exists_and_only_an_empty_one_goes(bucket: storage.Bucket) -> None:
    client = bucket.client
    assert client.get_bucket("never-made").name == "never-made"
    client.create_bucket("made")
    with pytest.raises(Conflict):
        client.create_bucket("made")
    bucket.blob("x").upload_from_string(b"x")
    assert [found.name for found in client.list_buckets()] == ["made", "pictures"]
    with pytest.raises(Conflict):
        bucket.delete()
    client.bucket("made").delete()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/upload/storage/v1/b/pictures/o?uploadType=media", "name is missing"),
        ("/upload/storage/v1/b/pictures/o?uploadType=sideways&name=x", "must be media, multipart or"),
        ("/upload/storage/v1/b/NO/o?uploadType=media&name=x", "Invalid bucket name"),
        (f"/upload/storage/v1/b/pictures/o?uploadType=media&name={'x' * 1025}", "Invalid object name"),
        ("/upload/storage/v1/b/pictures/o?uploadType=media&name=a%0Ab", "Invalid object name"),
        ("/upload/storage/v1/b/pictures/o?uploadType=media&name=x&ifGenerationMatch=new", "whole number"),
        ("/upload/storage/v1/b/pictures/o?uploadType=multipart&name=x", "multipart/related"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(address: str, path: str, message: str) -> None:
    answer = call(address, "POST", path, b"x")
    assert answer.status == 400
    assert message in answer.json()["error"]["message"]


def test_what_is_not_there_says_so_instead_of_pretending(address: str) -> None:
    answer = call(address, "POST", "/storage/v1/b/pictures/o/x/acl", {})
    assert answer.status == 501
    assert "isn't part of the local Storage" in answer.json()["error"]["message"]


def test_names_of_objects_never_become_paths(bucket: storage.Bucket) -> None:
    for name in ("../../../escape", "/etc/passwd", "a/../../b", "..%2f..%2fescape", "x\0y"):
        bucket.blob(name).upload_from_string(name.encode())
        assert bucket.blob(name).download_as_bytes() == name.encode()
