"""What `models.toml` says: one entry a model, checked when the table is read."""

import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from contract.errors import SetupError

Kind = Literal["clip", "vqgan", "diffusion", "lora"]
# How a fetched file of an old format becomes the safetensors that is used (`renderers.weights.convert`).
Conversion = Literal["torch", "taming"]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class KnownFile(BaseModel):
    """A file of a model; what is not known of it is left out.

    It comes from `url`, or else from `path` (by default its own name) in the model's `source`. With
    `convert` what comes is an old checkpoint, of which the file is made; `sha256` and `bytes` are then the
    checkpoint's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Sha256 | None = None
    bytes: int | None = Field(None, ge=0)
    url: str | None = Field(None, pattern=r"^https?://\S+$")
    path: str | None = None
    convert: Conversion | None = None

    @property
    def own_sha256(self) -> str | None:
        """The hash of the file itself, where it is known."""
        return None if self.convert else self.sha256

    @property
    def own_bytes(self) -> int | None:
        """The size of the file itself, where it is known."""
        return None if self.convert else self.bytes


class Model(BaseModel):
    """One entry of `models.toml`; its comments say what the fields mean."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: Kind
    summary: str
    folder: str
    licence: str
    memory_mb: int = Field(ge=0)
    download_mb: int | None = Field(None, ge=0)
    files: dict[str, KnownFile] = Field(min_length=1)
    source: str | None = Field(None, pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str | None = Field(None, pattern=r"^[\w.-]+$")
    gated: bool = False
    family: str | None = Field(None, pattern=r"^[a-z0-9-]+$")
    fits: tuple[str, ...] = Field((), alias="for")
    native_size: int | None = Field(None, ge=8)
    defaults: dict[str, int | float | str] = Field(default_factory=dict)
    traits: frozenset[str] = frozenset()
    default: bool = False

    @field_validator("folder")
    @classmethod
    def _folder_stays_below(cls, folder: str) -> str:
        return _below(folder)

    @field_validator("files")
    @classmethod
    def _files_stay_below(cls, files: dict[str, KnownFile]) -> dict[str, KnownFile]:
        for name in files:
            _below(name)
        if not _weights_of(files):
            raise ValueError("no file of weights ('….safetensors') is among the files")
        return files

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Self:
        if self.source is not None and self.revision is None:
            raise ValueError("a model with a source must have a revision")
        return self

    @property
    def weights(self) -> tuple[str, ...]:
        """The names of its files of weights, sorted: their hashes make the model's."""
        return _weights_of(self.files)

    @property
    def bundled(self) -> bool:
        """Whether its files come with Brushfire, so that none is fetched."""
        return self.source is None and all(file.url is None for file in self.files.values())

    @property
    def bytes(self) -> int | None:
        """The size of all its files as they are fetched: exact, or about (`download_mb`), or unknown."""
        sizes = [file.bytes for file in self.files.values()]
        if None not in sizes:
            return sum(size for size in sizes if size is not None)
        return None if self.download_mb is None else self.download_mb * 1_000_000


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
    _check_what_fits(path, models)
    return models


def how_to_get(root: Path, key: str, model: Model) -> str:
    """The command that puts a model's files where they belong."""
    return f"git checkout -- {root / model.folder}" if model.bundled else f"brushfire models pull {key}"


def _check_what_fits(path: Path, models: Mapping[str, Model]) -> None:
    """A LoRA names what it is for: keys of diffusion models, or families of them."""
    known = {key for key, model in models.items() if model.kind == "diffusion"}
    known |= {model.family for model in models.values() if model.kind == "diffusion" and model.family}
    for key, model in models.items():
        if model.kind == "lora" and not model.fits:
            raise SetupError(f"{path}: {key}.for: a LoRA must name the models or families that it is for")
        for name in model.fits:
            if name not in known:
                accepted = ", ".join(sorted(known)) or "none, as there is no diffusion model"
                raise SetupError(f"{path}: {key}.for is {name!r}, but must be among {accepted}")


def _weights_of(files: Mapping[str, KnownFile]) -> tuple[str, ...]:
    return tuple(sorted(name for name in files if name.endswith(".safetensors")))


def _below(path: str) -> str:
    """A path that stays below the folder it is in, or ValueError."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or "\\" in path or ".." in parts or ":" in path:
        raise ValueError(f"{path!r} leaves the models folder")
    return path
