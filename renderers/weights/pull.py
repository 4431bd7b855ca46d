"""Bringing a model's files here: fetched, checked, converted where they are old checkpoints, and noted."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from contract.errors import DamagedWeights, MissingWeights, SetupError
from renderers.weights.download import Fetched, Progress, Wanted, fetch
from renderers.weights.entries import KnownFile, Model
from renderers.weights.table import PULLED, ModelTable

HUB = "https://huggingface.co"


@dataclass(frozen=True)
class Hub:
    """Where models with a `source` come from. The token is shown to the hub alone."""

    endpoint: str = HUB
    token: str | None = None


def hub_of_environment() -> Hub:
    """The hub and the token that `hf auth login` and the hub's own variables (HF_ENDPOINT, HF_TOKEN) say."""
    from huggingface_hub import constants, get_token

    return Hub(constants.ENDPOINT, get_token())


def pull(
    table: ModelTable,
    key: str,
    hub: Hub | None = None,
    tell: Callable[[str], Progress] = lambda name: lambda here, total: None,
    pause: float = 1.0,
) -> Path:
    """Bring every file of a model that isn't here, and return its folder.

    `tell` is called with the name of each file that is fetched, and gives what its progress is told to.
    Files that are here and whose hash is known are checked, others kept as they are. Raises `SetupError`
    for an unknown key, a model that isn't fetched, a server or a disk that won't; `DamagedWeights` for what
    isn't what it should be.
    """
    if key not in table.models:
        raise SetupError(f"the model is {key!r}, but must be one of {', '.join(sorted(table.models))}")
    model = table.models[key]
    if model.bundled:
        return _bundled(table, key, model)
    folder = table.root / model.folder
    folder.mkdir(parents=True, exist_ok=True)
    hub = hub or hub_of_environment()
    note = _read_note(folder)
    for name, known in sorted(model.files.items()):
        path = folder / name
        _refuse_way_out(folder, path)
        if path.is_file() and table.is_good(key, name):
            continue
        wanted = _wanted(model, name, known, hub)
        fetched = _bring(wanted, path, known, tell(name), pause)
        made = {"sha256": table.hash_of(path), "bytes": path.stat().st_size, "from": wanted.url}
        if known.convert:
            made |= {"converted": known.convert, "checkpoint_sha256": fetched.sha256}
        if fetched.commit:
            note["commit"] = fetched.commit
        note["files"][name] = made
        _write_note(folder, note)
    table.folder(model.kind, key)
    return folder


def _bundled(table: ModelTable, key: str, model: Model) -> Path:
    """A model that comes with Brushfire is there, or git brings it back."""
    try:
        return Path(table.folder(model.kind, key).path)
    except (MissingWeights, DamagedWeights) as error:
        raise SetupError(f"it comes with Brushfire and isn't fetched: {error}") from error


def _wanted(model: Model, name: str, known: KnownFile, hub: Hub) -> Wanted:
    if known.url is not None:
        return Wanted(known.url, known.sha256, known.bytes)
    path = quote(known.path or name)
    url = f"{hub.endpoint.rstrip('/')}/{model.source}/resolve/{quote(str(model.revision), safe='')}/{path}"
    page = f"{hub.endpoint.rstrip('/')}/{model.source}"
    terms = f"accept its terms at {page}, then run: hf auth login"
    return Wanted(url, known.sha256, known.bytes, hub.token, terms)


def _bring(wanted: Wanted, path: Path, known: KnownFile, progress: Progress, pause: float) -> Fetched:
    if known.convert is None:
        return fetch(wanted, path, progress, pause)
    # Imported here, as torch takes seconds.
    from renderers.weights.convert import convert

    checkpoint = path.with_name(f"{path.name}.checkpoint")
    fetched = fetch(wanted, checkpoint, progress, pause)
    try:
        convert(known.convert, checkpoint, path)
    finally:
        checkpoint.unlink(missing_ok=True)
    return fetched


def _refuse_way_out(folder: Path, path: Path) -> None:
    """A link in the folder may lead elsewhere: nothing is written through it."""
    if path.is_symlink() or not path.parent.resolve().is_relative_to(folder.resolve()):
        raise SetupError(f"{path} is a link that leads out of {folder}; remove it and run the command again")


def _read_note(folder: Path) -> dict[str, Any]:
    try:
        note = json.loads((folder / PULLED).read_text("utf-8"))
        return {**note, "files": dict(note["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {"files": {}}


def _write_note(folder: Path, note: dict[str, Any]) -> None:
    part = folder / f"{PULLED}.part"
    part.write_text(json.dumps(note, indent=1, sort_keys=True) + "\n", "utf-8")
    os.replace(part, folder / PULLED)
