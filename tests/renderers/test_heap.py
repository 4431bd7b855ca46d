"""Freed memory, kept for the length of a render."""

import resource
from pathlib import Path
from platform import libc_ver

import pytest
import torch

from renderers import heap

pytestmark = pytest.mark.skipif(libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
LARGE = 64 << 20
PAGES = LARGE // resource.getpagesize()
TIMES = 8


def faults() -> int:
    """Pages that the kernel makes for eight large blocks, each freed before the next.

    One or two may find room in what the process had freed before.
    """
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(TIMES):
        torch.ones(LARGE, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.fixture(autouse=True)
def small_pages() -> None:
    """Huge pages would be counted as one."""
    enabled = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if enabled.exists() and "[always]" in enabled.read_text():
        pytest.skip("the kernel gives huge pages to all")
    return


def test_large_blocks_are_made_once_and_kept() -> None:
    usual = faults()
    with heap.kept():
        kept = faults()
    assert usual >= (TIMES - 2) * PAGES
    assert kept < 2 * PAGES
    assert faults() >= (TIMES - 2) * PAGES


def test_what_was_kept_is_given_back_at_the_end() -> None:
    with heap.kept():
        some = [torch.ones(LARGE, dtype=torch.uint8) for _ in range(4)]
        before = resident()
        some.clear()
        assert resident() > before - LARGE
    assert resident() < before - 3 * LARGE


def test_the_last_to_leave_counts_also_after_an_error() -> None:
    with heap.kept():
        with pytest.raises(ZeroDivisionError), heap.kept():
            _ = 1 / 0
        assert faults() < 2 * PAGES
    assert faults() >= (TIMES - 2) * PAGES


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_libc", None)
    with heap.kept():
        assert faults() >= (TIMES - 2) * PAGES
