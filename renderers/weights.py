"""The table of known weights, and where they lie on this machine.

Only what `models.toml` lists can be used: a public queue must not fetch or open what a stranger names.
"""

import hashlib
import logging
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from contract.errors import DamagedWeights, InvalidTask, MissingWeights, SetupError
from renderers.base import Located, M

log = logging.getLogger(__name__)

MODELS_FOLDER = Path(__file__).resolve().parent.parent / "models"
WEIGHTS_FILE = "model.safetensors"


class KnownFile(BaseModel):
    """A file of a model; what is not known of it is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    bytes: int | None = Field(None, ge=0)


class Model(BaseModel):
    """One entry of `models.toml`; its comments say what the fields mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    summary: str
    folder: str
    licence: str
    memory_mb: int
    files: dict[str, KnownFile]
    source: str | None = None
    revision: str | None = None
    traits: frozenset[str] = frozenset()
    default: bool = False

    @field_validator("folder")
    @classmethod
    def _folder_stays_below(cls, folder: str) -> str:
        return _below(folder)

    @field_validator("files")
    @classmethod
    def _files_stay_below(cls, files: dict[str, KnownFile]) -> dict[str, KnownFile]:
        if WEIGHTS_FILE not in files:
            raise ValueError(f"'{WEIGHTS_FILE}' must be among the files")
        for name in files:
            _below(name)
        return files


class ModelTable:
    """Weights on this machine, by kind and key: `renderers.base.Weights` for real.

    `chosen` is the operator's choice: a key for a kind, in place of the table's default.
    """

    def __init__(self, folder: Path | str = MODELS_FOLDER, chosen: Mapping[str, str] | None = None) -> None:
        """Read `folder/models.toml`. Raises `SetupError` naming the entry that is wrong."""
        self._root = Path(folder)
        self.models = read_table(self._root / "models.toml")
        self._chosen = dict(chosen or {})
        for kind, key in self._chosen.items():
            if key not in self.keys(kind):
                raise SetupError(
                    f"the {kind} model chosen is {key!r}, but must be one of {', '.join(self.keys(kind))}"
                )
        # A file's hash, remembered as long as the file's size and time stay.
        self._hashes: dict[tuple[Path, int, int], str] = {}
        self._warned: set[str] = set()
        self._loaded: dict[str, Any] = {}

    def keys(self, kind: str) -> list[str]:
        """The keys of a kind, sorted."""
        return sorted(key for key, model in self.models.items() if model.kind == kind)

    def folder(self, kind: str, key: str | None = None) -> Located:
        """The folder of the model `key`, or of the one chosen for `kind`.

        Raises `InvalidTask` naming `params.<kind>` for a key that isn't in the table, `MissingWeights` with
        the command that gets it, `DamagedWeights` saying which file isn't what it should be.
        """
        key = key if key is not None else self._default(kind)
        if key not in self.keys(kind):
            raise InvalidTask(f"params.{kind}", key, f"one of {', '.join(self.keys(kind))}")
        model = self.models[key]
        hashes = {name: self._checked(key, model, name) for name in sorted(model.files)}
        self._warn_of_unknown(key)
        path = self._root / model.folder
        return Located(key=key, path=str(path), sha256=hashes[WEIGHTS_FILE], traits=model.traits)

    def loaded(self, kind: str, key: str | None, load: Callable[[Located], M]) -> M:
        """A model ready for use: what `load` makes of its folder, kept for the next task."""
        located = self.folder(kind, key)
        if located.key not in self._loaded:
            self._loaded[located.key] = load(located)
        found: M = self._loaded[located.key]
        return found

    def _default(self, kind: str) -> str:
        if kind in self._chosen:
            return self._chosen[kind]
        for key in self.keys(kind):
            if self.models[key].default:
                return key
        raise MissingWeights(f"models.toml has no default of kind {kind!r}")

    def _checked(self, key: str, model: Model, name: str) -> str:
        """The hash of one file, after it was found to be what the table says."""
        path, known = self._root / model.folder / name, model.files[name]
        if not path.is_file():
            raise MissingWeights(f"{key}: {path} isn't there; run: {how_to_get(self._root, model)}")
        size = path.stat().st_size
        if known.bytes is not None and size != known.bytes:
            raise DamagedWeights(
                f"{key}: {path} has {size} bytes, but must have {known.bytes}; "
                f"delete it and run: {how_to_get(self._root, model)}"
            )
        found = self._hash(path)
        if known.sha256 not in (None, found):
            raise DamagedWeights(
                f"{key}: the SHA-256 of {path} is {found[:12]}…, but must be {str(known.sha256)[:12]}…; "
                f"delete it and run: {how_to_get(self._root, model)}"
            )
        return found

    def _warn_of_unknown(self, key: str) -> None:
        """Say once of a model which of its files nobody could check."""
        unknown = [name for name, file in self.models[key].files.items() if file.sha256 is None]
        if unknown and key not in self._warned:
            self._warned.add(key)
            log.warning("%s: no hash is known of %s; used as found", key, ", ".join(sorted(unknown)))

    def _hash(self, path: Path) -> str:
        stat = path.stat()
        signature = (path, stat.st_size, stat.st_mtime_ns)
        if signature not in self._hashes:
            with path.open("rb") as file:
                self._hashes[signature] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._hashes[signature]


def read_table(path: Path) -> dict[str, Model]:
    """The entries of a `models.toml` by key. Raises `SetupError` naming what is wrong in it."""
    try:
        with path.open("rb") as file:
            entries = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SetupError(f"{path} can't be read: {error}") from error
    models = {}
    for key, entry in entries.items():
        try:
            models[key] = Model.model_validate(entry)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in (key, *first["loc"]))
            raise SetupError(f"{path}: {where}: {first['msg']}") from error
    return models


def how_to_get(root: Path, model: Model) -> str:
    """The command that puts a model's files where they belong."""
    where = root / model.folder
    if model.source is None:
        return f"git checkout -- {where}"
    return (
        f"hf download {model.source} {' '.join(sorted(model.files))} "
        f"--revision {model.revision} --local-dir {where}"
    )


def _below(path: str) -> str:
    """A path that stays below the folder it is in, or ValueError."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or "\\" in path or ".." in parts or ":" in path:
        raise ValueError(f"{path!r} leaves the models folder")
    return path
