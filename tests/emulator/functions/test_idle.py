"""A function that nobody calls takes no memory, and is there again when somebody does."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from emulator.functions.environment import environment
from emulator.functions.manifest import FunctionSpec, HttpTrigger
from emulator.functions.source import Source
from emulator.functions.workers import Workers

pytestmark = pytest.mark.slow

SOURCE = """
import os, time
def api(request):
    time.sleep(float(request.args.get("seconds", 0)))
    return str(os.getpid())
"""
IDLE_S = 1.0


async def test_a_process_ends_some_time_after_its_last_call(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(SOURCE)
    source = Source(tmp_path, lambda: environment("demo-idle", tmp_path, {}))
    spec = FunctionSpec("api", HttpTrigger())
    workers = Workers(source, lambda spec: environment("demo-idle", tmp_path, {}, spec), IDLE_S)

    async def call(seconds: float = 0.0) -> int:
        async with (
            workers.session(spec) as session,
            session.get(f"http://function/?seconds={seconds}") as answer,
        ):
            return int(await answer.text())

    try:
        first = await call()
        assert await call(1.5 * IDLE_S) == first, "it isn't idle while it works"
        async with asyncio.timeout(60):
            while workers.pid("api") is not None or _lives(first):
                await asyncio.sleep(0.05)
        assert await call() != first
    finally:
        await workers.stop()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
