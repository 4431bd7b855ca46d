"""Models of the table, fetched, checked, converted and noted."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from contract.errors import BrushfireError, DamagedWeights, SetupError
from renderers.weights import ModelTable, download
from renderers.weights.pull import Hub, pull
from tests.renderers.file_server import CONTENT, HASH, Server, only

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
