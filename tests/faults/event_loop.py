"""An asyncio event loop on the virtual scheduler: on it runs the local Firebase's own code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

from tests.faults.virtual import Scheduler

# A timer fires a little after its time, as on any real clock: who looks then finds that it is past.
LATE = 1e-6


class VirtualLoop(asyncio.AbstractEventLoop):
    """As much of a loop as coroutines without files and sockets need."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def start(self, coroutine: Coroutine[Any, Any, Any], done: Callable[[asyncio.Task[Any]], object]) -> None:
        """Run a coroutine; `done` is called with its task in the end."""
        self._within(lambda: asyncio.Task(coroutine, loop=self).add_done_callback(done))

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        return self.call_at(self._scheduler.now, callback, *args, context=context)

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._scheduler.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._scheduler.call_at(when + LATE if when > self._scheduler.now else when, self._run, handle)
        return handle

    def _run(self, handle: asyncio.TimerHandle) -> None:
        if not handle.cancelled():
            self._within(handle._run)

    def _within(self, call: Callable[[], object]) -> None:
        asyncio._set_running_loop(self)
        try:
            call()
        finally:
            asyncio._set_running_loop(None)

    def run_in_executor(self, executor: object, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """What would block a real server is over at once: its time is part of the network's."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def time(self) -> float:
        return self._scheduler.now

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, **kwargs: Any) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self, **kwargs)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It stays on the heap, where it does nothing."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        raise RuntimeError(str(context)) from context.get("exception")

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False
