"""Models fetched from a server that answers, breaks off, lies and says no."""

import hashlib
import io
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import torch
from safetensors.torch import load_file

from contract.errors import BrushfireError, DamagedWeights, SetupError
from renderers.weights import ModelTable, download
from renderers.weights.download import Fetched, Wanted, fetch
from renderers.weights.pull import Hub, pull

CONTENT = bytes(range(256)) * 1000
HASH = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """What the server has and how it misbehaves. `asked` are the requests: path, range and token."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    etag: str = '"one"'
    headers: dict[str, str] = field(default_factory=dict)
    # Bytes after which each answer in turn breaks off; statuses that come first.
    breaks: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    ranges: bool = True
    redirect_to: str | None = None
    asked: list["Request"] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted, headers = request.headers.get("range"), request.headers
        self.asked.append(
            Request(request.path, wanted, headers.get("if-range"), headers.get("authorization"))
        )
        if self.redirect_to:
            return self._plain(
                request, 302, {"location": f"{self.redirect_to}{request.path}", **self.headers}
            )
        if self.statuses:
            return self._plain(request, self.statuses.pop(0), {})
        content = self.files.get(request.path)
        if content is None:
            return self._plain(request, 404, {})
        start = 0
        if wanted and self.ranges and headers.get("if-range") in (None, self.etag):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return self._plain(request, 416, {"content-range": f"bytes */{len(content)}"})
        request.send_response(206 if start else 200)
        if start:
            request.send_header("content-range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        for name, value in {"etag": self.etag, **self.headers}.items():
            request.send_header(name, value)
        request.send_header("content-length", str(len(content) - start))
        request.end_headers()
        rest = content[start:]
        request.wfile.write(rest[: self.breaks.pop(0)] if self.breaks else rest)
        return None

    def _plain(self, request: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("content-length", "0")
        request.end_headers()


class Request(NamedTuple):
    path: str
    range: str | None
    if_range: str | None
    authorization: str | None


@pytest.fixture
def start() -> Iterator[Callable[[], Server]]:
    """Starts servers, and stops them at the end."""
    running: list[ThreadingHTTPServer] = []

    def start() -> Server:
        state = Server(files={"/file": CONTENT})

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.close_connection = True
                state.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        running.append(http)
        state.address = f"http://127.0.0.1:{http.server_port}"
        return state

    yield start
    for http in running:
        http.shutdown()
        http.server_close()


@pytest.fixture
def server(start: Callable[[], Server]) -> Server:
    return start()


def bring(server: Server, target: Path, sha256: str | None = HASH, **known: Any) -> Fetched:
    return fetch(Wanted(f"{server.address}/file", sha256, **known), target, pause=0.001)


def only(folder: Path, *names: str) -> bool:
    return sorted(path.name for path in folder.iterdir()) == sorted(names)


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
    start: Callable[[], Server], server: Server, tmp_path: Path
) -> None:
    front = start()
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
    start: Callable[[], Server], server: Server, tmp_path: Path
) -> None:
    front = start()
    # Another host for the client: the same machine under another name.
    front.redirect_to = server.address.replace("127.0.0.1", "localhost")
    bring(front, tmp_path / "file", token="secret")
    assert front.asked[0].authorization == "Bearer secret"
    assert server.asked[0].authorization is None


TABLE = """
[whole]
kind = "clip"
summary = "from the hub"
folder = "some/whole"
source = "someone/clip"
revision = "main"
licence = "MIT"
memory_mb = 1
[whole.files]
"config.json" = {{}}
"deep/model.safetensors" = {{ path = "variant of it.bin", sha256 = "{hash}" }}

[old]
kind = "vqgan"
summary = "an old checkpoint from a plain address"
folder = "old"
licence = "MIT"
memory_mb = 1
[old.files]
"model.yaml" = {{ url = "{address}/model.yaml" }}
"model.safetensors" = {{ url = "{address}/last.ckpt?dl=1", convert = "taming" }}

[bundled]
kind = "clip"
summary = "comes with Brushfire"
folder = "starter"
licence = "MIT"
memory_mb = 1
[bundled.files]
"model.safetensors" = {{}}
"""


@pytest.fixture
def table(server: Server, tmp_path: Path) -> ModelTable:
    (tmp_path / "models.toml").write_text(TABLE.format(address=server.address, hash=HASH))
    server.files = {
        "/someone/clip/resolve/main/config.json": b"{}",
        "/someone/clip/resolve/main/variant%20of%20it.bin": CONTENT,
        "/model.yaml": b"model: {}",
        "/last.ckpt?dl=1": checkpoint(),
    }
    return ModelTable(tmp_path)


def checkpoint(**more: Any) -> bytes:
    names = ("encoder.a", "decoder.a", "quantize.a", "quant_conv.a", "post_quant_conv.a", "loss.a")
    file = io.BytesIO()
    torch.save({"state_dict": {name: torch.ones(3) for name in names}, **more}, file)
    return file.getvalue()


def test_a_model_of_the_hub_is_fetched_checked_and_noted(server: Server, table: ModelTable) -> None:
    server.headers = {"x-repo-commit": "c0ffee"}
    names: list[str] = []

    def tell(name: str) -> download.Progress:
        names.append(name)
        return lambda here, total: None

    folder = pull(table, "whole", Hub(server.address, "secret"), tell)
    assert names == ["config.json", "deep/model.safetensors"]
    assert {request.authorization for request in server.asked} == {"Bearer secret"}
    note = json.loads((folder / "pulled.json").read_text())
    assert note["commit"] == "c0ffee"
    assert note["files"]["deep/model.safetensors"]["sha256"] == HASH
    assert table.folder("clip", "whole").sha256 == HASH
    server.asked.clear()
    pull(table, "whole", Hub(server.address))
    assert server.asked == []


def test_an_old_checkpoint_is_converted_and_held_to_what_was_made(server: Server, table: ModelTable) -> None:
    folder = pull(table, "old", Hub(server.address, "secret"))
    assert sorted(load_file(folder / "model.safetensors")) == [
        "decoder.a",
        "encoder.a",
        "post_quant_conv.a",
        "quant_conv.a",
        "quantize.a",
    ]
    assert only(folder, "model.yaml", "model.safetensors", "pulled.json")
    assert {request.authorization for request in server.asked} == {None}
    (folder / "model.safetensors").write_bytes(CONTENT)
    with pytest.raises(DamagedWeights, match="SHA-256.*run: brushfire models pull old"):
        table.folder("vqgan", "old")
    pull(table, "old", Hub(server.address))
    assert table.folder("vqgan", "old").key == "old"


def test_a_hostile_checkpoint_is_fetched_and_refused(
    server: Server, table: ModelTable, tmp_path: Path
) -> None:
    class Hostile:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "trace",)

    server.files["/last.ckpt?dl=1"] = checkpoint(callbacks=Hostile())
    with pytest.raises(DamagedWeights, match="which no weights need"):
        pull(table, "old", Hub(server.address))
    assert not (tmp_path / "trace").exists()
    assert only(tmp_path / "old", "model.yaml", "pulled.json") or only(tmp_path / "old")


def test_a_file_put_there_by_hand_is_kept(server: Server, table: ModelTable, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old/model.yaml").write_text("mine")
    pull(table, "old", Hub(server.address))
    assert (tmp_path / "old/model.yaml").read_text() == "mine"


def test_nothing_is_written_through_a_link(server: Server, table: ModelTable, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine")
    (tmp_path / "old").mkdir()
    (tmp_path / "old/model.yaml").symlink_to(secret)
    with pytest.raises(SetupError, match="is a link that leads out"):
        pull(table, "old", Hub(server.address))
    (tmp_path / "some/whole").mkdir(parents=True)
    (tmp_path / "some/whole/deep").symlink_to(tmp_path)
    with pytest.raises(SetupError, match="is a link that leads out"):
        pull(table, "whole", Hub(server.address))
    assert secret.read_text() == "mine"


@pytest.mark.parametrize(
    ("key", "told"), [("nosuch", "must be one of bundled, old, whole"), ("bundled", "git")]
)
def test_what_can_not_be_fetched_is_told(table: ModelTable, key: str, told: str) -> None:
    with pytest.raises(BrushfireError, match=told):
        pull(table, key, Hub())
