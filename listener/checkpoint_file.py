"""A render's state as bytes, and back: arrays and plain values in a zip, and nothing that could run.

A file is a zip, stored: `state.json` holds what it belongs to and the plain values, `arrays/N.npy` the arrays
in numpy's own format, read without pickle. The zip's checksums tell damage; the fingerprint tells a state
that belongs to another task, other options, or another release.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from contract.errors import BrushfireError
from contract.task import Task
from listener import VERSION
from renderers.base import State

MOST_BYTES = 64 * 1024 * 1024
_FORMAT = 1
_HEADER = "state.json"
# The one kind of value besides JSON's own that a state may hold.
_ARRAY = "__array__"
_NUMBERS = "biufc"


class BadCheckpoint(BrushfireError):
    """A file that is no checkpoint of this task, or a state that can't be kept."""


def fingerprint(task: Task, seed: int) -> str:
    """What a state must match to be gone on from: all that decides how the picture comes out."""
    decisive = [_FORMAT, VERSION, task.id, task.renderer, task.prompt, task.params, seed]
    return hashlib.sha256(json.dumps(decisive, sort_keys=True, default=str).encode()).hexdigest()


def encode(state: State, belongs_to: str) -> bytes:
    """A state as a file. Raises `BadCheckpoint` for a value of another kind, and for more than MOST_BYTES."""
    arrays: list[np.ndarray[Any, Any]] = []
    header = {"belongs_to": belongs_to, "state": _plain(dict(state), arrays)}
    if sum(array.nbytes for array in arrays) > MOST_BYTES:
        raise BadCheckpoint(f"the state is larger than {MOST_BYTES >> 20} MiB")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        file.writestr(_HEADER, json.dumps(header))
        for number, array in enumerate(arrays):
            with file.open(f"arrays/{number}.npy", "w") as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return buffer.getvalue()


def decode(data: bytes, belongs_to: str) -> State:
    """The state in a file. Raises `BadCheckpoint` for one that is damaged or another's."""
    if len(data) > 2 * MOST_BYTES:
        raise BadCheckpoint(f"it has {len(data)} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            if sum(member.file_size for member in file.infolist()) > 2 * MOST_BYTES:
                raise BadCheckpoint("it unpacks to more than a state may have")
            header = json.loads(file.read(_HEADER))
            if header["belongs_to"] != belongs_to:
                raise BadCheckpoint("it belongs to another task, other options, or another release")
            state = _revived(header["state"], file)
    except BadCheckpoint:
        raise
    except Exception as error:  # whatever a damaged file may bring about in three decoders
        raise BadCheckpoint(f"it is damaged: {type(error).__name__}: {error}") from error
    if not isinstance(state, dict):
        raise BadCheckpoint("it holds no state")
    return state


def _plain(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    """A value as JSON has it, its arrays put aside and replaced by their numbers."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _NUMBERS:
            raise BadCheckpoint(f"an array of {value.dtype} can't be kept, only numbers")
        arrays.append(value)
        return {_ARRAY: len(arrays) - 1}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {_name(name): _plain(inner, arrays) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, arrays) for inner in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise BadCheckpoint(f"a {type(value).__name__} can't be kept, only arrays and plain values")


def _name(name: object) -> str:
    if not isinstance(name, str) or name == _ARRAY:
        raise BadCheckpoint(f"{name!r} can't be a name in a state")
    return name


def _revived(value: Any, file: zipfile.ZipFile) -> Any:
    if isinstance(value, list):
        return [_revived(inner, file) for inner in value]
    if isinstance(value, dict):
        if set(value) == {_ARRAY}:
            with file.open(f"arrays/{int(value[_ARRAY])}.npy") as member:
                array = np.lib.format.read_array(member, allow_pickle=False)
                member.read(1)  # the checksum is compared at the end of a member
            return array
        return {name: _revived(inner, file) for name, inner in value.items()}
    return value
