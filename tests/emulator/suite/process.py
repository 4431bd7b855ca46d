"""The suite as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def launch(config: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "emulator", "--config", config, "--data", config.parent / "data", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status, and what it said to people."""
    try:
        _, said = process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, said


def close_stdin(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None


@contextmanager
def started(config: Path, *options: str) -> Iterator[dict[str, Any]]:
    process = launch(config, "--port", "0", *options)
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        yield json.loads(line) | {"process": process}
    finally:
        if process.poll() is None:
            process.terminate()
            assert finish(process)[0] == 0
