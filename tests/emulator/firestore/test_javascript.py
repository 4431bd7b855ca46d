"""The unmodified JavaScript SDK: its Node build over gRPC, its browser build over WebChannel in Chromium."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from tests.emulator.conftest import ServerThread
from tests.emulator.firestore.process import ServerProcess
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


Script = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def script(server: ServerThread, project: str) -> Script:
    """Starts tests/js/firestore/{runtime}.mjs in a mode, with more for its environment where need be."""

    def start(runtime: str, mode: str, **more: str) -> subprocess.Popen[str]:
        environment = {
            "HOST": "127.0.0.1",
            "PORT": str(server.port),
            "PROJECT": project,
            "MODE": mode,
            **more,
        }
        return subprocess.Popen(
            ["node", JS / "firestore" / f"{runtime}.mjs"],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
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


def ask(process: subprocess.Popen[str], name: str, *given: object) -> None:
    """Has every page of a script in the mode "counters" do something, and waits until all have."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps([name, *given]) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer == "done\n", answer + process.stdout.read()


@runtimes
def test_the_sdk_gets_along(script: Script, runtime: str) -> None:
    with ending_well(script(runtime, "checks")):
        pass


def test_the_sdk_gets_along_over_long_polling(script: Script) -> None:
    with ending_well(script("browser", "checks", POLLING="yes")):
        pass


def test_each_of_eight_tabs_sees_every_write(script: Script, client: Any) -> None:
    tabs = script("browser", "counters", TABS="8")
    with ending_well(tabs):
        ask(tabs, "until", [])
        ask(tabs, "add", "*", 2)
        ask(tabs, "add", "all", 3)
        own = [[f"tab {tab}", 2] for tab in range(8)]
        ask(tabs, "until", [["all", 24], *own])
        client.document("counters/python").set({"n": 1})
        ask(tabs, "until", [["all", 24], ["python", 1], *own])


def test_open_pages_outlive_the_server_and_their_writes_arrive_once(
    script: Script, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ServerProcess(tmp_path)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{server.port}")
    node, browser = (script(runtime, "counters", PORT=str(server.port)) for runtime in ("node", "browser"))
    try:
        with ending_well(node), ending_well(browser):
            ask(node, "add", "node", 200)
            ask(browser, "add", "browser", 200)
            while min(count_up("python", project).get(runtime, 0) for runtime in ("node", "browser")) < 10:
                pass  # stop in the midst of their writes
            for n, end in enumerate([ServerProcess.stop, ServerProcess.kill]):
                end(server)
                ask(node, "add", "node", 5)
                ask(browser, "add", "browser", 5)
                server = ServerProcess(tmp_path, server.port)
                python = count_up("python", project)["python"]
                expected = [["browser", 205 + 5 * n], ["node", 205 + 5 * n], ["python", python]]
                ask(node, "until", expected)
                ask(browser, "until", expected)
        assert count_up("python", project) == {"browser": 210, "node": 210, "python": python + 1}
    finally:
        server.stop()


def count_up(counter: str, project: str) -> dict[str, int]:
    """Adds one to a counter. Returns them all."""
    with closing(firestore.Client(project=project, credentials=AnonymousCredentials())) as client:
        client.document(f"counters/{counter}").set({"n": firestore.Increment(1)}, merge=True)
        return {counter.id: counter.get("n") for counter in client.collection("counters").stream()}


@runtimes
def test_python_and_javascript_see_each_others_writes_live_across_a_restart_of_the_server(
    script: Script, client: Any, server: ServerThread, runtime: str
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
