"""Takes events from the outbox to their functions: at least once, and again after a failure."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence

from emulator.firestore.errors import FirestoreError
from emulator.functions.errors import FunctionsError
from emulator.functions.manifest import DocumentTrigger, FunctionSpec
from emulator.functions.outbox import Event, Outbox, now_micros

log = logging.getLogger(__name__)

CONCURRENCY = 8
"""Calls of one function under way at a time: one that hangs holds up itself, not the others."""
FIRST_DELAY_S, LONGEST_DELAY_S = 1.0, 60.0
GIVEN_UP_AFTER_S = 24 * 60 * 60
"""As Eventarc gives up."""

Call = Callable[[FunctionSpec, DocumentTrigger, Event], Awaitable[None]]


class Delivery:
    """`call` returns when the function has acknowledged an event; it raises FunctionsError otherwise."""

    def __init__(self, outbox: Outbox, call: Call) -> None:
        self._outbox = outbox
        self._call = call
        self._specs: list[tuple[FunctionSpec, DocumentTrigger]] = []
        self._under_way: dict[str, dict[int, asyncio.Task[None]]] = {}
        self._woken = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        outbox.on_recorded = self._woken.set

    def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    def deploy(self, specs: Sequence[FunctionSpec]) -> None:
        """From now on events go to these functions."""
        self._specs = [(spec, spec.trigger) for spec in specs if isinstance(spec.trigger, DocumentTrigger)]
        self._woken.set()

    async def stop(self) -> None:
        """What is under way is given up; it will be delivered again."""
        self._outbox.on_recorded = lambda: None
        tasks = [task for tasks in self._under_way.values() for task in tasks.values()]
        for task in [*tasks, *([self._running] if self._running else [])]:
            task.cancel()
        await asyncio.gather(*tasks, *([self._running] if self._running else []), return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            now = now_micros()  # one for both: what is due between two readings would be in neither
            for spec, trigger in self._specs:
                self._begin(spec, trigger, now)
            due = self._outbox.next_due([spec.name for spec, _ in self._specs], now)
            try:
                async with asyncio.timeout(None if due is None else (due - now) / 1e6):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _begin(self, spec: FunctionSpec, trigger: DocumentTrigger, now: int) -> None:
        """Starts as many calls as there are events due and places free."""
        under_way = self._under_way.setdefault(spec.name, {})
        if len(under_way) >= CONCURRENCY:
            return
        for event in self._outbox.due(spec.name, now, limit=CONCURRENCY + len(under_way)):
            if event.id not in under_way and len(under_way) < CONCURRENCY:
                under_way[event.id] = asyncio.create_task(self._deliver(spec, trigger, event))

    async def _deliver(self, spec: FunctionSpec, trigger: DocumentTrigger, event: Event) -> None:
        try:
            try:
                await self._call(spec, trigger, event)
            except FunctionsError as error:
                await self._after_failure(event, error)
            else:
                await self._outbox.remove(event)
        except FirestoreError as error:
            log.error("%s: the outbox couldn't be written, the event comes again: %s", spec.name, error)
            await asyncio.sleep(FIRST_DELAY_S)
        finally:
            del self._under_way[spec.name][event.id]
            self._woken.set()

    async def _after_failure(self, event: Event, error: FunctionsError) -> None:
        path = event.name.partition("/documents/")[2]
        told = f"{event.function} failed for {path}, attempt {event.attempts + 1}"
        if now_micros() - event.recorded > GIVEN_UP_AFTER_S * 1_000_000:
            log.error("%s; the event is a day old and is dropped: %s", told, error)
            await self._outbox.remove(event)
            return
        delay = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**event.attempts) * random.uniform(0.75, 1.25)
        log.warning("%s; again in %.1f s: %s", told, delay, error)
        await self._outbox.postpone(event, delay)
