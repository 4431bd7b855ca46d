"""Files fetched from a server that answers, breaks off, lies and says no."""

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.errors import DamagedWeights, SetupError
from renderers.weights import download
from renderers.weights.download import Fetched, Wanted, fetch
from tests.renderers.file_server import CONTENT, HASH, Server, only


def bring(server: Server, target: Path, sha256: str | None = HASH, **known: Any) -> Fetched:
    return fetch(Wanted(f"{server.address}/file", sha256, **known), target, pause=0.001)


def test_a_file_comes_whole_and_its_progress_is_told(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    wanted = Wanted(f"{server.address}/file", HASH, len(CONTENT))
    found = fetch(wanted, tmp_path / "deep" / "file", lambda here, total: told.append((here, total)))
    assert found == Fetched(HASH, len(CONTENT))
    assert (tmp_path / "deep/file").read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert only(tmp_path / "deep", "file")


def test_a_connection_that_breaks_off_is_gone_on_with_at_the_byte(server: Server, tmp_path: Path) -> None:
    server.breaks = [100_000, 50_000, 1]
    bring(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [request.range for request in server.asked] == [
        None,
        "bytes=100000-",
        "bytes=150000-",
        "bytes=150001-",
    ]
    assert {request.if_range for request in server.asked[1:]} == {'"one"'}


def test_another_run_goes_on_where_the_last_stopped(server: Server, tmp_path: Path) -> None:
    server.breaks = [120_000, *[0] * 20]
    with pytest.raises(SetupError, match="what came so far is kept, run the command again"):
        bring(server, tmp_path / "file")
    assert only(tmp_path, "file.part", "file.part.json")
    assert len(server.asked) == 1 + download.TRIES
    server.breaks, server.asked = [], []
    bring(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [request.range for request in server.asked] == ["bytes=120000-"]
    assert only(tmp_path, "file")


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(server: Server, tmp_path: Path) -> None:
    server.breaks = [120_000, *[0] * 20]
    with pytest.raises(SetupError):
        bring(server, tmp_path / "file")
    other = CONTENT[::-1]
    server.files, server.etag, server.breaks = {"/file": other}, '"two"', []
    bring(server, tmp_path / "file", hashlib.sha256(other).hexdigest())
    assert (tmp_path / "file").read_bytes() == other


@pytest.mark.parametrize("etag", ['W/"weak"', ""])
def test_what_can_not_be_told_from_another_version_is_begun_anew(
    server: Server, tmp_path: Path, etag: str
) -> None:
    server.etag, server.breaks = etag, [100_000]
    bring(server, tmp_path / "file")
    assert [request.range for request in server.asked] == [None, None]


def test_a_server_that_knows_no_ranges_is_asked_for_the_whole(server: Server, tmp_path: Path) -> None:
    server.ranges, server.breaks = False, [100_000]
    bring(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_what_was_all_here_when_the_process_died_is_only_checked(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT)
    note = {"url": f"{server.address}/file", "version": server.etag}
    (tmp_path / "file.part.json").write_text(json.dumps(note))
    bring(server, tmp_path / "file")
    assert [request.range for request in server.asked] == [f"bytes={len(CONTENT)}-"]
    assert only(tmp_path, "file")


def test_a_part_of_another_address_is_not_gone_on_with(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"x" * 1000)
    (tmp_path / "file.part.json").write_text(json.dumps({"url": "http://other/file", "version": '"one"'}))
    bring(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_server_that_is_busy_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.statuses = [503, 429, 500]
    bring(server, tmp_path / "file")
    assert len(server.asked) == 4


def test_a_wrong_hash_is_told_and_nothing_is_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DamagedWeights, match=f"SHA-256 {HASH[:12]}.*must be 000000000000"):
        bring(server, tmp_path / "file", "0" * 64)
    assert only(tmp_path)


def test_a_hash_that_the_hub_tells_is_held_to(
    start_server: Callable[[], Server], server: Server, tmp_path: Path
) -> None:
    front = start_server()
    front.redirect_to = server.address
    front.headers = {"x-linked-etag": f'"{HASH}"', "x-repo-commit": "c0ffee"}
    assert bring(front, tmp_path / "good", None).commit == "c0ffee"
    server.files["/file"] = CONTENT[::-1]
    with pytest.raises(DamagedWeights, match=f"must be {HASH[:12]}"):
        bring(front, tmp_path / "file", None)
    assert only(tmp_path, "good")


def test_a_wrong_size_is_told_before_anything_comes(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DamagedWeights, match="has 256000 bytes, but must have 5"):
        bring(server, tmp_path / "file", bytes=5)
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (404, "the server answers 404"),
        (403, r"is refused \(403\); accept the terms"),
        (401, "401"),
        (418, "418"),
    ],
)
def test_a_server_that_says_no_is_quoted_and_not_asked_again(
    server: Server, tmp_path: Path, status: int, told: str
) -> None:
    server.statuses = [status]
    with pytest.raises(SetupError, match=told):
        bring(server, tmp_path / "file", terms="accept the terms")
    assert len(server.asked) == 1
    assert not (tmp_path / "file").exists()


def test_a_web_page_in_place_of_the_file_is_told(server: Server, tmp_path: Path) -> None:
    server.headers = {"content-type": "text/html; charset=utf-8"}
    with pytest.raises(SetupError, match="gives a web page instead of a file"):
        bring(server, tmp_path / "file", None)
    assert not (tmp_path / "file").exists()


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="can't be fetched: .*what came so far is kept"):
        fetch(Wanted("http://127.0.0.1:9/file"), tmp_path / "file", pause=0.001)


def test_too_small_a_disk_is_told_before_anything_comes(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1_000_000}))
    with pytest.raises(SetupError, match="has 1 MB free, but 0 MB are to come; make room"):
        bring(server, tmp_path / "file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_disk_that_fills_up_is_told(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            with Path("/dev/full").open("wb", buffering=0) as full:
                return full.write(data) or 0

    part = tmp_path / "file.part"
    wanted = Wanted(f"{server.address}/file")
    with pytest.raises(SetupError, match="the disk is full; make room"), httpx.Client() as client:
        download._persist(client, wanted, Full(), part, lambda here, total: None, 0.001)


def test_two_at_once_do_not_write_one_file(server: Server, tmp_path: Path) -> None:
    with download._alone(tmp_path / "file.part"), pytest.raises(SetupError, match="by another process"):
        bring(server, tmp_path / "file")


def test_the_token_is_shown_to_the_hub_and_not_to_where_it_sends_us(
    start_server: Callable[[], Server], server: Server, tmp_path: Path
) -> None:
    front = start_server()
    # Another host for the client: the same machine under another name.
    front.redirect_to = server.address.replace("127.0.0.1", "localhost")
    bring(front, tmp_path / "file", token="secret")
    assert front.asked[0].authorization == "Bearer secret"
    assert server.asked[0].authorization is None
