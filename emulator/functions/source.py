"""The functions' folder: what functions it holds, and whether it has changed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from emulator.functions.errors import DiscoveryFailed, FunctionUnavailable
from emulator.functions.process import HostProcess

DISCOVERY_TIMEOUT_S = 60
POLL_S = 0.5
_NOT_SOURCE = {"venv", ".venv", "__pycache__", "node_modules", ".git", ".mypy_cache", ".pytest_cache"}

Stamp = frozenset[tuple[str, int, int]]


class Source:
    """`environment` gives the variables for the process that lists the functions."""

    def __init__(self, folder: Path, environment: Callable[[], Mapping[str, str]]) -> None:
        self.folder = folder
        self._environment = environment

    @property
    def interpreter(self) -> Path:
        """The folder's own virtual environment, as the Firebase CLI makes it, or else ours."""
        own = self.folder / "venv" / "bin" / "python"
        return own if own.exists() else Path(sys.executable)

    async def discover(self) -> Mapping[str, Any]:
        """The manifest, by firebase-functions' own discovery. Raises DiscoveryFailed."""
        try:
            process = await HostProcess.start(
                self.interpreter, ["discover"], self.folder, self._environment(), "discovery"
            )
            try:
                manifest: Mapping[str, Any] = await process.answer(DISCOVERY_TIMEOUT_S)
                return manifest
            finally:
                await process.stop()
        except (FunctionUnavailable, ValueError) as error:
            raise DiscoveryFailed(self._explain(str(error))) from error

    def stamp(self) -> Stamp:
        """Changes when a source file does."""
        return frozenset(self._files(self.folder))

    async def changed(self, since: Stamp) -> None:
        """Returns once the folder is no longer as it was at `since`."""
        while self.stamp() == since:
            await asyncio.sleep(POLL_S)

    def _files(self, folder: Path) -> Iterator[tuple[str, int, int]]:
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.name in _NOT_SOURCE or entry.name.endswith((".pyc", "~", ".swp")):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._files(Path(entry.path))
                continue
            try:
                found = entry.stat()
            except FileNotFoundError:
                continue
            yield entry.path, found.st_mtime_ns, found.st_size

    def _explain(self, problem: str) -> str:
        missing = next(
            (name for name in ("firebase_functions", "functions_framework") if f"named '{name}'" in problem),
            None,
        )
        if missing is None:
            return f"{self.folder} can't be loaded: {problem}"
        return (
            f"{self.folder} can't be loaded: {self.interpreter} has no {missing}. "
            f"Install it: {self.interpreter} -m pip install -r {self.folder / 'requirements.txt'}"
        )
