"""Puts virtual time and threads in the place of Python's, for the code that runs in a simulation.

Only the operating-system thread of the simulation sees them; whatever other threads there are go on as ever.
"""

from __future__ import annotations

import fcntl
import functools
import gc
import os
import queue
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from typing import IO, Any

from google.api_core import bidi

from tests.faults import primitives
from tests.faults.virtual import Process, Scheduler


@contextmanager
def virtual(scheduler: Scheduler) -> Iterator[None]:
    """For the length of this context `time`, `threading`, `random` and `secrets` are the scheduler's."""
    ours = threading.get_ident()
    undo: list[Callable[[], None]] = []

    def put(module: Any, name: str, simulated: Any) -> None:
        real = getattr(module, name)

        def either(*args: Any, **kwargs: Any) -> Any:
            return (simulated if threading.get_ident() == ours else real)(*args, **kwargs)

        setattr(module, name, either)
        undo.append(lambda: setattr(module, name, real))

    def put_value(owner: Any, name: str, simulated: Any) -> None:
        real = getattr(owner, name)
        setattr(owner, name, simulated)
        undo.append(lambda: setattr(owner, name, real))

    def made(kind: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: kind(scheduler, *args, **kwargs)

    chance = random.Random(f"{scheduler.chance.random()} secrets")
    put(time, "time", scheduler.time)
    put(time, "time_ns", lambda: round(scheduler.time() * 1e6) * 1000)
    put(time, "monotonic", scheduler.monotonic)
    put(time, "perf_counter", scheduler.monotonic)
    put(time, "sleep", scheduler.park)
    put(queue, "time", scheduler.monotonic)
    for name in ("Lock", "RLock", "Condition", "Event", "Thread", "Timer"):
        put(threading, name, made(getattr(primitives, name)))
    put(secrets, "token_hex", lambda size=32: chance.randbytes(size).hex())
    put(secrets, "token_urlsafe", lambda size=32: chance.randbytes(size).hex())
    put(os, "fsync", lambda number: None)
    put(os, "_exit", lambda status: scheduler.die())
    # Not part of what is tested, and dear where thousands of tasks run in one process.
    put(gc, "collect", lambda generation=2: 0)
    put(metadata, "version", functools.cache(metadata.version))
    put(metadata, "entry_points", functools.cache(metadata.entry_points))
    # Google's threads that send on streams look whether there is something every second: here, seldom.
    put_value(bidi._RequestQueueGenerator.__init__, "__defaults__", (30.0, None))
    locks = _Locks(scheduler)
    put(fcntl, "flock", locks.flock)
    state = random.getstate()
    random.seed(chance.random())
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        random.setstate(state)
        locks.close()
        for call in reversed(undo):
            call()


@contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """Something of a module or class, for the length of this context."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def scratch() -> str | None:
    """Memory rather than a disk, where there is some."""
    return "/dev/shm" if os.path.isdir("/dev/shm") else None


class _Locks:
    """Locks on files, which end with the process that holds them."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._flock = fcntl.flock
        self._held: dict[Process, list[IO[bytes]]] = {}
        self._files: list[IO[bytes]] = []

    def flock(self, file: IO[bytes], operation: int) -> None:
        self._flock(file, operation)
        process = self._scheduler.process
        if process not in self._held:
            self._held[process] = []
            process.on_death.append(lambda: self._let_go(process))
        self._held[process].append(file)
        self._files.append(file)

    def close(self) -> None:
        """Close what dead processes left open."""
        for file in self._files:
            file.close()

    def _let_go(self, process: Process) -> None:
        for file in self._held.pop(process, ()):
            if not file.closed:
                self._flock(file, fcntl.LOCK_UN)
