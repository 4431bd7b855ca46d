"""A child process that answers in lines of JSON, and whose other output goes to the emulator's log."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from emulator.functions.errors import FunctionUnavailable

HOST = Path(__file__).with_name("host.py")
GRACE_S = 2.0
LONGEST_LINE = 1 << 20
_LEVELS = {"DEBUG": logging.DEBUG, "NOTICE": logging.INFO, "INFO": logging.INFO, "WARNING": logging.WARNING}


class HostProcess:
    """One run of host.py. It ends with the emulator: its stdin is ours, and is never written to."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self._last_lines: deque[str] = deque(maxlen=20)
        self._log = logging.getLogger(f"functions.{name}")
        self._relaying = asyncio.create_task(self._relay())

    @classmethod
    async def start(
        cls,
        interpreter: Path,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        name: str,
    ) -> HostProcess:
        """Raises FunctionUnavailable when the interpreter can't be run. `name` is the log's."""
        try:
            process = await asyncio.create_subprocess_exec(
                interpreter,
                HOST,
                *arguments,
                cwd=folder,
                env=dict(environment),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=LONGEST_LINE,
                start_new_session=True,  # Ctrl-C is for the emulator, which then stops us in order
            )
        except OSError as error:
            raise FunctionUnavailable(f"{interpreter} can't be run: {error}") from error
        return cls(process, name)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        return self._process.pid

    async def answer(self, timeout_s: float) -> Any:
        """The next line of JSON. Raises FunctionUnavailable when the process ends or stays silent instead."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(timeout_s):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise FunctionUnavailable(f"it didn't answer within {timeout_s:g} s of its start") from None
        if not line:
            await self._relaying
            last = "\n".join(self._last_lines) or "it said nothing"
            raise FunctionUnavailable(f"its process ended: {last}")
        return json.loads(line)

    async def ends_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), seconds)
        return not self.alive

    async def stop(self) -> None:
        """Asks it to end, and ends it where it doesn't: its children, too."""
        if self.alive:
            self._signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), GRACE_S)
            except TimeoutError:
                self._signal(signal.SIGKILL)
                await self._process.wait()
        await self._relaying

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    async def _relay(self) -> None:
        """Every line of its output, to the log: firebase_functions.logger's JSON with its own severity."""
        assert self._process.stderr is not None
        while True:
            try:
                line = await self._process.stderr.readline()
            except ValueError:  # longer than LONGEST_LINE: asyncio has dropped it
                self._log.warning("a line of more than %d bytes was left out", LONGEST_LINE)
                continue
            if not line:
                return
            level, text = _entry(line.decode(errors="replace").rstrip())
            self._last_lines.append(text)
            self._log.log(level, "%s", text)


def _entry(line: str) -> tuple[int, str]:
    if line.startswith("{"):
        with suppress(ValueError):
            entry = json.loads(line)
            severity = _LEVELS.get(entry.pop("severity", "INFO"), logging.ERROR)
            message = entry.pop("message", "")
            rest = json.dumps(entry, ensure_ascii=False) if entry else ""
            return severity, f"{message} {rest}".strip()
    return logging.INFO, line
