"""Times of several ways to do one thing, taken in turn, so that a busy machine slows all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping

import torch

Work = Callable[[], object]


def medians(
    ways: Mapping[str, Work], device: str, rounds: int, warm: int = 1, settle: bool = False
) -> dict[str, float]:
    """Median seconds of each way over `rounds`, one of each at a time, after `warm` that don't count.

    With `settle` each run that counts comes after one of the same way, whose caches and memory it finds.
    """
    times: dict[str, list[float]] = {name: [] for name in ways}
    for index in range(warm + rounds):
        for name, work in ways.items():
            if settle and index >= warm:
                work()
            seconds = timed(work, device)
            if index >= warm:
                times[name].append(seconds)
    return {name: statistics.median(found) for name, found in times.items()}


def timed(work: Work, device: str) -> float:
    """Seconds of one run, the device's part included."""
    wait_for(device)
    begin = time.perf_counter()
    work()
    wait_for(device)
    return time.perf_counter() - begin


def wait_for(device: str) -> None:
    """Until the device has done all that it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
