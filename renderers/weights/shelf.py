"""Loaded models under a memory budget: the one that was used least recently goes first."""

import logging
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from renderers import memory

log = logging.getLogger(__name__)

M = TypeVar("M")

MB = 1024 * 1024
# The share of a device's memory that loaded models may take; the rest is for the work.
SHARE_OF_GPU = 0.6
SHARE_OF_RAM = 0.4
# How deep an object is searched for tensors: a pipeline's parts' own parts.
DEPTH = 4


@dataclass
class _Kept:
    model: Any
    device: str
    bytes: int


class Shelf:
    """Models by key, each loaded once and kept until room is needed.

    `budget_mb` is for each device; without it a share of what the device has. A model that is larger than the
    whole budget is still loaded, alone.
    """

    def __init__(self, budget_mb: int | None = None) -> None:
        self._budget_mb = budget_mb
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()
        self._lock = threading.RLock()

    def take(self, key: tuple[str, ...], expected_mb: int, load: Callable[[], M]) -> M:
        """The model of a key: the one kept, or what `load` makes, after others made room for it.

        `expected_mb` counts where the model's own tensors can't be found in it. What `load` raises passes
        through and leaves nothing on the shelf.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            else:
                self._make_room(expected_mb * MB)
                model = load()
                device, size = _measure(model)
                self._kept[key] = _Kept(model, device, size or expected_mb * MB)
                self._make_room(0, device, keep=key)
            found: M = self._kept[key].model
            return found

    def held(self) -> list[tuple[str, ...]]:
        """What is loaded, the least recently used first."""
        with self._lock:
            return list(self._kept)

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._kept.clear()
            memory.free()

    def _make_room(self, wanted: int, device: str | None = None, keep: tuple[str, ...] | None = None) -> None:
        """Let go of the oldest until `wanted` bytes more fit on `device` (or on any that models are on)."""
        devices = {device} if device else {kept.device for kept in self._kept.values()}
        gone = False
        for name in devices:
            here = [key for key, kept in self._kept.items() if kept.device == name]
            total = wanted + sum(self._kept[key].bytes for key in here)
            for key in here:
                if total <= self._budget(name):
                    break
                if key != keep:
                    total -= self._kept[key].bytes
                    log.info("%s leaves memory (%d MB)", "/".join(key[:2]), self._kept[key].bytes // MB)
                    del self._kept[key]
                    gone = True
        if gone:
            memory.free()

    def _budget(self, device: str) -> int:
        return self._budget_mb * MB if self._budget_mb is not None else default_budget(device)


def default_budget(device: str) -> int:
    """Bytes that loaded models may take on a device ('cpu', 'cuda:0', 'mps')."""
    return int((SHARE_OF_GPU if device.startswith("cuda") else SHARE_OF_RAM) * memory_of(device))


def memory_of(device: str) -> int:
    """Bytes of a device's memory: a GPU's own, else the machine's."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.get_device_properties(device).total_memory)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _measure(model: object) -> tuple[str, int]:
    """The device that most of a model's tensors are on, and how many bytes they take there in all."""
    torch = sys.modules.get("torch")
    if torch is None:
        return "cpu", 0
    found: dict[tuple[str, int], int] = {}
    _search(model, torch, found, set(), DEPTH)
    by_device: dict[str, int] = {}
    for (device, _), size in found.items():
        by_device[device] = by_device.get(device, 0) + size
    device = max(by_device, key=lambda name: by_device[name], default="cpu")
    return device, by_device.get(device, 0)


def _search(thing: Any, torch: Any, found: dict[tuple[str, int], int], seen: set[int], depth: int) -> None:
    """Note each tensor's memory once, however many names it has."""
    if depth < 0 or id(thing) in seen or isinstance(thing, str | bytes | int | float | type):
        return
    seen.add(id(thing))
    if isinstance(thing, torch.nn.Module):
        for tensor in (*thing.parameters(), *thing.buffers()):
            _search(tensor, torch, found, seen, 0)
    elif isinstance(thing, torch.Tensor):
        if thing.device.type != "meta":
            memory = thing.untyped_storage()
            found[str(thing.device), memory.data_ptr()] = memory.nbytes()
    elif isinstance(thing, Mapping):
        for value in thing.values():
            _search(value, torch, found, seen, depth - 1)
    elif isinstance(thing, Sequence | set):
        for value in thing:
            _search(value, torch, found, seen, depth - 1)
    elif hasattr(thing, "__dict__"):
        _search(vars(thing), torch, found, seen, depth - 1)
