"""Hosting and the console: paths and headers of any kind; nothing outside the page's folder is ever sent."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.fuzz.shapes import JSON, TEXTS
from tests.emulator.fuzz.victim import Victim, ask, assert_told, bounded

PIECES = [
    "..",
    "%2e%2e",
    "%2e%2e%2f",
    "..%5c",
    "%00",
    "%ff",
    "%",
    "%zz",
    ".",
    "",
    "index.html",
    "old",
    "app",
    "__",
    "firebase",
    "init.json",
    "firebase.json",
    "data",
    "~root",
    "é",
    "x" * 300,
    "?a=b",
    "#c",
    ";d",
    "\t",
]
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Range": st.sampled_from(["bytes=0-0", "bytes=9-", "bytes=x", f"bytes={'9' * 5_000}-"]),
        "If-Modified-Since": st.sampled_from(["x", "Mon, 99 Foo 99999 99:99:99 GMT"]),
        "If-None-Match": st.sampled_from(["*", '"']),
        "Accept-Encoding": st.sampled_from(["gzip", "gzip;q=x", "*"]),
        "Host": st.sampled_from(["localhost", "[", "a:b:c", "localhost:99999999", "\xff", ""]),
        "Origin": st.sampled_from(["null", "http://[", "http://localhost:x", "://", "\xff"]),
        "Content-Type": st.sampled_from(["x; charset=nonsense", ";;;", "a/b/c"]),
    },
)
RANDOM_PATHS = st.lists(st.sampled_from(PIECES), max_size=5).map(lambda pieces: "/" + "/".join(pieces))


@bounded
@given(
    service=st.sampled_from(["hosting", "firestore", "auth", "storage", "ui"]),
    method=st.sampled_from(["GET", "GET", "HEAD", "POST", "OPTIONS", "TRACE", "BREW"]),
    path=RANDOM_PATHS | st.sampled_from(["*", "http://x/", "x", "//x", "/" + "a/" * 2_000]),
    headers=HEADERS,
)
def test_any_path_is_served_or_refused(
    victim: Victim, service: str, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = ask(victim[service], method, path.replace("\t", "%09"), headers=headers)
    assert_told(answer)
    assert b'"hosting"' not in answer.body or b"rules" not in answer.body  # firebase.json, one folder up
    victim.check()


@bounded
@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=st.sampled_from(["documents", "objects", "operations", "denials", "functions", "meter", "events"]),
    name=TEXTS,
    body=JSON,
)
def test_the_console_serves_or_refuses_anything(
    victim: Victim, method: str, path: str, name: str, body: Any
) -> None:
    target = f"/api/{path}?path={name.encode().hex()}&limit={len(name)}"
    assert_told(ask(victim["ui"], method, target, json.dumps(body).encode()))
    victim.check()
