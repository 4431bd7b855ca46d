"""The table of models on the terminal, and fetching one through the command."""

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from brushfire import cli

CONTENT = b"weights" * 1000
TABLE = """
[here]
kind = "clip"
default = true
summary = "a small one that is here"
folder = "here"
licence = "MIT"
memory_mb = 10
[here.files]
"model.safetensors" = {{ bytes = {size} }}

[huge]
kind = "diffusion"
summary = "one for a machine that nobody has"
folder = "huge"
source = "someone/huge"
revision = "main"
gated = true
licence = "MIT"
memory_mb = 900000000
[huge.files]
"model.safetensors" = {{}}

[far]
kind = "clip"
summary = "one to fetch"
folder = "far"
licence = "MIT"
memory_mb = 10
[far.files]
"model.safetensors" = {{ url = "{address}/model.safetensors", sha256 = "{hash}", bytes = {size} }}
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A models folder, and a server that has the one that isn't there."""
    served, models = tmp_path / "served", tmp_path / "models"
    for path in (served, models / "here"):
        path.mkdir(parents=True)
        (path / "model.safetensors").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(served)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    address, digest = f"http://127.0.0.1:{server.server_port}", hashlib.sha256(CONTENT).hexdigest()
    (models / "models.toml").write_text(TABLE.format(address=address, hash=digest, size=len(CONTENT)))
    yield models
    server.shutdown()
    server.server_close()


def test_the_table_says_what_is_here_and_what_fits(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "--models", str(folder), "--device", "cpu", "--json"]) == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(rows) == ["here", "far", "huge"]
    assert (rows["here"]["here"], rows["here"]["default"], rows["here"]["fits"]) == (True, True, True)
    assert (rows["far"]["here"], rows["far"]["bytes"]) == (False, len(CONTENT))
    assert (rows["huge"]["fits"], rows["huge"]["bytes"], rows["huge"]["gated"]) == (False, None, True)
    assert cli.main(["models", "--models", str(folder), "--device", "cpu"]) == 0
    shown = capsys.readouterr().out
    assert "here *" in shown
    assert "MIT (ask for access)" in shown


def test_a_model_is_fetched_and_its_folder_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "--models", str(folder), "pull", "far"]) == 0
    said = capsys.readouterr()
    assert said.out == f"{folder / 'far'}\n"
    assert "far: model.safetensors" in said.err
    assert (folder / "far/model.safetensors").read_bytes() == CONTENT


def test_an_unknown_key_is_told_before_anything_is_fetched(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["models", "--models", str(folder), "pull", "far", "nosuch"]) == 1
    assert "the model is 'nosuch', but must be one of far, here, huge" in capsys.readouterr().err
    assert not (folder / "far").exists()


def test_the_operators_folder_is_used_unless_another_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRUSHFIRE_MODELS", str(folder))
    assert cli.main(["models", "--json", "--device", "cpu"]) == 0
    assert "huge" in capsys.readouterr().out
    assert cli.main(["models", "--models", str(folder / "nosuch")]) == 1
    assert "must be a folder with a models.toml" in capsys.readouterr().err
