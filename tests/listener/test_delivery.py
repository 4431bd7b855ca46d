"""What was rendered while Firebase was away is delivered when it is back, also by another process."""

import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from brushfire.running import Addresses
from contract.task import Status
from listener.firebase import Firebase
from listener.results import Packed, PackedFile
from listener.settings import Settings
from listener.spool import Entry, Spool
from listener.storage import FileStore
from listener.task_queue import TaskQueue
from tests.listener.conftest import Submit
from tests.listener.factories import take
from tests.listener.fakes import Squares
from tests.listener.proxy import Proxy
from tests.listener.running import Running, ended, eventually, opened, result_of
from tests.listener.test_processes import Process

# The library ends a stream that broke by an exception in a thread of its own.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture
def storage_line(settings: Settings) -> Iterator[Proxy]:
    with Proxy(str(settings.storage_host)) as line:
        yield line


@pytest.fixture
def queue_line(settings: Settings) -> Iterator[Proxy]:
    with Proxy(str(settings.firestore_host)) as line:
        yield line


def said(caplog: pytest.LogCaptureFixture, action: str) -> int:
    return [record.message for record in caplog.records].count(action)


@pytest.mark.slow
def test_a_render_outlives_an_outage_of_storage_which_is_said_once(
    storage_line: Proxy,
    settings: Settings,
    queue: TaskQueue,
    submit: Submit,
    squares: type[Squares],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "brushfire")
    squares.PAUSE = 0.05
    with Running(replace(settings, storage_host=storage_line.address)):
        submit("t", params={"iterations": 20})
        assert squares.begun.wait(15)
        storage_line.cut()
        eventually(lambda: said(caplog, "storage_unreachable"), 30)
        time.sleep(1.0)
        storage_line.mend()
        task = ended(queue, "t", 30)
    assert (task.status, task.attempt, task.attempts) == (Status.DONE, 1, [])
    assert len(squares.renders) == 1
    assert (said(caplog, "storage_unreachable"), said(caplog, "storage_back")) == (1, 1)


@pytest.mark.slow
def test_a_render_outlives_an_outage_of_firestore_which_is_said_once(
    queue_line: Proxy,
    settings: Settings,
    queue: TaskQueue,
    submit: Submit,
    squares: type[Squares],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level("INFO", "brushfire")
    squares.PAUSE = 0.05
    monkeypatch.setattr("listener.edge.PATIENCE", {"retry": None, "timeout": 2.0})
    with Running(replace(settings, firestore_host=queue_line.address)):
        submit("t", params={"iterations": 20})
        assert squares.begun.wait(15)
        queue_line.cut()
        eventually(lambda: said(caplog, "queue_unreachable"), 30)
        time.sleep(2.0)
        queue_line.mend()
        task = ended(queue, "t", 40)
    assert (task.status, task.attempt, task.attempts) == (Status.DONE, 1, [])
    assert len(squares.renders) == 1
    assert said(caplog, "queue_unreachable") == said(caplog, "queue_back") == 1


@pytest.mark.slow
def test_a_worker_that_leaves_while_storage_is_away_gives_its_task_back_uncounted(
    storage_line: Proxy,
    settings: Settings,
    queue: TaskQueue,
    submit: Submit,
    squares: type[Squares],
    caplog: pytest.LogCaptureFixture,
) -> None:
    storage_line.cut()
    with Running(replace(settings, storage_host=storage_line.address)):
        submit("t")
        eventually(lambda: said(caplog, "storage_unreachable"), 30)
    task = queue.get("t")
    assert task is not None
    assert (task.status, task.attempt) == (Status.QUEUED, 0)
    assert list(Spool(settings.state / "spool").left_behind()) == []


def test_a_cancel_during_the_upload_is_heeded_and_what_was_uploaded_removed(
    settings: Settings,
    client: Firebase,
    queue: TaskQueue,
    submit: Submit,
    squares: type[Squares],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put, uploaded = FileStore.put, list[str]()

    def put_and_cancel(store: FileStore, path: str, *rest: Any) -> Any:
        uploaded.append(path)
        stored = put(store, path, *rest)
        if len(uploaded) == 2:
            queue.cancel("t")
        return stored

    monkeypatch.setattr(FileStore, "put", put_and_cancel)
    with Running(settings):
        submit("t")
        task = ended(queue, "t", 20)
        eventually(lambda: not list(client.bucket.list_blobs(prefix="results/t/")))
    assert (task.status, task.result) == (Status.CANCELLED, None)
    assert len(uploaded) == 3
    assert list((settings.state / "spool").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_process_left_behind_is_delivered_by_the_next_one(
    number: signal.Signals,
    storage_line: Proxy,
    queue_line: Proxy,
    firebase: Addresses,
    settings: Settings,
    queue: TaskQueue,
    submit: Submit,
) -> None:
    environment = {"BRUSHFIRE_STATE": str(settings.state), "BRUSHFIRE_LEASE_SECONDS": "60"}
    lines = {
        "FIRESTORE_EMULATOR_HOST": queue_line.address,
        "STORAGE_EMULATOR_HOST": f"http://{storage_line.address}",
    }
    storage_line.cut()
    submit("t")
    first = Process(firebase, "one", **environment, **lines)
    eventually(lambda: first.did("storage_unreachable"), 40)
    if number is signal.SIGTERM:
        queue_line.cut()
        assert first.end(number) in (0, 1)
    else:
        assert first.end(number) == -number
    # To the next process the same Firebase answers at the same address.
    queue_line.mend()
    storage_line.mend()
    second = Process(firebase, "two", **environment, **lines)
    task = ended(queue, "t", 40)
    second.end(signal.SIGTERM)
    assert (task.status, task.attempt) == (Status.DONE, 1)
    assert task.claim is not None
    assert (task.claim.worker, task.claim.epoch) == ("one", 1)
    assert second.did("left_behind_delivered")
    assert not second.did("claimed")
    assert opened(result_of(task).images[0].url.replace(storage_line.address, str(settings.storage_host)))


PACKED = Packed(
    files=[
        PackedFile(name="image.png", content_type="image/png", role="image", crc32=zlib.crc32(b"picture"))
    ],
    width=1,
    height=1,
    seed=1,
    seconds=0.1,
)


def test_what_is_kept_is_whole_or_not_there(tmp_path: Path, queue: TaskQueue, submit: Submit) -> None:
    submit("t")
    held = take(queue)
    assert held is not None
    spool = Spool(tmp_path)
    whole, gone, torn, empty = (spool.slot() for _ in range(4))
    entry = Entry(site="here", task="t", claim=held.claim, packed=PACKED)
    for slot in (whole, gone, torn):
        (slot.folder / "image.png").write_bytes(b"picture")
        slot.keep(entry)
    (gone.folder / "image.png").unlink()
    (torn.folder / "image.png").write_bytes(b"pict")
    assert list(Spool(tmp_path).left_behind()) == [], "their process lives"
    for slot in (whole, gone, torn, empty):
        slot.leave()
    [found] = Spool(tmp_path).left_behind()
    assert found.entry() == entry
    assert {folder.name for folder in tmp_path.iterdir()} == {whole.folder.name}
    found.drop()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_holds_on_to_nothing(tmp_path: Path) -> None:
    script = "from listener.spool import Spool; from pathlib import Path; import sys, time; "
    script += "s = Spool(Path(sys.argv[1])).slot(); print(s.folder, flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=os.getcwd(),
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert list(Spool(tmp_path).left_behind()) == []
    assert folder.exists()
    process.kill()
    process.wait()
    process.stdout.close()
    assert list(Spool(tmp_path).left_behind()) == []
    assert not folder.exists(), "it held nothing usable, and nobody has it"


def test_a_disk_that_can_not_be_written_to_is_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    spool = Spool(tmp_path / "file" / "spool")
    slot = spool.slot()
    assert slot.folder.is_dir()
    slot.drop()
    assert said(caplog, "spool_unusable") == 1
