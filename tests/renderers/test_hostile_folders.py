"""Model folders that a stranger made: nothing in them is run, and what is wrong is told."""

import io
import json
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from contract.errors import DamagedWeights, MissingWeights
from renderers.clip import Clip
from renderers.weights import ModelTable
from tests.renderers.factories import make_models


class Touches:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.touch, (self.trace,)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_models(tmp_path / "models")


def load(root: Path) -> Clip:
    return ModelTable(root).loaded("clip", None, lambda located: Clip.load(located, "cpu"))


def test_a_pickle_beside_missing_weights_is_not_taken_instead(root: Path, tmp_path: Path) -> None:
    (root / "tiny/model.safetensors").unlink()
    torch.save({"state_dict": Touches(tmp_path / "trace")}, root / "tiny/pytorch_model.bin")
    with pytest.raises(MissingWeights, match=r"model\.safetensors isn't there"):
        load(root)
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("protocol", ["torch", "bare"])
def test_a_pickle_under_the_name_of_safetensors_is_damaged(root: Path, tmp_path: Path, protocol: str) -> None:
    content = {"state_dict": Touches(tmp_path / "trace")}
    file = io.BytesIO()
    torch.save(content, file)
    written = file.getvalue() if protocol == "torch" else pickle.dumps(content)
    (root / "tiny/model.safetensors").write_bytes(written)
    with pytest.raises(DamagedWeights, match="can't be loaded"):
        load(root)
    assert not (tmp_path / "trace").exists()


def test_a_header_that_claims_more_than_the_file_has_is_damaged(root: Path) -> None:
    (root / "tiny/model.safetensors").write_bytes((2**40).to_bytes(8, "little") + b"{}")
    with pytest.raises(DamagedWeights, match="can't be loaded"):
        load(root)


def test_code_that_a_folder_brings_for_its_tokenizer_is_not_imported(root: Path, tmp_path: Path) -> None:
    folder = root / "tiny"
    (folder / "tricky.py").write_text(
        f"open({str(tmp_path / 'trace')!r}, 'w')\nclass Tricky:\n    from_pretrained = None\n"
    )
    config = folder / "tokenizer_config.json"
    said = json.loads(config.read_text()) | {
        "tokenizer_class": "Tricky",
        "auto_map": {"AutoTokenizer": ["tricky.Tricky", "tricky.Tricky"]},
    }
    config.write_text(json.dumps(said))
    before = set(sys.modules)
    try:
        load(root)
    except DamagedWeights as error:
        assert "trust_remote_code" in str(error) or "Tricky" in str(error)
    assert not (tmp_path / "trace").exists()
    assert not [name for name in set(sys.modules) - before if "tricky" in name]
