"""Old checkpoints as they lie about in the world, and hostile ones: read as tensors, and nothing run."""

import collections
import io
import pickle
import sys
import types
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf
from safetensors import safe_open
from safetensors.torch import load_file

from contract.errors import DamagedWeights
from renderers.base import Located
from renderers.vqgan import Vqgan
from renderers.weights.checkpoints import read_checkpoint
from renderers.weights.convert import convert
from tests.renderers.vqgan_factories import taming_yaml, write_vqgan

WEIGHTS = {
    "encoder.conv_in.weight": torch.randn(4, 3, 3, 3),
    "decoder.conv_out.weight": torch.randn(3, 4, 3, 3).half(),
    "quantize.embedding.weight": torch.randn(16, 4),
    "quant_conv.weight": torch.randn(4, 4, 1, 1),
    "post_quant_conv.weight": torch.randn(4, 4, 1, 1),
    "loss.perceptual_loss.lin0.model.1.weight": torch.randn(1, 4),
}


@pytest.fixture
def lightning() -> Iterator[types.ModuleType]:
    """A trainer's package that is there when the checkpoint is written and not when it is read."""
    module = types.ModuleType("pytorch_lightning.callbacks.model_checkpoint")
    kept = type("ModelCheckpoint", (), {"__module__": module.__name__})
    module.ModelCheckpoint = kept  # type: ignore[attr-defined]
    names = ["pytorch_lightning", "pytorch_lightning.callbacks", module.__name__]
    sys.modules.update(dict.fromkeys(names, module))
    yield module
    for name in names:
        sys.modules.pop(name, None)


def lightning_checkpoint(module: Any) -> dict[str, Any]:
    """What Lightning 1 writes: state, callbacks keyed by their class, hyperparameters as OmegaConf."""
    callback = module.ModelCheckpoint()
    callback.best = torch.tensor(0.3)
    kept = collections.defaultdict(dict, {"steps": {"a": 1}})
    return {
        "epoch": 3,
        "pytorch-lightning_version": "1.0.8",
        "callbacks": {module.ModelCheckpoint: {"best_model_score": torch.tensor(0.3), "callback": callback}},
        "optimizer_states": [{"state": {}, "param_groups": [{"lr": 4.5e-6, "betas": (0.5, 0.9)}]}],
        "state_dict": collections.OrderedDict(WEIGHTS),
        "hyper_parameters": OmegaConf.create(
            {"lr": 1e-4, "data": {"names": ["a", "b"], "root": "${oc.env:HOME}"}}
        ),
        "kept": kept,
    }


def write(path: Path, content: Any, old: bool = False) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=not old)
    return path


@pytest.mark.parametrize("old", [False, True], ids=["new format", "old format"])
def test_a_vqgan_of_lightning_becomes_safetensors_without_its_training(
    tmp_path: Path, lightning: types.ModuleType, old: bool
) -> None:
    path = write(tmp_path / "last.ckpt", lightning_checkpoint(lightning), old)
    for name in [name for name in sys.modules if name.startswith("pytorch_lightning")]:
        del sys.modules[name]
    convert("taming", path, tmp_path / "model.safetensors")
    made = load_file(tmp_path / "model.safetensors")
    assert set(made) == {name for name in WEIGHTS if not name.startswith("loss.")}
    assert all(torch.equal(tensor, WEIGHTS[name]) for name, tensor in made.items())
    assert made["decoder.conv_out.weight"].dtype == torch.float16
    assert sorted(item.name for item in tmp_path.iterdir()) == ["last.ckpt", "model.safetensors"]


@pytest.mark.parametrize("gumbel", [False, True], ids=["plain codebook", "Gumbel codebook"])
def test_a_converted_vqgan_draws_what_its_weights_drew(
    tmp_path: Path, lightning: types.ModuleType, gumbel: bool
) -> None:
    config = taming_yaml(8, gumbel)
    good, made = write_vqgan(tmp_path / "good", config), tmp_path / "made"
    made.mkdir()
    (made / "model.yaml").write_text((good / "model.yaml").read_text())
    state = load_file(good / "model.safetensors") | {"loss.logvar": torch.ones(1)}
    path = write(tmp_path / "last.ckpt", lightning_checkpoint(lightning) | {"state_dict": state})
    convert("taming", path, made / "model.safetensors")
    pictures = [
        Vqgan.load(Located("a", str(folder), ""), "cpu").decode(torch.ones(1, 8, 2, 2))
        for folder in (good, made)
    ]
    assert torch.equal(pictures[0], pictures[1])


@pytest.mark.parametrize("old", [False, True], ids=["new format", "old format"])
def test_plain_tensors_by_name_become_safetensors_that_transformers_takes(tmp_path: Path, old: bool) -> None:
    shared = torch.randn(4, 4)
    path = write(
        tmp_path / "pytorch_model.bin", {"a": shared, "tied": shared, "t": shared.T, "steps": 5}, old
    )
    convert("torch", path, tmp_path / "model.safetensors")
    made = load_file(tmp_path / "model.safetensors")
    assert set(made) == {"a", "tied", "t"}
    assert torch.equal(made["t"], shared.T)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}


def test_the_vqgan_inside_a_transformers_checkpoint_is_taken(tmp_path: Path) -> None:
    state = {f"first_stage_model.{name}": tensor for name, tensor in WEIGHTS.items()}
    path = write(tmp_path / "last.ckpt", {"state_dict": state | {"transformer.head.weight": torch.ones(2)}})
    convert("taming", path, tmp_path / "model.safetensors")
    assert "quantize.embedding.weight" in load_file(tmp_path / "model.safetensors")


def test_a_checkpoint_of_something_else_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "last.ckpt", {"state_dict": {"encoder.a": torch.ones(1)}})
    with pytest.raises(DamagedWeights, match=r"no decoder\.\*: it isn't a VQGAN's"):
        convert("taming", path, tmp_path / "model.safetensors")
    assert not (tmp_path / "model.safetensors").exists()


class Calls:
    """Pickles as a call of any function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> Any:
        return self.function, self.arguments


def attacks(trace: Path) -> dict[str, Any]:
    """Objects that leave `trace` behind when they are unpickled."""
    import os
    import subprocess

    code = f"open({str(trace)!r}, 'w').close()"
    return {
        "a command": Calls(os.system, f"touch {trace}"),
        "code": Calls(eval, code),
        "more code": Calls(exec, code),
        "an attribute": Calls(getattr, Path(trace), "touch"),
        "a process": Calls(subprocess.check_call, ["touch", str(trace)]),
        "another module's function": Calls(trace.write_text, "x"),
        "a path beside allowed ones": Calls(Path.touch, trace),
    }


ATTACKS = sorted(attacks(Path("x")))


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("old", [False, True], ids=["new format", "old format"])
def test_a_pickle_that_would_run_code_is_refused_and_runs_nothing(
    tmp_path: Path, attack: str, old: bool
) -> None:
    trace = tmp_path / "trace"
    content = {"state_dict": WEIGHTS, "callbacks": attacks(trace)[attack]}
    path = write(tmp_path / "hostile.ckpt", content, old)
    with pytest.raises(DamagedWeights, match="which no weights need; refused, and nothing was run"):
        read_checkpoint(path)
    assert not trace.exists()
    torch.load(path, weights_only=False)  # The attack itself is real:
    assert trace.exists() or attack == "an attribute"


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_bare_pickle_is_refused(tmp_path: Path, protocol: int) -> None:
    trace = tmp_path / "trace"
    path = tmp_path / "model.ckpt"
    path.write_bytes(pickle.dumps({"state_dict": attacks(trace)["code"]}, protocol=protocol))
    with pytest.raises(DamagedWeights, match="refused|can't be read"):
        read_checkpoint(path)
    assert not trace.exists()


def test_the_pickle_inside_a_newer_protocol_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.ckpt"
    torch.save({"a": torch.ones(2), "b": attacks(tmp_path / "trace")["code"]}, path, pickle_protocol=4)
    with pytest.raises(DamagedWeights, match="STACK_GLOBAL"):
        read_checkpoint(path)
    assert not (tmp_path / "trace").exists()


def test_a_second_pickle_in_the_archive_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "two.ckpt", {"a": torch.ones(2)})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other/data.pkl", pickle.dumps(attacks(tmp_path / "trace")["code"], protocol=2))
    with pytest.raises(DamagedWeights, match=r"one short data\.pkl"):
        read_checkpoint(path)


def test_an_archive_that_unpacks_to_more_than_it_is_is_refused(tmp_path: Path) -> None:
    good = write(tmp_path / "good.ckpt", {"a": torch.zeros(1_000_000)})
    bomb = tmp_path / "bomb.ckpt"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            target.writestr(member.filename, source.read(member))
    assert bomb.stat().st_size < 20_000
    with pytest.raises(DamagedWeights, match="compressed, which torch never does"):
        read_checkpoint(bomb)


def test_an_archive_whose_entries_overlap_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "good.ckpt", {"a": torch.zeros(1000)})
    file = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(file, "a") as archive:
        for index in range(300):
            twin = zipfile.ZipInfo(f"archive/data/{index + 5}")
            largest = max(archive.infolist(), key=lambda member: member.file_size)
            twin.header_offset, twin.file_size = largest.header_offset, largest.file_size
            twin.compress_size, twin.CRC = largest.compress_size, largest.CRC
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
        archive._didModify = True  # type: ignore[attr-defined]
    path.write_bytes(file.getvalue())
    with pytest.raises(DamagedWeights, match="more than its own size"):
        read_checkpoint(path)


@pytest.mark.parametrize("old", [False, True], ids=["new format", "old format"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.98])
def test_a_truncated_checkpoint_is_told(tmp_path: Path, old: bool, share: float) -> None:
    path = write(tmp_path / "cut.ckpt", {"state_dict": WEIGHTS}, old)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(DamagedWeights, match=r"cut\.ckpt"):
        read_checkpoint(path)


@pytest.mark.parametrize("content", [b"", b"<html>Not found</html>", bytes(range(256)) * 20])
def test_what_is_no_checkpoint_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "page.ckpt"
    path.write_bytes(content)
    with pytest.raises(DamagedWeights, match=r"page\.ckpt can't be read as a checkpoint|refused"):
        read_checkpoint(path)


@pytest.mark.parametrize("content", [torch.ones(3), [torch.ones(3)], {"state_dict": {}}, {"epoch": 3}])
def test_a_checkpoint_without_named_tensors_is_told(tmp_path: Path, content: Any) -> None:
    with pytest.raises(DamagedWeights, match="tensors by name"):
        read_checkpoint(write(tmp_path / "empty.ckpt", content))
