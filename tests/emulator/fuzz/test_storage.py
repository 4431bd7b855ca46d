"""Storage: names, ranges, bodies and metadata that no client would send."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.fuzz.shapes import JSON, NOT_JSON, TEXTS
from tests.emulator.fuzz.victim import OWNER, Victim, ask, assert_told, bounded

NAMES = st.sampled_from(
    [
        "one.png",
        "..",
        "../../etc/passwd",
        "%2e%2e%2f",
        "a/../b",
        "nul\0",
        "line\r\nX-Evil: 1",
        "é/\U0001f525",
        "x" * 1_100,
        "a" * 300 + "/" + "b" * 300,
        " ",
        "?#",
        "\\\\server\\share",
        "CON",
    ]
) | st.text(max_size=6, alphabet=st.characters(exclude_categories=["Cs"]))
RAW_NAMES = ["%00", "%ff", "%ED%A0%80", "a%2", "%", "..", "a//b", "a%2F..%2F..%2Fb"]
BUCKETS = ["pictures", "p", "UPPER", "..", "%00", "a" * 300, "v0", "é"]
NUMBERS = ["0", "-1", "1", "x", "9" * 30, "9" * 5_000, "1.5", "٣", ""]
RANGES = [
    "bytes=0-0",
    "bytes=5-1",
    "bytes=-0",
    "bytes=-99999999999999999999",
    "bytes=99999999999999999999-",
    f"bytes={'9' * 5_000}-",
    "bytes=0-1,2-3",
    "bytes=a-b",
    "bytes=--1",
    "lines=0-1",
    "bytes=٣-٤",
    "",
]
CONTENT_RANGES = [
    "bytes 0-9/10",
    "bytes */*",
    "bytes */0",
    "bytes 5-1/3",
    "bytes 0-99999999999999999999/*",
    f"bytes {'9' * 5_000}-1/2",
    "bytes 0-1/99999999999999999999",
    "bytes -1-2/3",
    "bytes ٣-٤/٥",
    "nonsense",
    "",
]
FIELDS = [
    "name",
    "contentType",
    "metadata",
    "md5Hash",
    "crc32c",
    "cacheControl",
    "contentDisposition",
    "size",
    "acl",
]
METADATA = st.dictionaries(st.sampled_from(FIELDS), JSON | TEXTS, max_size=4)
CONDITIONS = [
    "ifGenerationMatch",
    "ifGenerationNotMatch",
    "ifMetagenerationMatch",
    "generation",
    "alt",
    "token",
]
LISTING = [
    "prefix",
    "delimiter",
    "pageToken",
    "maxResults",
    "startOffset",
    "endOffset",
    "matchGlob",
    "versions",
]

paths = st.builds(
    lambda api, bucket, name: f"{api}/{quote(bucket, safe='%.')}/o/{name}",
    st.sampled_from(["/v0/b", "/storage/v1/b", "/download/storage/v1/b"]),
    st.sampled_from(["pictures", "pictures", *BUCKETS]),
    NAMES.map(lambda name: quote(name, safe="")) | st.sampled_from(RAW_NAMES),
)
queries = st.lists(
    st.tuples(st.sampled_from(CONDITIONS + LISTING), st.sampled_from(NUMBERS) | TEXTS), max_size=3
).map(lambda pairs: "&".join(f"{key}={quote(value)}" for key, value in pairs))
headers = st.fixed_dictionaries(
    {},
    optional={
        "Range": st.sampled_from(RANGES),
        "If-Range": st.sampled_from(["x", '"0.0"']),
        "If-None-Match": st.sampled_from(["*", '"', "W/"]),
        "If-Modified-Since": st.sampled_from(["yesterday", "Mon, 99 Foo 99999 99:99:99 GMT", "", "0"]),
        "Authorization": st.sampled_from(["Firebase owner", "Firebase a.b.c", "Bearer owner", "Firebase"]),
    },
)


def put_one(victim: Victim) -> None:
    """An object to ask for."""
    answer = ask(victim["storage"], "POST", "/v0/b/pictures/o?name=one.png", b"0123456789", OWNER)
    assert answer.status == 200


@bounded
@given(
    method=st.sampled_from(["GET", "GET", "HEAD", "PATCH", "PUT", "DELETE", "POST"]),
    path=paths,
    query=queries,
    headers=headers,
    body=METADATA | JSON,
)
def test_any_object_is_served_or_refused(
    victim: Victim, method: str, path: str, query: str, headers: dict[str, str], body: Any
) -> None:
    put_one(victim)
    content = json.dumps(body).encode() if method in ("PATCH", "PUT", "POST") else b""
    encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert_told(ask(victim["storage"], method, f"{path}?{query}", content, encoded))
    for media in ("/v0/b/pictures/o/one.png?alt=media", "/download/storage/v1/b/pictures/o/one.png"):
        assert_told(ask(victim["storage"], "GET", media, headers=encoded))
    victim.check()


@bounded
@given(api=st.sampled_from(["/v0/b", "/storage/v1/b"]), bucket=st.sampled_from(BUCKETS), query=queries)
def test_any_list_is_served_or_refused(victim: Victim, api: str, bucket: str, query: str) -> None:
    put_one(victim)
    assert_told(ask(victim["storage"], "GET", f"{api}/{quote(bucket, safe='%')}/o?{query}", headers=OWNER))
    assert_told(ask(victim["storage"], "GET", f"{api}/{quote(bucket, safe='%')}?{query}", headers=OWNER))
    victim.check()


MULTIPARTS = [
    ("multipart/related", b"--x\r\n\r\n{}\r\n--x\r\n\r\nabc\r\n--x--"),
    ("multipart/related; boundary=", b"--\r\n\r\n{}\r\n--\r\n"),
    ("multipart/related; boundary=x", b""),
    ("multipart/related; boundary=x", b"--x--"),
    ("multipart/related; boundary=x", b"--x\r\n\r\n{}"),
    ("multipart/related; boundary=x", b"--x\r\n\r\n{}\r\n--x--"),
    ("multipart/related; boundary=x", b"--x\r\nnonsense\r\n\r\n{}\r\n--x\r\n\r\nabc\r\n--x--"),
    ("multipart/related; boundary=x", b"--x\r\nContent-Length: -5\r\n\r\n{}\r\n--x\r\n\r\nabc\r\n--x--"),
    ("multipart/related; boundary=x", b"--x\r\nContent-Length: 99\r\n\r\n{}\r\n--x\r\n\r\nabc\r\n--x--"),
    ("multipart/related; boundary=x", b"--x\r\nContent-Length: x\r\n\r\n{}\r\n--x\r\n\r\nabc\r\n--x--"),
    (
        "multipart/related; boundary=x",
        b"--x\r\nContent-Type: multipart/mixed\r\n\r\n{}\r\n--x\r\n\r\na\r\n--x--",
    ),
    ("multipart/related; boundary=x", b"--x\r\nContent-Encoding: gzip\r\n\r\n{}\r\n--x\r\n\r\nabc\r\n--x--"),
    (
        "multipart/related; boundary=x",
        b"--x\r\nContent-Transfer-Encoding: base64\r\n\r\n{\r\n--x\r\n\r\na\r\n--x--",
    ),
    (f"multipart/related; boundary={'b' * 500}", b"--x--"),
    ("text/plain", b"--x--"),
]


@bounded
@given(
    address=st.sampled_from(
        [
            ("/v0/b/pictures/o?name=two", {"X-Goog-Upload-Protocol": "multipart"}),
            ("/upload/storage/v1/b/pictures/o?uploadType=multipart&name=two", OWNER),
        ]
    ),
    form=st.sampled_from(MULTIPARTS),
    metadata=METADATA | JSON | st.none(),
)
def test_any_multipart_upload_is_served_or_refused(
    victim: Victim, address: tuple[str, dict[str, str]], form: tuple[str, bytes], metadata: Any
) -> None:
    (path, given_headers), (content_type, body) = address, form
    if metadata is not None:
        body = body.replace(b"{}", json.dumps(metadata).encode())
    headers = given_headers | {"Content-Type": content_type}
    assert_told(ask(victim["storage"], "POST", path, body, headers))
    victim.check()


COMMANDS = ["upload", "finalize", "upload, finalize", "query", "cancel", "start", "", "cancel, upload"]


@bounded
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(COMMANDS), st.sampled_from(NUMBERS), st.binary(max_size=8)), max_size=4
    ),
    size=st.sampled_from(NUMBERS),
    metadata=METADATA | JSON,
)
def test_any_resumable_upload_of_a_browser_is_served_or_refused(
    victim: Victim, steps: list[tuple[str, str, bytes]], size: str, metadata: Any
) -> None:
    begin = {
        "X-Goog-Upload-Protocol": "resumable",
        "X-Goog-Upload-Header-Content-Length": size.encode().decode("latin-1"),
    }
    path = "/v0/b/pictures/o?name=three"
    answer = ask(victim["storage"], "POST", path, json.dumps(metadata).encode(), begin | OWNER)
    assert_told(answer)
    session = answer.headers.get("X-GUploader-UploadID") or "none"
    for command, offset, data in steps:
        headers = {
            "X-Goog-Upload-Command": command,
            "X-Goog-Upload-Offset": offset.encode().decode("latin-1"),
        }
        told = ask(victim["storage"], "POST", f"{path}&upload_id={session}", data, headers | OWNER)
        assert_told(told)
    victim.check()


@bounded
@given(
    steps=st.lists(st.tuples(st.sampled_from(CONTENT_RANGES), st.binary(max_size=8)), max_size=4),
    size=st.sampled_from(NUMBERS),
    body=(METADATA | JSON).map(lambda value: json.dumps(value).encode()) | st.sampled_from(NOT_JSON),
)
def test_any_resumable_upload_of_a_server_is_served_or_refused(
    victim: Victim, steps: list[tuple[str, bytes]], size: str, body: bytes
) -> None:
    path = "/upload/storage/v1/b/pictures/o?uploadType=resumable&name=four"
    begin = OWNER | {"X-Upload-Content-Length": size.encode().decode("latin-1")}
    answer = ask(victim["storage"], "POST", path, body, begin)
    assert_told(answer)
    session = answer.headers.get("X-GUploader-UploadID") or "none"
    for content_range, data in steps:
        headers = OWNER | {"Content-Range": content_range.encode().decode("latin-1")}
        assert_told(ask(victim["storage"], "PUT", f"{path}&upload_id={session}", data, headers))
    victim.check()
