"""The small parts around the loop: log, presence, catalog, seeds, and what may be imported."""

import io
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import brushfire
import listener
from contract.events import Failed, Submitted
from contract.params import PARAMS, Params
from contract.task import Claim, Failure, NewTask, WorkerState
from listener import logs, presence
from listener.catalog import entry_of, learn_options, publish_catalog
from listener.presence import Presence
from listener.seeds import seed_number
from listener.settings import LogFormat
from renderers import RENDERERS, Entry
from tests.listener.conftest import TASK
from tests.listener.running import eventually
from tests.listener.test_sweep import LONG_AGO

ROOT = Path(listener.__file__).parent


def test_nothing_of_the_listener_imports_what_is_heavy() -> None:
    modules = ", ".join(f"listener.{file.stem}" for file in sorted(ROOT.glob("*.py")))
    heavy = {"torch", "transformers", "kornia", "huggingface_hub"}
    code = f"import sys, {modules}; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True)
    assert (ran.stdout.strip(), ran.returncode) == ("[]", 0)


def test_the_listener_knows_which_release_it_is() -> None:
    assert brushfire.__version__ == listener.VERSION


@pytest.fixture
def log_lines() -> io.StringIO:
    """What the brushfire log says, in the form that a test sets on the handler's formatter."""
    return io.StringIO()


def said(form: LogFormat, log_lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", log_lines)
    monkeypatch.setattr(logs, "logger", logging.Logger("brushfire-test"))
    logs.configure(form)


CLAIM = Claim(worker="w", id="c", epoch=2, at=LONG_AGO, lease_until=LONG_AGO)
FAILED = Failed.build("t", CLAIM, Failure(code="out_of_memory", message="it was full"), 3)


def test_an_event_is_one_readable_line(log_lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    said("text", log_lines, monkeypatch)
    logs.log_event(FAILED)
    assert log_lines.getvalue()[9:] == (
        'failed          task=t worker=w epoch=2 code=out_of_memory message="it was full" attempt=3\n'
    )


def test_an_event_is_one_json_object_where_a_machine_reads(
    log_lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("json", log_lines, monkeypatch)
    logs.log_event(FAILED)
    logs.log_event(Submitted.build("t", NewTask(**TASK), LONG_AGO))
    failed, submitted = (json.loads(line) for line in log_lines.getvalue().splitlines())
    assert (failed["action"], failed["level"], failed["epoch"]) == ("failed", "WARNING", 2)
    assert submitted["rank"].startswith("2001-01-01")


def test_an_error_brings_its_traceback(log_lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    said("json", log_lines, monkeypatch)
    try:
        raise ZeroDivisionError("by zero")
    except ZeroDivisionError:
        logs.log("unexpected", exc_info=True, task="t")
    entry = json.loads(log_lines.getvalue())
    assert "ZeroDivisionError: by zero" in entry["traceback"]
    assert entry["task"] == "t"


def test_presence_is_written_when_a_worker_comes_and_goes_and_not_at_each_task(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    here = Presence(db, "worker-a", "cuda:0", ["pixeldraw"], lambda: {"pixeldraw/draft": 1.5})
    write = here._write

    def note(state: WorkerState, task: str | None) -> None:
        write(state, task)
        written.append(state)

    monkeypatch.setattr(here, "_write", note)
    here.start()
    here.now(WorkerState.IDLE)
    eventually(lambda: written)
    for number in range(20):
        here.now(WorkerState.RENDERING, f"t{number}")
    document = db.document("workers/worker-a").get().to_dict()
    assert (document["state"], document["device"]) == ("idle", "cuda:0")
    assert document["seconds"] == {"pixeldraw/draft": 1.5}
    here.now(WorkerState.DRAINING)
    eventually(lambda: len(written) == 2)
    here.stop()
    document = db.document("workers/worker-a").get().to_dict()
    assert document["state"] == "stopped"
    assert "task" not in document
    assert written == ["idle", "draining", "stopped"]


def test_presence_is_written_now_and_then_though_nothing_changes(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "HEARTBEAT_SECONDS", 0.1)
    here = Presence(db, "worker-a", "cpu", ["pixeldraw"])
    here.start()
    here.now(WorkerState.IDLE)
    first = eventually(lambda: db.document("workers/worker-a").get().get("last_seen"))
    here.now(WorkerState.RENDERING, "t1")
    eventually(lambda: db.document("workers/worker-a").get().to_dict().get("task") == "t1")
    assert db.document("workers/worker-a").get().get("last_seen") > first
    here.stop()


def test_the_catalog_is_written_only_where_it_differs(db: Any) -> None:
    publish_catalog(db, ["pixeldraw"])
    first = db.document("catalog/pixeldraw").get()
    assert first.get("options") == PARAMS["pixeldraw"].model_json_schema()
    publish_catalog(db, ["pixeldraw"])
    assert db.document("catalog/pixeldraw").get().update_time == first.update_time
    db.document("catalog/pixeldraw").update({"summary": "old"})
    publish_catalog(db, ["pixeldraw"])
    assert db.document("catalog/pixeldraw").get().to_dict() == first.to_dict()


class MossParams(Params):
    """Grows moss."""


class Moss:
    """A third party's renderer."""

    Params = MossParams


def test_a_third_partys_options_are_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RENDERERS, "moss", Entry("tests.listener.test_listener:Moss", ""))
    monkeypatch.setattr("listener.catalog.PARAMS", known := dict(PARAMS))
    learn_options(["pixeldraw", "moss"])
    assert known["moss"] is MossParams
    assert entry_of(known["moss"]).summary == "Grows moss."


def test_a_seed_is_the_same_number_everywhere_and_always() -> None:
    assert seed_number(7, "t") == 7
    assert seed_number("monday", "t") == seed_number("monday", "u")
    assert seed_number(None, "t") == seed_number(None, "t") != seed_number(None, "u")
    assert seed_number("7", "t") != 7
    assert 0 <= seed_number(None, "t") < 2**53
