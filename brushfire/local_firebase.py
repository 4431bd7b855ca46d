"""Starts and stops the local Firebase (`python -m emulator`) as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from brushfire.running import Addresses
from contract.errors import SetupError

STOP_SECONDS = 10.0


class LocalFirebase:
    """One running local Firebase. It leaves by itself if this process is killed, its input closing."""

    def __init__(self, process: subprocess.Popen[str], addresses: Addresses) -> None:
        self.process = process
        self.addresses = addresses

    @classmethod
    def start(
        cls,
        config: Path,
        data: Path,
        port: int | None = None,
        *,
        functions: bool = False,
        stderr: int | None = None,
        spawned: Callable[[subprocess.Popen[str]], None] = lambda process: None,
    ) -> "LocalFirebase":
        """Start it and wait until it answers.

        `port` 0 takes free ports, None those of `config` (a firebase.json). Without `functions` those of the
        project are left out. `spawned` is told of the process before it is ready, to read what it says on
        `stderr`. Raises `SetupError` with the reason it gave.
        """
        command = [sys.executable, "-m", "emulator", "--config", str(config), "--data", str(data)]
        command += ["--exit-with-parent"] + ([] if functions else ["--no-functions"])
        command += ["--port", str(port)] if port is not None else []
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
            # gRPC would say at each start of a function that it can't be forked; nobody goes on in the fork.
            env=os.environ | {"GRPC_ENABLE_FORK_SUPPORT": "0"},
            cwd=Path(__file__).parent.parent,
        )
        spawned(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SetupError(
                f"the local Firebase did not start (exit status {process.wait()}); it says why above"
            )
        ready = json.loads(line)
        return cls(process, Addresses(**{name: ready[name] for name in Addresses.__dataclass_fields__}))

    def stop(self) -> None:
        """Stop it in order; its data stays."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
