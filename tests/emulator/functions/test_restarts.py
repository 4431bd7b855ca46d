"""What is kept when a process dies: the emulator's, a function's, or the one that reads the source."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from tests.emulator.functions.project import HEADER, PROJECT, Emulator, Seen, running, write_project

pytestmark = pytest.mark.slow

SOURCE = """
@firestore_fn.on_document_created(document="queue/{task}")
def made(event):
    if os.path.exists("../broken"):
        raise RuntimeError("broken")
    tell("made", task=event.params["task"], id=event.id)

@https_fn.on_request()
def api(request):
    if request.path == "/die":
        os._exit(1)
    return https_fn.Response(str(os.getpid()))
"""
MORE = """
@https_fn.on_request()
def more(request):
    return "more"
"""
STORM = """
@firestore_fn.on_document_created(document="storm/{name}")
def noted(event):
    with open("../noted", "a") as file:
        file.write(event.params["name"] + "\\n")
"""


def until(condition: Callable[[], Any], within_s: float = 60) -> Any:
    """The first true answer of `condition`, asked again and again: nothing tells when a log has grown."""
    end = monotonic() + within_s
    while not (answer := condition()):
        assert monotonic() < end, f"it didn't come true within {within_s} s"
        sleep(0.05)
    return answer


def call_api(emulator: Emulator, path: str = "/") -> tuple[int, str]:
    answer = emulator.request("GET", f"/{PROJECT}/us-central1/api{path}")
    return answer.status, answer.body.decode()


def test_a_killed_emulator_delivers_after_its_restart_what_was_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_project(tmp_path, SOURCE)
    (tmp_path / "broken").touch()
    with running(config) as emulator:
        database = emulator.client(monkeypatch.setenv)
        database.document("queue/before anything was known").set({"n": 1})
        database.document("other/document").set({"n": 1})
        until(lambda: "queue/before anything was known, attempt 1; again in" in emulator.log())
        database.document("queue/after").set({"n": 1})
        assert emulator.functions()["made"]["waiting"] == 2
        pid = emulator.functions()["made"]["pid"]
        emulator.kill()
        database.close()
        until(lambda: not alive(pid))
    (tmp_path / "broken").unlink()
    with running(config) as emulator:
        database = emulator.client(monkeypatch.setenv)
        seen = Seen(database)
        assert {told["task"] for told in seen.of("made", 2)} == {"before anything was known", "after"}
        until(lambda: emulator.functions()["made"]["waiting"] == 0)
        assert len(seen.of("made", 2)) == 2
        seen.close()
        database.close()


def test_killed_in_the_midst_of_commits_no_acknowledged_one_is_lost_and_none_made_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_project(tmp_path, STORM)
    acknowledged: list[str] = []
    with running(config) as emulator:
        database = emulator.client(monkeypatch.setenv)
        database.document("storm/first").create({"n": 0})
        until((tmp_path / "noted").exists)

        def write(writer: int) -> None:
            with suppress(GoogleAPICallError):
                for number in count():
                    database.document(f"storm/{writer}-{number}").create({"n": number}, retry=None)
                    acknowledged.append(f"{writer}-{number}")

        writers = [threading.Thread(target=write, args=[writer]) for writer in range(4)]
        for writer in writers:
            writer.start()
        until(lambda: len(acknowledged) > 150)
        emulator.kill()
        for writer in writers:
            writer.join()
        database.close()
    with running(config) as emulator:
        until(lambda: emulator.functions()["noted"]["waiting"] == 0)
        delivered = set((tmp_path / "noted").read_text().split())
        database = emulator.client(monkeypatch.setenv)
        stored = {snapshot.id for snapshot in database.collection("storm").stream()}
        database.close()
    assert set(acknowledged) <= stored
    assert delivered == stored


def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    with running(write_project(tmp_path, SOURCE)) as emulator:
        status, first = call_api(emulator)
        assert (status, call_api(emulator)) == (200, (200, first))
        assert call_api(emulator, "/die") == (502, "the process of api died during the call\n")
        status, second = call_api(emulator)
        assert (status, second != first) == (200, True)
        os.kill(int(second), signal.SIGKILL)
        until(lambda: emulator.functions()["api"]["pid"] is None)
        assert call_api(emulator)[0] == 200


def test_a_changed_source_is_served_and_a_broken_one_is_not(tmp_path: Path) -> None:
    main = tmp_path / "functions/main.py"
    with running(write_project(tmp_path, SOURCE)) as emulator:
        first = call_api(emulator)[1]
        main.write_text("def broken(:")
        problem = until(lambda: emulator.functions()["problem"])
        assert "SyntaxError" in problem
        assert call_api(emulator) == (200, first)
        main.write_text(HEADER + SOURCE.replace("str(os.getpid())", "'new'") + MORE)
        until(lambda: "more" in emulator.functions())
        assert call_api(emulator) == (200, "new")
        assert emulator.functions()["problem"] is None
        assert emulator.request("GET", f"/{PROJECT}/us-central1/more").body == b"more"


def test_a_source_that_never_loads_says_why_and_keeps_the_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_project(tmp_path, "import nothing_of_this_name\n")
    with running(config) as emulator:
        assert "No module named 'nothing_of_this_name'" in emulator.functions()["problem"]
        status, told = call_api(emulator)
        assert status == 404
        assert "nothing_of_this_name" in told
        database = emulator.client(monkeypatch.setenv)
        database.document("queue/1").set({"n": 1})
        seen = Seen(database)
        (tmp_path / "functions/main.py").write_text(HEADER + SOURCE)
        assert [told["task"] for told in seen.of("made")] == ["1"]
        seen.close()
        database.close()


def test_without_main_py_nothing_of_functions_is_started(tmp_path: Path) -> None:
    config = write_project(tmp_path, "")
    (tmp_path / "functions/main.py").unlink()
    with running(config) as emulator:
        assert "functions" not in emulator.addresses


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
