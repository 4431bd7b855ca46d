"""A Firestore server as a process of its own: `python -m tests.emulator.firestore.process DIRECTORY PORT`."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from emulator.firestore.server import FirestoreServer
from emulator.meter import Meter


class ServerProcess:
    """Starts the process and waits until it listens. `kill` is SIGKILL; `stop` lets it end well."""

    def __init__(self, data_dir: Path, port: int = 0) -> None:
        command = [sys.executable, "-m", "tests.emulator.firestore.process", str(data_dir), str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()


async def main(data_dir: Path, port: int) -> None:
    server = FirestoreServer(data_dir, meter=Meter())
    await server.start("127.0.0.1", port)
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
