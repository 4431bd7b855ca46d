"""Freed memory, kept for the length of a render."""

import json
import subprocess
import sys
from platform import libc_ver

import pytest

from renderers import heap

# A process of its own, whose heap has no holes that other work left.
MEASURED = """
import ctypes, json, resource
from renderers import heap

PR_SET_THP_DISABLE = 41  # a huge page would count as one
assert ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0
LARGE, TIMES = 64 << 20, 8

def made():
    "How many of eight large blocks, each freed before the next, the kernel made anew."
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(TIMES):
        b"x" * LARGE
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    return faults * resource.getpagesize() / LARGE

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / LARGE

usual = made()
with heap.kept():
    made()
    kept = made()
    some = [b"x" * LARGE for _ in range(4)]
    full = resident()
    some.clear()
    freed = resident()
left = resident()
print(json.dumps({"usual": usual, "kept": kept, "freed": full - freed, "left": full - left}))
"""


@pytest.mark.skipif(libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
def test_large_blocks_are_made_once_and_given_back_at_the_end() -> None:
    told = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    blocks = json.loads(told.stdout)
    assert blocks["usual"] > 7
    assert blocks["kept"] < 4
    assert blocks["freed"] < 1
    assert blocks["left"] > 3


class Calls:
    """A C library that only remembers what it was asked."""

    def __init__(self) -> None:
        self.made: list[tuple[int, ...]] = []

    def mallopt(self, name: int, value: int) -> None:
        self.made.append((name, value))

    def malloc_trim(self, pad: int) -> None:
        self.made.append((pad,))


def test_the_last_to_leave_counts_also_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls()
    monkeypatch.setattr(heap, "_libc", calls)
    with heap.kept():
        begun = list(calls.made)
        with pytest.raises(ZeroDivisionError), heap.kept():
            _ = 1 / 0
        assert calls.made == 2 * begun
    assert calls.made[-1] == (0,)
    assert len(calls.made) == 3 * len(begun) + 1


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_libc", None)
    with heap.kept():
        pass
