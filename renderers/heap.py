"""Memory that one step frees and the next asks for again, kept meanwhile by the C library.

glibc hands every freed block above 32 MiB back to the system at once, and the kernel zeroes the pages of the
next one anew: a quarter of what a full-size VQGAN's decoder takes in float32, there and back. mallopt(3)
tells it to keep them. Other C libraries are left as they are.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from platform import libc_ver

# The parameters of mallopt(3), and what glibc's own, growing thresholds come to at the most.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_USUAL_MMAP, _USUAL_TRIM = 32 << 20, 64 << 20
_LARGEST_MMAP, _NEVER = 1 << 30, -1

_lock = threading.Lock()
_users = 0


@contextmanager
def kept() -> Iterator[None]:
    """Within it freed memory stays the process's; at its end the system has it back.

    May be entered several times at once; the last to leave counts.
    """
    keep()
    try:
        yield
    finally:
        if leave():
            trim()


def keep() -> None:
    """From now on freed memory is kept, until as many have left."""
    global _users
    with _lock:
        _users += 1
        _set(_LARGEST_MMAP, _NEVER)


def leave() -> bool:
    """Whether that was the last: then what is freed from now on goes back, what was kept by `trim`."""
    global _users
    with _lock:
        _users -= 1
        if not _users:
            _set(_USUAL_MMAP, _USUAL_TRIM)
        return not _users


def trim() -> None:
    """Give what is free back to the system: some 0.1 s a gigabyte."""
    if _libc is not None:
        _libc.malloc_trim(0)


def _set(mmap_threshold: int, trim_threshold: int) -> None:
    if _libc is not None:
        _libc.mallopt(_MMAP_THRESHOLD, mmap_threshold)
        _libc.mallopt(_TRIM_THRESHOLD, trim_threshold)


_libc = ctypes.CDLL(None) if libc_ver()[0] == "glibc" else None
