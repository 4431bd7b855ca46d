"""Transactions of real clients, interleaved step by step as a seed says.

One step is taken at a time, so that a seed gives the same schedule again; one that has to wait for a lock
goes on by itself while others take their steps.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.emulator.firestore.attempts import Optimistic, Pessimistic, Refused, Transaction
from tests.emulator.firestore.histories import Ask, Cell, Committed, Read

CELLS = [f"c{number}" for number in range(6)]
KINDS = 3
BLOCKED_AFTER_S = 0.03


@dataclass
class Run:
    """What came of a schedule."""

    history: list[Committed] = field(default_factory=list)
    refused: int = 0


class Schedule:
    """`clients` make the transactions of `count` programs, `width` of them under way at a time."""

    def __init__(self, client: Any, http: aiohttp.ClientSession, base: str, seed: int) -> None:
        self._client, self._http, self._base = client, http, base
        self._root = f"{client._database_string}/documents"
        self._random = random.Random(seed)
        self.run = Run()

    async def play(self, count: int, width: int = 5) -> Run:
        await self._fill()
        waiting = [self._steps(f"t{number}") for number in range(count)]
        going: dict[AsyncIterator[None], asyncio.Task[bool] | None] = {}
        while waiting or going:
            while waiting and len(going) < width:
                going[waiting.pop()] = None
            free = [steps for steps, task in going.items() if task is None]
            if free:
                steps = self._random.choice(free)
                going[steps] = asyncio.create_task(_step(steps))
            tasks = [task for task in going.values() if task]
            limit = BLOCKED_AFTER_S if free else None
            await asyncio.wait(tasks, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            for steps, task in list(going.items()):
                if task and task.done():
                    going[steps] = None
                    if not task.result():
                        del going[steps]
        return self.run

    async def _fill(self) -> None:
        """The first commit: some of the cells."""
        first = Pessimistic(self._client)
        await first.begin()
        writes: dict[str, Cell | None] = {
            name: Cell("first", place % KINDS) for place, name in enumerate(CELLS[:4])
        }
        self.run.history.append(Committed("first", [], writes, await first.commit("first", writes)))

    async def _steps(self, name: str) -> AsyncIterator[None]:
        """One program with its retries; it yields where another may come between."""
        optimistic = self._random.random() < 0.3
        asks = [self._ask(optimistic) for _ in range(self._random.randint(0, 3))]
        keys = self._random.sample(CELLS, self._random.randint(0, 2))
        read_only = not optimistic and not keys and self._random.random() < 0.5
        retried = None
        for attempt in range(4):
            mine = f"{name}.{attempt}"
            writes = {key: self._cell(mine) for key in keys}
            transaction: Transaction
            if optimistic:
                transaction = Optimistic(self._http, self._base, self._root)
            else:
                transaction = pessimistic = Pessimistic(self._client, retried, read_only=read_only)
            await transaction.begin()
            reads: list[Read] = []
            try:
                for ask in asks:
                    yield
                    reads.append(await transaction.read(ask))
                yield
                if self._random.random() < 0.1:
                    await transaction.roll_back()
                    return
                time = await transaction.commit(mine, writes)
            except Refused:
                self.run.refused += 1
                retried = None if optimistic else pessimistic.id
                continue
            if writes or not optimistic:  # without a commit nothing binds what an optimistic one has read
                self.run.history.append(Committed(mine, reads, writes, time))
            return

    def _ask(self, optimistic: bool) -> Ask:
        choice = 0.0 if optimistic else self._random.random()
        if choice < 0.5:
            return Ask(key=self._random.choice(CELLS))
        return Ask(kind=self._random.randrange(KINDS)) if choice < 0.8 else Ask(limit=2)

    def _cell(self, writer: str) -> Cell | None:
        return None if self._random.random() < 0.25 else Cell(writer, self._random.randrange(KINDS))


async def _step(steps: AsyncIterator[None]) -> bool:
    """Takes one step; False after the last."""
    try:
        await anext(steps)
    except StopAsyncIteration:
        return False
    return True
