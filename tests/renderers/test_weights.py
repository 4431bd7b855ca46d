"""The table of known weights, and how files are checked against it."""

import hashlib
from pathlib import Path
from unittest.mock import Mock

import pytest

from contract.errors import DamagedWeights, InvalidTask, MissingWeights, SetupError
from renderers.weights import MODELS_FOLDER, ModelTable, read_table

ENTRY = """
[one]
kind = "clip"
default = true
summary = "one"
folder = "one"
licence = "MIT"
memory_mb = 1
[one.files]
"model.safetensors" = {{ {known} }}

[two]
kind = "clip"
summary = "two"
folder = "deep/two"
source = "someone/two"
revision = "abc"
licence = "MIT"
memory_mb = 1
[two.files]
"config.json" = {{}}
"model.safetensors" = {{}}

[codes]
kind = "vqgan"
summary = "no CLIP"
folder = "codes"
licence = "MIT"
memory_mb = 1
[codes.files]
"model.safetensors" = {{}}
"""
CONTENT = b"these are weights"
HASH = hashlib.sha256(CONTENT).hexdigest()


def table(root: Path, known: str = f'sha256 = "{HASH}", bytes = {len(CONTENT)}', **chosen: str) -> ModelTable:
    (root / "models.toml").write_text(ENTRY.format(known=known))
    for name in ("one/model.safetensors", "codes/model.safetensors"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(CONTENT)
    return ModelTable(root, chosen)


def test_a_kind_alone_means_the_default_of_the_table(tmp_path: Path) -> None:
    located = table(tmp_path).folder("clip")
    assert (located.key, located.path, located.sha256) == ("one", str(tmp_path / "one"), HASH)


def test_the_operator_may_choose_another_default(tmp_path: Path) -> None:
    models = table(tmp_path, clip="two")
    with pytest.raises(MissingWeights, match="two: .*config.json isn't there"):
        models.folder("clip")
    assert models.folder("clip", "one").key == "one"


def test_an_operators_choice_that_is_not_in_the_table_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="'codes', but must be one of one, two"):
        table(tmp_path, clip="codes")


@pytest.mark.parametrize("key", ["nosuch", "codes", "", "../one", "/etc", "one/../one"])
def test_a_key_that_is_no_model_of_the_kind_is_refused_by_name(tmp_path: Path, key: str) -> None:
    with pytest.raises(InvalidTask, match="must be one of one, two") as caught:
        table(tmp_path).folder("clip", key)
    assert caught.value.field == "params.clip"


def test_missing_files_are_told_with_the_command_that_gets_them(tmp_path: Path) -> None:
    models = table(tmp_path)
    with pytest.raises(MissingWeights, match="run: brushfire models pull two"):
        models.folder("clip", "two")
    (tmp_path / "one/model.safetensors").unlink()
    with pytest.raises(MissingWeights, match=f"git checkout -- {tmp_path}/one"):
        models.folder("clip", "one")


def test_other_bytes_of_the_same_size_are_damaged(tmp_path: Path) -> None:
    models = table(tmp_path)
    (tmp_path / "one/model.safetensors").write_bytes(CONTENT[::-1])
    with pytest.raises(DamagedWeights, match=f"but must be {HASH[:12]}"):
        models.folder("clip")


def test_a_truncated_file_is_damaged_before_it_is_hashed(tmp_path: Path) -> None:
    models = table(tmp_path)
    (tmp_path / "one/model.safetensors").write_bytes(CONTENT[:5])
    with pytest.raises(DamagedWeights, match="has 5 bytes, but must have 17"):
        models.folder("clip")


def test_a_file_is_hashed_once_and_again_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = table(tmp_path)
    digest = Mock(wraps=hashlib.file_digest)
    monkeypatch.setattr(hashlib, "file_digest", digest)
    models.folder("clip")
    models.folder("clip")
    assert digest.call_count == 1
    (tmp_path / "one/model.safetensors").write_bytes(CONTENT + b"!")
    with pytest.raises(DamagedWeights):
        models.folder("clip")


def test_a_file_of_unknown_hash_is_used_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    models = table(tmp_path, known="")
    assert models.folder("clip").sha256 == models.folder("clip").sha256 == HASH
    assert caplog.text.count("one: no hash is known of model.safetensors") == 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('folder = "one"', 'folder = "../one"', "one.folder: .*leaves the models folder"),
        ('folder = "one"', 'folder = "/etc"', "one.folder: .*leaves the models folder"),
        ('folder = "one"', 'folder = "a/../../b"', "one.folder: .*leaves the models folder"),
        ('"config.json" =', '"../../secret" =', "two.files: .*leaves the models folder"),
        ('"model.safetensors" =', '"model.bin" =', "files: .*no file of weights"),
        ('licence = "MIT"', "", "one.licence: Field required"),
        ("memory_mb = 1", 'memory_mb = 1\ncolour = "red"', "one.colour: Extra inputs"),
        ('kind = "clip"', "kind = ", "can't be read"),
    ],
)
def test_a_bad_table_is_told_by_entry_and_field(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "models.toml"
    path.write_text(ENTRY.format(known="").replace(old, new))
    with pytest.raises(SetupError, match=told):
        read_table(path)


def test_a_folder_without_a_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"models\.toml can't be read"):
        ModelTable(tmp_path)


def test_the_projects_own_table_has_one_default_clip_and_sources_for_what_is_not_bundled() -> None:
    models = ModelTable(MODELS_FOLDER).models
    assert [key for key, model in models.items() if model.kind == "clip" and model.default] == [
        "starter-clip"
    ]
    for model in models.values():
        assert model.bundled == model.folder.startswith("starter/")
