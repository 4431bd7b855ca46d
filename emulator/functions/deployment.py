"""The project's functions as they run here: found, served, called, and found anew when they change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from emulator.config import Address, Service
from emulator.firestore.errors import FirestoreError
from emulator.functions.delivery import Delivery
from emulator.functions.environment import environment
from emulator.functions.errors import FunctionsError
from emulator.functions.events import event_headers
from emulator.functions.manifest import DocumentTrigger, FunctionSpec, parse_manifest
from emulator.functions.outbox import Event, Outbox
from emulator.functions.scheduler import Scheduler
from emulator.functions.source import Source
from emulator.functions.workers import Workers

log = logging.getLogger(__name__)
SHOWN_OF_ANSWER = 500
FIRST_LOOK_S = 1.0
"""Reading the source costs a processor a second or two; the rest of the suite starts first."""


class CallFailed(FunctionsError):
    """The function answered with an error."""


class Deployment:
    """Those in `folder`. `addresses` is read whenever a process starts, `outbox` is attached to Firestore."""

    def __init__(
        self, project: str, folder: Path, addresses: Mapping[Service, Address], outbox: Outbox
    ) -> None:
        self.source = Source(folder, lambda: environment(project, folder, addresses))
        self.outbox = outbox
        self.workers = Workers(self.source, lambda spec: environment(project, folder, addresses, spec))
        self.delivery = Delivery(outbox, self._deliver)
        self.scheduler = Scheduler(self.run_schedule)
        self.specs: dict[str, FunctionSpec] = {}
        self.problem: str | None = None
        """Why the source as it is now is not what runs."""
        self._looked, self._wanted = asyncio.Event(), asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to look for functions; nothing waits for it but the first calls."""
        self.delivery.start()
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._following:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self.scheduler.stop()
        await self.delivery.stop()
        await self.workers.stop()

    async def discovered(self) -> None:
        """Returns once the source has been read for the first time."""
        self._wanted.set()
        await self._looked.wait()

    async def run_schedule(self, spec: FunctionSpec, moment: datetime) -> None:
        """Calls a scheduled function as Cloud Scheduler does. Raises FunctionsError."""
        headers = {
            "X-CloudScheduler": "true",
            "X-CloudScheduler-JobName": f"firebase-schedule-{spec.name}-{spec.regions[0]}",
            "X-CloudScheduler-ScheduleTime": moment.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "User-Agent": "Google-Cloud-Scheduler",
        }
        await self._post(spec, headers, b"")

    async def _deliver(self, spec: FunctionSpec, trigger: DocumentTrigger, event: Event) -> None:
        headers = event_headers(
            event_type=trigger.event_type,
            event_id=event.event_id,
            name=event.name,
            micros=event.recorded,
            auth_type=event.auth_type,
            auth_id=event.auth_id,
        )
        await self._post(spec, headers, event.body)

    async def _post(self, spec: FunctionSpec, headers: Mapping[str, str], body: bytes) -> None:
        async with (
            self.workers.session(spec) as session,
            session.post("http://function/", headers=headers, data=body) as answer,
        ):
            told = (await answer.content.read(SHOWN_OF_ANSWER)).decode(errors="replace")
            if answer.status >= 300:
                raise CallFailed(f"it answered {answer.status}: {told.strip()}")

    async def _follow(self) -> None:
        """Reads the source, soon or when somebody asks, and reads it again whenever it has changed."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), FIRST_LOOK_S)
        while True:
            stamp = self.source.stamp()
            try:
                await self._deploy()
                self.problem = None
            except (FunctionsError, FirestoreError, OSError) as error:
                self.problem = str(error)
                log.error("%s", error)
                if self.specs:
                    log.error("the functions stay as they were")
            self._looked.set()
            await self.source.changed(stamp)
            log.info("%s has changed", self.source.folder)

    async def _deploy(self) -> None:
        specs, problems = parse_manifest(await self.source.discover())
        for problem in problems:
            log.error("%s", problem)
        self.specs = {spec.name: spec for spec in specs}
        self.workers.retire_all()
        dropped = self.outbox.deploy(specs)
        if dropped:
            log.warning("%d events for functions that are gone were dropped", dropped)
        self.delivery.deploy(specs)
        self.scheduler.deploy(specs)
        log.info("functions: %s", ", ".join(self.specs) or "none")
