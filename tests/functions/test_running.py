"""The functions as they are deployed, called by real changes of documents and by the clock."""

import hashlib
import hmac
import io
import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client
from PIL import Image

from emulator.config import Address, Service
from emulator.firestore.messages import Document
from emulator.functions.environment import environment
from emulator.functions.events import event_body, event_headers
from functions.webhook import owner_key
from tests.emulator.functions.project import PROJECT
from tests.functions import factories
from tests.functions.receivers import until
from tests.functions.running import WEBHOOK_SECRET, Project, running_project

pytestmark = pytest.mark.slow

UPDATED = "google.cloud.firestore.document.v1.updated"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with running_project(tmp_path_factory.mktemp("functions")) as project:
        yield project


@pytest.fixture
def task(project: Project) -> str:
    """The id of a task that isn't there yet; nobody has been written to."""
    project.receivers.clear()
    return uuid4().hex[:12]


def ask(project: Project, task: str, **contact: str) -> None:
    """A running task, whose owner left an address."""
    project.db.document(f"queue/{task}").set(factories.running())
    project.db.document(f"queue/{task}/private/contact").set(contact)
    project.bucket.blob(f"results/{task}/1/thumbnail.webp").upload_from_string(
        factories.thumbnail(), content_type="image/webp"
    )


def finish(project: Project, task: str) -> None:
    project.db.document(f"queue/{task}").update(factories.done(task))


def test_the_triggers_are_found_and_nothing_else_is_wrong(project: Project) -> None:
    functions = project.emulator.functions()
    assert functions.pop("problem") is None
    kinds = {name: function["trigger"] for name, function in functions.items()}
    assert kinds["on_task_finished"] == "updated"
    assert kinds["on_task_deleted"] == "deleted"
    assert {name for name, kind in kinds.items() if kind == "schedule"} >= {"reap", "prune", "stats"}


def test_a_finished_task_is_mailed_with_its_picture_inside(project: Project, task: str) -> None:
    ask(project, task, email="ann@example.org", language="de")
    finish(project, task)
    until(lambda: project.outbox(task, "mail").get("state") == "sent", "the mail")
    (mail,) = project.receivers.mails
    assert mail.to == ["ann@example.org"]
    assert mail.sender == "pictures@brushfire.example"
    assert str(mail.message["Subject"]) == "Dein Bild ist fertig: a red circle"
    html = mail.part("text/html")
    picture = next(part for part in mail.message.walk() if part.get_content_type() == "image/jpeg")
    assert f'src="cid:{str(picture["Content-ID"])[1:-1]}"' in html
    with Image.open(io.BytesIO(mail.part("image/jpeg"))) as opened:
        assert opened.size == (64, 48)
        assert opened.getpixel((30, 20))[0] > 150  # type: ignore[index]
    for part in (html, mail.part("text/plain")):
        assert f"https://brushfire.example/t/{task}" in part
    assert "image.png?token=t&amp;alt=media" in html
    assert "video.mp4?token=t&alt=media" in mail.part("text/plain")
    sent = project.outbox(task, "mail")
    assert (sent["attempts"], "ann@example.org" in str(sent)) == (1, False)


def test_a_webhook_that_fails_is_called_again_as_the_same_delivery(project: Project, task: str) -> None:
    project.receivers.faults.extend([500, "close"])
    ask(project, task, webhook=f"{project.receivers.url}/hook?x=1")
    finish(project, task)
    for failures in (1, 2):
        until(lambda n=failures: len(project.receivers.requests) == n, "the call")  # type: ignore[misc]
        until(lambda: project.outbox(task, "webhook")["state"] == "pending", "the note of it")
        assert project.outbox(task, "webhook")["error"]
        past = datetime.now(UTC) - timedelta(minutes=1)
        project.db.document(f"outbox/{task}_webhook_done").update({"next_attempt": past})
        project.fire("reap")
    assert project.outbox(task, "webhook")["state"] == "sent"
    first, _, last = project.receivers.requests
    assert last.headers["Brushfire-Delivery"] == first.headers["Brushfire-Delivery"]
    assert last.headers["Brushfire-Attempt"] == "3"
    told = json.loads(last.body)
    assert (told["type"], told["task"]["id"], told["task"]["status"]) == ("task.finished", task, "done")
    signed = f"{last.headers['Brushfire-Timestamp']}.".encode() + last.body
    key = owner_key(WEBHOOK_SECRET, "ann").encode()
    assert last.headers["Brushfire-Signature"] == "v1=" + hmac.new(key, signed, hashlib.sha256).hexdigest()


def test_one_mail_goes_out_though_the_trigger_is_delivered_five_times_at_once_and_then_again(
    project: Project, task: str
) -> None:
    ask(project, task, email="ann@example.org", webhook=f"{project.receivers.url}/hook")
    # The functions of the local Firebase hear of it, too: six that begin at about the same time.
    finish(project, task)
    snapshot = project.db.document(f"queue/{task}").get()
    with served(project, "on_task_finished") as deliver, ThreadPoolExecutor(5) as pool:
        assert list(pool.map(lambda _: deliver(task, snapshot), range(5))) == [200] * 5
        until(lambda: project.outbox(task, "mail").get("state") == "sent", "the mail")
        until(lambda: project.outbox(task, "webhook").get("state") == "sent", "the call")
        assert [deliver(task, snapshot) for _ in range(2)] == [200] * 2
    assert len(project.receivers.mails) == 1
    assert len(project.receivers.requests) == 1
    assert project.outbox(task, "mail")["attempts"] == 1


def test_a_document_that_cant_be_decoded_is_no_event_that_comes_again(project: Project, task: str) -> None:
    other = project.db.document("queue/x")
    elsewhere = type(other)("queue", "x", client=type(project.db)("elsewhere", AnonymousCredentials()))
    project.db.document(f"queue/{task}").set(factories.running(params={"a": elsewhere}))
    project.db.document(f"queue/{task}").update({"public": True})
    until(lambda: "event_dropped" in project.emulator.log(), "the line in the log")
    until(lambda: project.emulator.functions()["on_task_finished"]["waiting"] == 0, "the acknowledgement")
    project.db.document(f"queue/{task}").delete()


def test_a_deleted_task_takes_its_files_and_documents_along(project: Project, task: str) -> None:
    ask(project, task, email="ann@example.org")
    for folder in ("previews", "checkpoints"):
        project.bucket.blob(f"{folder}/{task}/1/x").upload_from_string(b"x")
    project.bucket.blob(f"results/{task}0/1/x").upload_from_string(b"another's")
    project.db.document(f"queue/{task}/live/progress").set({"step": 1})
    project.db.document(f"queue/{task}/likes/bob").set({"uid": "bob"})
    finish(project, task)
    until(lambda: project.outbox(task, "mail").get("state") == "sent", "the mail")
    project.db.document(f"queue/{task}").delete()

    def left() -> list[str]:
        documents = [
            f"queue/{task}/private/contact",
            f"queue/{task}/live/progress",
            f"queue/{task}/likes/bob",
            f"outbox/{task}_mail_done",
        ]
        files = [
            blob.name
            for folder in ("results", "previews", "checkpoints")
            for blob in project.bucket.list_blobs(prefix=f"{folder}/{task}/")
        ]
        return files + [path for path in documents if project.db.document(path).get().exists]

    until(lambda: not left(), "the removal")
    assert project.bucket.blob(f"results/{task}0/1/x").exists()


def test_the_minutely_schedule_puts_back_what_nobody_works_on(project: Project, task: str) -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    lost = factories.running()
    lost["claim"]["lease_until"] = past
    project.db.document(f"queue/{task}").set(lost)
    waits = factories.running(status="scheduled", not_before=past)
    project.db.document(f"queue/{task}-waits").set(waits)
    project.fire("reap")
    assert project.db.document(f"queue/{task}").get().get("status") == "queued"
    assert project.db.document(f"queue/{task}-waits").get().get("status") == "queued"


def test_the_other_schedules_prune_and_count(project: Project, task: str) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    project.db.document(f"queue/{task}").set(factories.running() | factories.done(task, expires_at=past))
    project.bucket.blob(f"results/{task}/1/image.png").upload_from_string(b"x")
    project.fire("prune")
    assert not project.db.document(f"queue/{task}").get().exists
    assert not project.bucket.blob(f"results/{task}/1/image.png").exists()
    project.fire("stats")
    hour = datetime.now(UTC) - timedelta(hours=1)
    counts = project.db.document(f"stats/{hour:%Y-%m-%dT%H}").get().to_dict()
    assert set(counts["finished"]) == {"done", "failed", "cancelled", "rejected"}


@contextmanager
def served(project: Project, function: str) -> Iterator[Any]:
    """A function under functions-framework alone; what is yielded delivers an event to it."""
    addresses = {
        service: Address(*_split(project.emulator.addresses[service.value]))
        for service in (Service.FIRESTORE, Service.AUTH, Service.STORAGE, Service.FUNCTIONS)
    }
    own = {"BRUSHFIRE_MAIL": "smtp", "BRUSHFIRE_MAIL_FROM": "a@brushfire.example", "SMTP_SECURITY": "none"}
    own |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(project.receivers.smtp_port)}
    own |= {"BRUSHFIRE_WEBHOOK_SECRET": WEBHOOK_SECRET, "BRUSHFIRE_LOCAL_WEBHOOKS": "1"}
    dist = project.folder / "dist"
    port = _free_port()
    command = ["--target", function, "--source", "main.py", "--signature-type", "cloudevent"]
    process = subprocess.Popen(
        [sys.executable, "-m", "functions_framework", *command, "--host", "127.0.0.1", "--port", str(port)],
        cwd=dist,
        env=environment(PROJECT, Path(dist), addresses) | own,
        stderr=subprocess.PIPE,
    )

    def deliver(task: str, after: Any) -> int:
        headers = event_headers(
            event_type=UPDATED,
            event_id="the same each time",
            name=after.reference._document_path,
            micros=1_780_000_000_000_000,
            auth_type="service_account",
            auth_id="",
        )
        body = event_body(_message(project.db, task, factories.running()), _message(project.db, task, None))
        request = urllib.request.Request(f"http://127.0.0.1:{port}/", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)

    try:
        until(lambda: _answers(port), "functions-framework")
        yield deliver
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _message(db: Client, task: str, fields: dict[str, Any] | None) -> Document:
    """The task's document as the service writes it, now or with other fields."""
    reference = db.document(f"queue/{task}")
    request = {"documents": [reference._document_path], "database": db._database_string}
    (found,) = list(db._firestore_api.batch_get_documents(request, metadata=db._rpc_metadata))
    message = Document.FromString(type(found.found).serialize(found.found))
    if fields is not None:
        message.fields["status"].string_value = fields["status"]
        message.update_time.seconds -= 1
    return message


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
