"""Loaded models share a budget: the one that was used least recently goes, and its memory with it."""

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from contract.errors import DamagedWeights, SetupError
from renderers.weights import ModelTable, read_table
from renderers.weights.shelf import MB, Shelf, default_budget, memory_of
from renderers.weights.table import hash_of_all


class Pipeline:
    """A model as pipelines hold theirs: parts in a dict, shared ones twice, in a circle with itself."""

    def __init__(self, megabytes: int) -> None:
        part = torch.nn.Linear(MB // 4, megabytes, bias=False)
        self.components: dict[str, Any] = {"unet": part, "again": part, "word": "x"}
        self.components["self"] = self


def take(shelf: Shelf, name: str, megabytes: int, loads: list[str] | None = None) -> Pipeline:
    def load() -> Pipeline:
        if loads is not None:
            loads.append(name)
        return Pipeline(megabytes)

    return shelf.take(("clip", name), 1, load)


def names(shelf: Shelf) -> list[str]:
    return [key[1] for key in shelf.held()]


def test_a_model_is_loaded_once() -> None:
    shelf, loads = Shelf(100), list[str]()
    assert take(shelf, "a", 1, loads) is take(shelf, "a", 1, loads)
    assert loads == ["a"]


def test_the_least_recently_used_goes_first_and_gives_its_memory_back() -> None:
    shelf = Shelf(budget_mb=10)
    first = weakref.ref(take(shelf, "first", 4))
    take(shelf, "second", 4)
    take(shelf, "first", 4)
    take(shelf, "third", 4)
    assert names(shelf) == ["first", "third"]
    assert first() is not None
    take(shelf, "fourth", 5)
    assert names(shelf) == ["third", "fourth"]
    gc.collect()
    assert first() is None


def test_a_shared_part_counts_once() -> None:
    shelf = Shelf(budget_mb=10)
    for name in "abc":
        take(shelf, name, 3)
    assert names(shelf) == ["a", "b", "c"]


def test_a_model_larger_than_the_budget_is_loaded_alone() -> None:
    shelf = Shelf(budget_mb=4)
    take(shelf, "a", 1)
    take(shelf, "large", 8)
    assert names(shelf) == ["large"]
    take(shelf, "b", 1)
    assert names(shelf) == ["b"]


def test_what_the_table_says_counts_where_no_tensors_are_found() -> None:
    shelf = Shelf(budget_mb=10)
    for name in "ab":
        shelf.take(("clip", name), 6, lambda: object())
    assert names(shelf) == ["b"]


def test_a_model_that_does_not_load_leaves_nothing() -> None:
    shelf = Shelf(budget_mb=10)

    def fail() -> None:
        raise DamagedWeights("broken")

    with pytest.raises(DamagedWeights):
        shelf.take(("clip", "a"), 1, fail)
    assert names(shelf) == []
    take(shelf, "a", 1)
    shelf.clear()
    assert names(shelf) == []


def test_without_a_budget_a_share_of_the_memory_is_used() -> None:
    assert MB * 256 < default_budget("cpu") < memory_of("cpu")


TABLE = """
[pipeline]
kind = "diffusion"
default = true
summary = "several files of weights"
folder = "pipeline"
licence = "MIT"
memory_mb = 1
family = "sd15"
native_size = 64
defaults = { steps = 4, guidance = 0.0, scheduler = "lcm" }
[pipeline.files]
"model_index.json" = {}
"unet/model.safetensors" = {}
"vae/model.safetensors" = {}

[style]
kind = "lora"
summary = "a LoRA"
folder = "style"
licence = "MIT"
memory_mb = 1
for = ["sd15"]
[style.files]
"style.safetensors" = {}
"""


def pipeline(root: Path, table: str = TABLE) -> ModelTable:
    (root / "models.toml").write_text(table)
    for name in (
        "pipeline/unet/model.safetensors",
        "pipeline/vae/model.safetensors",
        "style/style.safetensors",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    (root / "pipeline/model_index.json").write_text("{}")
    return ModelTable(root)


def test_a_folder_of_several_weights_is_located_with_what_the_table_says_of_it(tmp_path: Path) -> None:
    models = pipeline(tmp_path)
    located = models.folder("diffusion")
    assert located.files == ("model_index.json", "unet/model.safetensors", "vae/model.safetensors")
    assert (located.family, located.native_size) == ("sd15", 64)
    assert located.defaults == {"steps": 4, "guidance": 0.0, "scheduler": "lcm"}
    assert models.folder("lora", "style").fits == ("sd15",)


def test_its_hash_is_that_of_all_its_weights_and_of_nothing_else(tmp_path: Path) -> None:
    before = pipeline(tmp_path).folder("diffusion").sha256
    (tmp_path / "pipeline/model_index.json").write_text("{ }")
    assert pipeline(tmp_path).folder("diffusion").sha256 == before
    models = pipeline(tmp_path)
    (tmp_path / "pipeline/vae/model.safetensors").write_bytes(b"others")
    assert models.folder("diffusion").sha256 != before


def test_the_hash_of_several_is_that_of_what_sha256sum_prints() -> None:
    # printf '%064d  a\n%064d  b\n' 1 2 | sha256sum
    expected = "5a1703fb020169dace0d044820a46dbe314349c0b2774913e5cbddb1f607dcdd"
    hashes = {"b": f"{2:064}", "a": f"{1:064}"}
    assert hash_of_all(hashes) == expected
    assert hash_of_all({"a": "f" * 64}) == "f" * 64


def test_a_model_whose_files_changed_is_loaded_anew(tmp_path: Path) -> None:
    models, loads = pipeline(tmp_path), list[str]()

    def load(located: Any) -> str:
        loads.append(located.sha256)
        return str(located.sha256)

    for _ in range(2):
        models.loaded("diffusion", None, load)
    (tmp_path / "pipeline/vae/model.safetensors").write_bytes(b"others")
    models.loaded("diffusion", None, load)
    assert len(loads) == 2


def test_a_link_out_of_the_folder_is_refused_and_a_linked_folder_is_not(tmp_path: Path) -> None:
    for name in ("models", "elsewhere"):
        (tmp_path / name).mkdir()
    models = pipeline(tmp_path / "models")
    weights = tmp_path / "models/pipeline/vae/model.safetensors"
    weights.rename(tmp_path / "elsewhere/secret")
    weights.symlink_to(tmp_path / "elsewhere/secret")
    with pytest.raises(DamagedWeights, match="is a link that leads out of its folder"):
        models.folder("diffusion")
    weights.unlink()
    (tmp_path / "elsewhere/secret").rename(weights)
    (tmp_path / "models/pipeline").rename(tmp_path / "elsewhere/pipeline")
    (tmp_path / "models/pipeline").symlink_to(tmp_path / "elsewhere/pipeline")
    assert models.folder("diffusion").key == "pipeline"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('for = ["sd15"]', 'for = ["sd16"]', "style.for is 'sd16', but must be among pipeline, sd15"),
        ('for = ["sd15"]', "", "style.for: a LoRA must name"),
        ('"unet/model.safetensors" = {}', '"unet/model.safetensors" = { convert = "zip" }', "convert: Input"),
        ('"unet/model.safetensors" = {}', '"unet/model.safetensors" = { url = "file:///x" }', "url: String"),
        ('family = "sd15"', 'source = "a/b"', "must have a revision"),
        (
            'kind = "lora"',
            'kind = "gan"',
            "style.kind: Input should be 'clip', 'vqgan', 'diffusion' or 'lora'",
        ),
    ],
)
def test_a_wrong_entry_is_told_by_field(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in TABLE
    (tmp_path / "models.toml").write_text(TABLE.replace(old, new))
    with pytest.raises(SetupError, match=told):
        read_table(tmp_path / "models.toml")
