"""The whole system as a person starts it: `brushfire up`, in a process of its own."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brushfire.running import Addresses

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 60.0


@dataclass
class System:
    """A running `brushfire up`, what it has said, and a shell in which its commands find it."""

    process: subprocess.Popen[str]
    state: Path
    lines: list[str] = field(default_factory=list)
    _new: "queue.Queue[str | None]" = field(default_factory=queue.Queue)

    def wait_for_line(self, part: str, seconds: float = START_SECONDS) -> str:
        """The first line, said already or yet to come, that contains `part`."""
        for line in self.lines:
            if part in line:
                return line
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                new = self._new.get(timeout=left)
            except queue.Empty:
                break
            if new is None:
                break
            self.lines.append(new)
            if part in new:
                return new
        raise AssertionError(f"{part!r} was not said within {seconds} s; said:\n{self.said()}")

    def said(self) -> str:
        """All that it has said so far."""
        while not self._new.empty():
            line = self._new.get()
            self.lines.extend([line] if line else [])
        return "".join(self.lines)

    def listen_to(self) -> None:
        """Read what it says, so that it never waits for a reader."""

        def read() -> None:
            assert self.process.stdout is not None
            for line in self.process.stdout:
                self._new.put(line)
            self._new.put(None)

        threading.Thread(target=read, daemon=True).start()

    @property
    def addresses(self) -> Addresses:
        """Where it answers, as it announced to other commands."""
        (file,) = (self.state / "brushfire" / "running").glob("*.json")
        return Addresses(**json.loads(file.read_text()))

    def command(self, *words: str, seconds: float = 100.0) -> subprocess.CompletedProcess[str]:
        """Run `brushfire WORDS…` beside it, as in another terminal."""
        return subprocess.run(
            [sys.executable, "-m", "brushfire.cli", *words],
            env=shell(self.state),
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def json(self, *words: str, seconds: float = 100.0) -> Any:
        """The JSON object that a command prints."""
        ended = self.command(*words, seconds=seconds)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    def stop(self) -> int:
        """Press Ctrl-C; the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)


def shell(state: Path, **more: str) -> dict[str, str]:
    """An environment with nothing of Firebase in it but what `state` announces."""
    hidden = ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"XDG_STATE_HOME": str(state), "PYTHONUNBUFFERED": "1", **more}


@contextmanager
def running_system(
    data: Path, state: Path, *words: str, functions: bool = False, **environment: str
) -> Iterator[System]:
    """`brushfire up` on free ports with its data in `data`, stopped at the end of the block."""
    words = words if functions else (*words, "--no-functions")
    process = subprocess.Popen(
        [sys.executable, "-m", "brushfire.cli", "up", "--port", "0", "--data", str(data), *words],
        env=shell(state, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    system = System(process, state)
    system.listen_to()
    try:
        system.wait_for_line("the page: http://")
        yield system
    finally:
        if process.poll() is None:
            system.stop()
        assert process.stdout is not None
        process.stdout.close()
