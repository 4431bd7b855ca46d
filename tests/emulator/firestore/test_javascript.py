"""The unmodified JavaScript SDK: its Node build over gRPC, its browser build over WebChannel in Chromium."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.conftest import ServerThread
from tests.emulator.firestore.test_listening import Watcher

pytestmark = pytest.mark.slow
JS = Path(__file__).parents[2] / "js"
runtimes = pytest.mark.parametrize("runtime", ["node", "browser"])


@pytest.fixture(scope="module", autouse=True)
def modules() -> None:
    """Installs the pinned packages where they aren't, or where their list has changed."""
    stamp = JS / "node_modules" / ".package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < (JS / "package-lock.json").stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=JS, check=True, capture_output=True)
        stamp.touch()


@pytest.fixture
def script(server: ServerThread, project: str) -> Callable[[str, str], subprocess.Popen[str]]:
    """Starts tests/js/firestore/{runtime}.mjs in a mode."""

    def start(runtime: str, mode: str) -> subprocess.Popen[str]:
        environment = {"HOST": "127.0.0.1", "PORT": str(server.port), "PROJECT": project, "MODE": mode}
        return subprocess.Popen(
            ["node", JS / "firestore" / f"{runtime}.mjs"],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


@contextmanager
def ending_well(process: subprocess.Popen[str]) -> Iterator[None]:
    """Waits for the process after the block; its output is the failure's text."""
    try:
        yield
        output, _ = process.communicate(timeout=90)
        assert process.returncode == 0, output
    finally:
        process.kill()
        process.communicate()


@runtimes
def test_the_sdk_gets_along(script: Any, runtime: str) -> None:
    with ending_well(script(runtime, "checks")):
        pass


@runtimes
def test_python_and_javascript_see_each_others_writes_live_across_a_restart_of_the_server(
    script: Any, client: Any, server: ServerThread, runtime: str
) -> None:
    answers = Watcher(client.collection("pong"))
    with ending_well(script(runtime, "echo")):
        client.document("ping/a").set({"n": 1})
        answers.until(["a"])
        client.document("ping/b").set({"n": 2})
        answers.until(["a", "b"])
        server.stop()
        server.start()
        client.document("ping/c").set({"n": 3})
        answers.until(["a", "b", "c"])
        client.document("ping/stop").set({"n": 4})
    assert client.document("pong/c").get().get("n") == 3
    answers.stop()
