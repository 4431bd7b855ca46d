"""Fires scheduled functions on time. As with Cloud Scheduler, what was missed stays missed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from emulator.functions.errors import FunctionsError
from emulator.functions.manifest import FunctionSpec, ScheduleTrigger

log = logging.getLogger(__name__)
LONGEST_SLEEP_S = 20.0
"""A clock that is set, or a machine that slept, is noticed after this long."""

Fire = Callable[[FunctionSpec, datetime], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Scheduler:
    """`fire` calls the function for a time of its schedule. `now` and `sleep` are the clock."""

    def __init__(
        self, fire: Fire, *, now: Callable[[], datetime] = utc_now, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._fire, self._now, self._sleep = fire, now, sleep
        self._waiting: list[asyncio.Task[None]] = []
        self._firing: dict[str, asyncio.Task[None]] = {}
        self.next: dict[str, datetime] = {}
        """When each function fires next."""

    def deploy(self, specs: Sequence[FunctionSpec]) -> None:
        """From now on these functions are fired."""
        for task in self._waiting:
            task.cancel()
        self.next.clear()
        self._waiting = [
            asyncio.create_task(self._repeat(spec, spec.trigger))
            for spec in specs
            if isinstance(spec.trigger, ScheduleTrigger)
        ]

    async def stop(self) -> None:
        tasks = [*self._waiting, *self._firing.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _repeat(self, spec: FunctionSpec, trigger: ScheduleTrigger) -> None:
        """A time that comes while the function still runs for the one before is left out."""
        while True:
            moment = self.next[spec.name] = trigger.schedule.after(self._now())
            while (left := (moment - self._now()).total_seconds()) > 0:
                await self._sleep(min(left, LONGEST_SLEEP_S))
            if spec.name in self._firing:
                log.warning("%s still runs; its schedule at %s is left out", spec.name, moment.isoformat())
                continue
            self._firing[spec.name] = asyncio.create_task(self._run(spec, moment))

    async def _run(self, spec: FunctionSpec, moment: datetime) -> None:
        try:
            await self._fire(spec, moment)
        except FunctionsError as error:
            log.error("%s, scheduled for %s: %s", spec.name, moment.isoformat(), error)
        finally:
            del self._firing[spec.name]
