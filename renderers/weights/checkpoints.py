"""Old checkpoints (pickles) read as tensors by name, without running anything that is in them.

A `.ckpt` or `.bin` is a pickle, and a pickle may name any function and have it called. So the names in it are
listed first, without unpickling; those that tensors need are torch's own safe ones, those that belong to a
trainer's notes (Lightning, OmegaConf) are replaced by a stub that does nothing, and any other is refused.
"""

import pickle
import pickletools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Self

import torch
from torch import Tensor

from contract.errors import DamagedWeights

# What a trainer leaves beside the tensors: inert here, whatever it is.
NOTED_BY_TRAINERS = ("pytorch_lightning", "lightning", "lightning_fabric", "omegaconf", "typing", "enum")
NOTED_NAMES = {
    "argparse.Namespace",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.PurePosixPath",
    "collections.defaultdict",
    "collections.deque",
    "numpy.dtype",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    *(
        f"builtins.{name}"
        for name in ("bool", "bytes", "dict", "float", "frozenset", "int", "list", "object")
    ),
    *(f"builtins.{name}" for name in ("str", "tuple")),
}
# The pickle of a checkpoint names its tensors and holds none: those of the largest models have under 10 MB.
LONGEST_PICKLE = 64 * 1024 * 1024
# An old checkpoint is five pickles in a row, of which the fourth is the object.
OLD_PICKLES = 5


class Inert:
    """Stands for an object of a class that isn't wanted: takes everything and does nothing."""

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        """Any arguments."""
        return super().__new__(cls)

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint's `state_dict` (or of the whole, if it has none) by name, on the CPU.

    Both formats of `torch.save` are read. Raises `DamagedWeights` naming what the pickle asks for that no
    checkpoint needs, or saying what is wrong with the file; nothing that it holds has then been run.
    """
    try:
        zipped = zipfile.is_zipfile(path)
        if zipped:
            _check_zip(path)
        named = _names_in(path, zipped)
        stubs = [(_stub_for(name), name) for name in sorted(named - _safe())]
        # torch's own type is too narrow: it takes pairs of anything callable and a name.
        with torch.serialization.safe_globals(stubs):  # type: ignore[arg-type]
            whole = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped or None)
    except DamagedWeights:
        raise
    # What a broken file makes torch and pickle raise is of many kinds and means the same here.
    except Exception as error:
        first = str(error).strip().split("\n")[0]
        raise DamagedWeights(f"{path} can't be read as a checkpoint: {first}") from error
    return _tensors(path, whole)


def _tensors(path: Path, whole: object) -> dict[str, Tensor]:
    state = whole.get("state_dict", whole) if isinstance(whole, dict) else None
    if not isinstance(state, dict):
        raise DamagedWeights(f"{path} holds a {type(whole).__name__}, but must hold tensors by name")
    tensors = {
        name: tensor.detach()
        for name, tensor in state.items()
        if isinstance(name, str) and isinstance(tensor, Tensor)
    }
    if not tensors:
        raise DamagedWeights(f"{path} holds no tensors by name")
    return tensors


def _check_zip(path: Path) -> None:
    """torch stores its records as they are: what would unpack to more than the file has is a trap."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED:
            raise DamagedWeights(f"{path}: {member.filename} is compressed, which torch never does; refused")
    if sum(member.file_size for member in members) > path.stat().st_size:
        raise DamagedWeights(f"{path} says that it holds more than its own size; refused")


def _names_in(path: Path, zipped: bool) -> set[str]:
    """Every function and class that the pickle names, as 'module.name'; read, never run."""
    if not zipped:
        with path.open("rb") as file:
            return {name for _ in range(OLD_PICKLES) for name in _names(path, file)}
    with zipfile.ZipFile(path) as archive:
        pickles = [member for member in archive.infolist() if member.filename.endswith("data.pkl")]
        if len(pickles) != 1 or pickles[0].file_size > LONGEST_PICKLE:
            raise DamagedWeights(f"{path} is no checkpoint of torch.save: it must hold one short data.pkl")
        with archive.open(pickles[0]) as file:
            return set(_names(path, file))


def _names(path: Path, file: IO[bytes]) -> Iterator[str]:
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name == "GLOBAL":
            module, name = str(argument).split(" ", 1)
            yield _modern(module, name)
        elif opcode.name in ("STACK_GLOBAL", "INST", "OBJ", "EXT1", "EXT2", "EXT4"):
            raise DamagedWeights(f"{path} is pickled with {opcode.name}, which torch never does; refused")


def _modern(module: str, name: str) -> str:
    """A name as Python 3 has it, as torch reads it: `__builtin__ eval` is `builtins.eval`."""
    import _compat_pickle

    if (module, name) in _compat_pickle.NAME_MAPPING:
        module, name = _compat_pickle.NAME_MAPPING[module, name]
    return f"{_compat_pickle.IMPORT_MAPPING.get(module, module)}.{name}"


def _safe() -> set[str]:
    """What torch reads tensors with; it refuses to call anything else."""
    from torch._weights_only_unpickler import _get_allowed_globals

    return set(_get_allowed_globals())


def _stub_for(name: str) -> Any:
    """What stands for a class that a trainer noted. Raises `pickle.UnpicklingError` for any other name."""
    if name == "collections.defaultdict":
        return lambda *args: {}
    if name == "collections.deque":
        return lambda *args: []
    if name in NOTED_NAMES or name.partition(".")[0] in NOTED_BY_TRAINERS:
        return Inert
    raise pickle.UnpicklingError(f"it asks for {name}, which no weights need; refused, and nothing was run")
