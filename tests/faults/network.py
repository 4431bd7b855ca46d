"""The line between a simulated process and its servers: each call takes its fate from the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import grpc

from tests.faults.plan import Fate, Fault, Phase, Plan
from tests.faults.virtual import Process, Scheduler

Answer = TypeVar("Answer")
Reply = Callable[[Any], None]
SERVING_SECONDS = 0.001


class Failed(grpc.RpcError):  # type: ignore[misc]  # the library ships no types
    """What a gRPC client sees of a call that failed: an error that is also a call."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self._code, self._details = code, details

    def result(self) -> None:
        raise self

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._details

    def initial_metadata(self) -> tuple[()]:
        return ()

    def trailing_metadata(self) -> tuple[()]:
        return ()


class Network:
    """Carries calls and answers, late, never or not at all."""

    def __init__(self, scheduler: Scheduler, plan: Plan) -> None:
        self.scheduler = scheduler
        self.plan = plan

    def call(self, label: str, serve: Callable[[Reply], None], timeout: float | None, failed: Any) -> Any:
        """Ask a server and wait for its answer.

        `serve` is called on the server's side, and calls what it is given with the answer.
        `failed(code, text)` makes an answer that says so.
        """
        scheduler = self.scheduler
        scheduler.check()
        process = scheduler.process
        fate = self.plan.call(process, label, scheduler.now)
        if fate.kill is Phase.BEFORE:
            scheduler.die()
        if fate.fault in (Fault.REFUSED, Fault.ABORTED):
            scheduler.park(fate.way_there + fate.way_back)
            code = grpc.StatusCode.ABORTED if fate.fault is Fault.ABORTED else grpc.StatusCode.UNAVAILABLE
            return failed(code, f"the plan: {fate.fault}")
        wake = scheduler.waker()

        def answer(found: Any) -> None:
            if fate.kill is Phase.APPLIED:
                process.kill()
            if fate.fault is Fault.LOST:
                found = failed(grpc.StatusCode.UNAVAILABLE, "the plan: answer lost")
            scheduler.call_later(SERVING_SECONDS + fate.way_back, wake, found)

        scheduler.call_later(fate.way_there, serve, answer)
        found = scheduler.park(timeout)
        self._after(process, fate)
        if found is None:
            return failed(grpc.StatusCode.DEADLINE_EXCEEDED, f"no answer within {timeout:g} s")
        return found

    def _after(self, process: Process, fate: Fate) -> None:
        if fate.kill is not None:
            self.scheduler.die()
