"""A VQGAN's configuration: taming-transformers' yaml as plain data; nothing in it is followed or run."""

from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

LARGEST_CONFIG = 100_000  # bytes


class Towers(BaseModel):
    """`ddconfig`: the shape of encoder and decoder, in taming's names. The bounds keep a bad file small."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    double_z: bool = False
    z_channels: int = Field(ge=1, le=2048)
    resolution: int = Field(ge=16, le=2048)
    in_channels: int = Field(3, ge=3, le=3)
    out_ch: int = Field(3, ge=3, le=3)
    ch: int = Field(ge=32, le=512, multiple_of=32)
    ch_mult: tuple[int, ...] = Field(min_length=1, max_length=8)
    num_res_blocks: int = Field(ge=1, le=8)
    attn_resolutions: tuple[int, ...] = ()
    dropout: float = Field(0.0, ge=0, lt=1)
    # Whether a convolution follows each change of resolution.
    resamp_with_conv: bool = True

    @model_validator(mode="after")
    def _widths_are_in_bounds(self) -> Self:
        if not all(1 <= factor <= 16 for factor in self.ch_mult):
            raise ValueError(f"ch_mult is {list(self.ch_mult)}, but each factor must be from 1 to 16")
        if self.double_z:
            raise ValueError("double_z is true: that is a KL autoencoder's, which has no codebook")
        return self


class VqganConfig(BaseModel):
    """`model.params` of the yaml, and whether the codebook is a Gumbel one."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    embed_dim: int = Field(ge=1, le=2048)
    n_embed: int = Field(ge=2, le=262_144)
    ddconfig: Towers
    gumbel: bool = False

    @property
    def factor(self) -> int:
        """How many pixels a code is wide and high: 16 of an 'f16'."""
        return int(2 ** (len(self.ddconfig.ch_mult) - 1))


def read_config(path: Path) -> VqganConfig:
    """Read taming's yaml as plain data. Raises `ValueError` saying what is wrong, or `OSError`.

    An interpolation (`${…}`) is refused rather than followed: OmegaConf's can read the environment.
    """
    if path.stat().st_size > LARGEST_CONFIG:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, but may have {LARGEST_CONFIG}")
    try:
        model = _plain(yaml.safe_load(path.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name} is no plain yaml: {error}") from error
    model = _entry(model, "model", path)
    params = _entry(model, "params", path)
    if "first_stage_config" in params:
        # The yaml of a transformer over codes: the VQGAN is its first stage.
        model = _entry(params, "first_stage_config", path)
        params = _entry(model, "params", path)
    gumbel = str(model.get("target", "")).endswith("GumbelVQ")
    try:
        return VqganConfig.model_validate({**params, "gumbel": gumbel})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in ("model", "params", *first["loc"]))
        raise ValueError(f"{path.name}: {where}: {first['msg']} (it is {first['input']!r})") from error


def _plain(value: Any, seen: set[int] | None = None) -> Any:
    """The same data, once it holds no interpolation. What an alias repeats is looked at once."""
    seen = set() if seen is None else seen
    if isinstance(value, str) and "${" in value:
        raise ValueError(f"{value!r} is an interpolation; only plain values are read")
    if isinstance(value, dict | list) and id(value) not in seen:
        seen.add(id(value))
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            _plain(part, seen)
    return value


def _entry(parent: Any, name: str, path: Path) -> dict[str, Any]:
    found = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} has no mapping {name!r} where taming's has one")
    return found
