"""Memory of models that were let go and of renders that were broken off, and how its end is told."""

import gc
import sys
import traceback
from typing import Any

from renderers import heap


def free() -> None:
    """Collect what nobody refers to any more, and give the device's share of it back.

    torch keeps freed memory for itself; the next task may need it in other pieces, or another process.
    """
    gc.collect()
    heap.trim()
    torch: Any = sys.modules.get("torch")  # if it isn't loaded, it holds nothing
    if torch is None:
        return
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()


def is_out_of_memory(error: RuntimeError) -> bool:
    """torch has a type for a GPU's memory, and only a text for the CPU's."""
    # Imported here: what only frees memory must not load it.
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator: can't allocate" in str(error)


def device_bytes(device: str) -> int:
    """Bytes that torch has reserved on `device`; 0 for the CPU, and before torch is loaded."""
    torch: Any = sys.modules.get("torch")
    if torch is None or not device.startswith("cuda"):
        return 0
    return int(torch.cuda.memory_reserved(device))


def forget(error: BaseException) -> None:
    """Empty the frames that an error holds on to, and with them the tensors in their variables."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        if following.__traceback__ is not None:
            traceback.clear_frames(following.__traceback__)
        following = following.__cause__ or following.__context__
