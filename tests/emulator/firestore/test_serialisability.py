"""Transactions that overlap have the outcome of some order of theirs one after the other."""

from __future__ import annotations

import os
from typing import Any

import aiohttp
import pytest

from tests.emulator.conftest import ServerThread
from tests.emulator.firestore.histories import Ask, Cell, Committed, Read, Unserialisable, check
from tests.emulator.firestore.schedules import Schedule

SLOW_SEEDS = int(os.environ.get("BRUSHFIRE_SCHEDULES", "12"))


async def assert_serialisable(client: Any, server: ServerThread, seed: int, count: int) -> int:
    """Plays the schedule of a seed and judges it. Returns how many of its transactions were refused."""
    async with aiohttp.ClientSession() as http:
        run = await Schedule(client, http, f"http://127.0.0.1:{server.port}", seed).play(count)
    state = check(run.history)
    stored = {
        one.id: Cell(one.get("writer"), one.get("kind")) async for one in client.collection("cells").stream()
    }
    assert stored == state
    marks = [one.id async for one in client.collection("marks").stream()]
    assert sorted(marks) == sorted(one.name for one in run.history if one.writes)
    return run.refused


@pytest.mark.parametrize("seed", range(3))
async def test_a_schedule_has_the_outcome_of_a_serial_one(
    async_client: Any, server: ServerThread, seed: int
) -> None:
    await assert_serialisable(async_client, server, seed, count=30)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 100 + SLOW_SEEDS))
async def test_a_long_schedule_has_the_outcome_of_a_serial_one(
    async_client: Any, server: ServerThread, seed: int
) -> None:
    refused = await assert_serialisable(async_client, server, seed, count=80)
    assert refused  # otherwise nothing was contended


FIRST = Committed("first", [], {"x": Cell("first", 0), "y": Cell("first", 0)}, time=1)


def saw(key: str, writer: str, time: int) -> Read:
    return Read(Ask(key=key), ((key, writer),), time)


def test_the_checker_passes_a_serial_history() -> None:
    first = Committed("one", [saw("x", "first", 2)], {"x": Cell("one", 0)}, time=3)
    second = Committed("two", [saw("x", "one", 4)], {"x": None}, time=5)
    gone = Committed("reader", [Read(Ask(key="x"), (), 6), Read(Ask(kind=0), (("y", "first"),), 6)])
    assert check([FIRST, first, second, gone]) == {"y": Cell("first", 0)}


def test_the_checker_finds_a_lost_update() -> None:
    first = Committed("one", [saw("x", "first", 2)], {"x": Cell("one", 0)}, time=3)
    second = Committed("two", [saw("x", "first", 2)], {"x": Cell("two", 0)}, time=4)
    with pytest.raises(Unserialisable, match="one → two → one|two → one → two"):
        check([FIRST, first, second])


def test_the_checker_finds_write_skew() -> None:
    both = [saw("x", "first", 2), saw("y", "first", 2)]
    first = Committed("one", both, {"x": Cell("one", 0)}, time=3)
    second = Committed("two", both, {"y": Cell("two", 0)}, time=4)
    with pytest.raises(Unserialisable, match="each must come before the next"):
        check([FIRST, first, second])


def test_the_checker_finds_phantoms_that_two_queries_missed() -> None:
    nothing = [Read(Ask(kind=2), (), 2)]
    first = Committed("one", nothing, {"a": Cell("one", 2)}, time=3)
    second = Committed("two", nothing, {"b": Cell("two", 2)}, time=4)
    with pytest.raises(Unserialisable, match="each must come before the next"):
        check([FIRST, first, second])


def test_the_checker_finds_a_reader_that_saw_half_of_a_commit() -> None:
    writer = Committed("writer", [], {"x": Cell("writer", 0), "y": Cell("writer", 0)}, time=3)
    reader = Committed("reader", [saw("x", "first", 2), saw("y", "writer", 4)])
    with pytest.raises(Unserialisable, match="each must come before the next"):
        check([FIRST, writer, reader])


def test_the_checker_finds_a_read_of_what_was_never_committed() -> None:
    with pytest.raises(Unserialisable, match="reader asked"):
        check([FIRST, Committed("reader", [saw("x", "aborted", 2)])])
