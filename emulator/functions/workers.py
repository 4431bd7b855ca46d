"""The processes that run the functions: one for each, started when first called, replaced when it dies."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from emulator.functions.errors import FunctionTimeout, FunctionUnavailable
from emulator.functions.manifest import FunctionSpec
from emulator.functions.process import HostProcess
from emulator.functions.sockets import SocketFolder
from emulator.functions.source import Source

log = logging.getLogger(__name__)
START_TIMEOUT_S = 60
DYING_S = 0.5
"""A broken connection is noticed before the death of the process that broke it."""
IDLE_S = 180.0
"""After this long without a call a process ends: each takes some 100 MB, and most functions run seldom."""


class Worker:
    """One process and the connections to it."""

    def __init__(self, process: HostProcess, socket: Path) -> None:
        self.process = process
        self.calls = 0
        self.ending: asyncio.TimerHandle | None = None
        self.session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path=str(socket), limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )

    async def stop(self) -> None:
        if self.ending is not None:
            self.ending.cancel()
        await self.session.close()
        await self.process.stop()


class Workers:
    """`environment` gives a function's variables."""

    def __init__(
        self,
        source: Source,
        environment: Callable[[FunctionSpec], Mapping[str, str]],
        idle_s: float = IDLE_S,
    ) -> None:
        self._source = source
        self._idle_s = idle_s
        self._environment = environment
        self._workers: dict[str, asyncio.Task[Worker]] = {}
        self._retiring: set[asyncio.Task[None]] = set()
        self._sockets = SocketFolder()
        self._count = itertools.count()

    def pid(self, name: str) -> int | None:
        """The process that serves a function now."""
        starting = self._workers.get(name)
        if starting is None or not starting.done() or starting.cancelled() or starting.exception():
            return None
        worker = starting.result()
        return worker.process.pid if worker.process.alive else None

    @asynccontextmanager
    async def session(self, spec: FunctionSpec) -> AsyncIterator[aiohttp.ClientSession]:
        """A session to a running process of the function, for one call of at most `spec.timeout_s`.

        A call that takes longer costs the process its life: what hangs in it would hang for ever.
        Raises FunctionUnavailable or FunctionTimeout.
        """
        worker = await self._worker(spec)
        worker.calls += 1
        try:
            async with asyncio.timeout(spec.timeout_s):
                yield worker.session
        except TimeoutError:
            self._retire(spec.name, worker)
            raise FunctionTimeout(f"{spec.name} took longer than its {spec.timeout_s:g} s") from None
        except aiohttp.ClientError as error:
            if not await worker.process.ends_within(DYING_S):
                raise FunctionUnavailable(f"{spec.name} broke the connection: {error}") from error
            raise FunctionUnavailable(f"the process of {spec.name} died during the call") from error
        finally:
            worker.calls -= 1
            self._end_when_idle(spec.name, worker)

    def retire_all(self) -> None:
        """The next call of each function starts a new process."""
        for name, starting in list(self._workers.items()):
            del self._workers[name]
            self._later(self._stop(starting))

    async def stop(self) -> None:
        self.retire_all()
        if self._retiring:
            await asyncio.gather(*self._retiring)
        self._sockets.remove()

    async def _worker(self, spec: FunctionSpec) -> Worker:
        """Those who come while a process starts wait for the same one."""
        starting = self._workers.get(spec.name)
        if starting is None or (starting.done() and not self.pid(spec.name)):
            if starting is not None:
                self._later(self._stop(starting))
            starting = self._workers[spec.name] = asyncio.create_task(self._start(spec))
        try:
            return await asyncio.shield(starting)
        except FunctionUnavailable as error:
            raise FunctionUnavailable(f"{spec.name} can't be started: {error}") from error
        except asyncio.CancelledError:
            if starting.cancelled():
                raise FunctionUnavailable(f"{spec.name} is being replaced") from None
            raise

    async def _start(self, spec: FunctionSpec) -> Worker:
        socket = self._sockets.path / f"{next(self._count)}"
        try:
            environment = self._environment(spec)
        except ValueError as error:
            raise FunctionUnavailable(str(error)) from error
        process = await HostProcess.start(
            self._source.interpreter,
            ["serve", spec.name, spec.signature, str(socket)],
            self._source.folder,
            environment,
            spec.name,
        )
        try:
            await process.answer(START_TIMEOUT_S)
        except BaseException:
            await process.stop()
            raise
        return Worker(process, socket)

    def _end_when_idle(self, name: str, worker: Worker) -> None:
        """Called after each call; the last one's clock counts."""
        if worker.ending is not None:
            worker.ending.cancel()
        loop = asyncio.get_running_loop()
        worker.ending = loop.call_later(self._idle_s, self._end_if_idle, name, worker)

    def _end_if_idle(self, name: str, worker: Worker) -> None:
        starting = self._workers.get(name)
        if worker.calls or starting is None or not starting.done() or starting.cancelled():
            return
        if starting.exception() is None and starting.result() is worker:
            del self._workers[name]
            self._later(worker.stop())

    def _retire(self, name: str, worker: Worker) -> None:
        starting = self._workers.get(name)
        if (
            starting is not None
            and starting.done()
            and not starting.exception()
            and starting.result() is worker
        ):
            del self._workers[name]
            log.warning("the process of %s is replaced", name)
            self._later(worker.stop())

    async def _stop(self, starting: asyncio.Task[Worker]) -> None:
        starting.cancel()
        outcome = (await asyncio.gather(starting, return_exceptions=True))[0]
        if isinstance(outcome, Worker):
            await outcome.stop()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)
