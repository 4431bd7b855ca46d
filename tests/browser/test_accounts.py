"""Accounts and the operator's page as people use them, in a real Chromium beside a real listener."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listener.firebase import Firebase, connect
from listener.settings import Settings
from tests.browser.visit import screenshots, visit
from tests.path.system import running_system, shell

pytestmark = [pytest.mark.slow, pytest.mark.timeout(700)]

NOW = datetime.now(UTC)
TASK: dict[str, Any] = {
    "uid": "bob",
    "prompt": "a star",
    "renderer": "pixeldraw",
    "params": {"quality": "draft", "size": 64, "iterations": 2},
    "public": True,
    "cancel_requested": False,
    "created_at": NOW,
    "rank": NOW,
}
# It was one attempt away from the end of them.
FAILED = TASK | {
    "status": "failed",
    "attempt": 3,
    "finished_at": NOW,
    "expires_at": NOW + timedelta(days=30),
    "error": {"code": "out_of_memory", "message": "The GPU is full."},
    "attempts": [{"worker": "w1", "epoch": 1, "ended_at": NOW, "code": "out_of_memory", "message": "Full."}],
}
TOMORROW = TASK | {"status": "scheduled", "attempt": 1, "not_before": NOW + timedelta(days=1)}
REPORTED = TASK | {"status": "done", "finished_at": NOW, "hidden": False}
REPORT = {"task": "reported", "uid": "cleo", "reason": "It is my picture.", "created_at": NOW}


def prepare(firebase: Firebase) -> None:
    for id, task in {"broken": FAILED, "tomorrow": TOMORROW, "reported": REPORTED}.items():
        firebase.db.document(f"queue/{id}").set(task)
    firebase.db.document("reports/reported_cleo").set(REPORT)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What people saw, and what is in the database and the bucket afterwards."""
    folder = tmp_path_factory.mktemp("accounts")
    with running_system(folder / "data", folder / "state", "--no-functions") as system:
        local = {**system.addresses.environment(), "BRUSHFIRE_STATE": str(folder / "state")}
        firebase = connect(Settings.from_environment(local))
        prepare(firebase)
        words = [f"http://{system.addresses.hosting}", screenshots(folder), sys.executable]
        ids = ("broken", "tomorrow", "reported")
        found = visit(
            "accounts.mjs", *words, *ids, seconds=640, environment=shell(system.state), said=system.said
        )
        found["documents"] = {
            id: firebase.db.document(f"queue/{id}").get().to_dict()
            for id in (*ids, found["task"], found["unfinished"])
        }
        mails = f"http://{system.addresses.auth}/emulator/v1/projects/{system.addresses.project}/oobCodes"
        with urllib.request.urlopen(mails) as answer:
            found["mails"] = json.load(answer)["oobCodes"]
        found["files"] = [
            blob.name for blob in firebase.bucket.list_blobs(prefix=f"results/{found['task']}/")
        ]
        firebase.close()
        yield found


def test_a_mistake_is_told_before_anything_is_sent(seen: dict[str, Any]) -> None:
    assert "e-mail" in seen["lacking"]


def test_whoever_signs_up_keeps_the_pictures(seen: dict[str, Any]) -> None:
    assert seen["signedIn"] == "Signed in as ann@example.org"
    assert seen["task"]


def test_pictures_are_out_of_sight_after_signing_out_and_back_after_signing_in(seen: dict[str, Any]) -> None:
    assert seen["whileOut"] == 0
    assert "belong together" in seen["wrong"]


def test_whoever_forgot_the_password_gets_a_mail(seen: dict[str, Any]) -> None:
    assert [(mail["email"], mail["requestType"]) for mail in seen["mails"]] == [
        ("ann@example.org", "PASSWORD_RESET")
    ]


def test_an_operator_sees_why_a_task_failed_and_puts_it_back(seen: dict[str, Any]) -> None:
    assert "out_of_memory" in seen["failure"]
    assert "The GPU is full." in seen["failure"]
    task = seen["documents"]["broken"]
    assert task["status"] in ("queued", "running", "done")
    assert "error" not in task or task["error"] is None
    assert len(task["attempts"]) == 1


def test_an_operator_calls_off_anybodys_task(seen: dict[str, Any]) -> None:
    assert seen["documents"]["tomorrow"]["status"] == "cancelled"


def test_an_operator_hides_what_was_reported(seen: dict[str, Any]) -> None:
    assert seen["documents"]["reported"]["hidden"] is True


def test_the_way_to_the_operators_page_is_shown_to_operators_and_marked(seen: dict[str, Any]) -> None:
    assert seen["navigation"] == ["Create", "Gallery", "Account", "Operator"]
    assert seen["current"] == "Operator"


def test_the_theme_and_the_language_are_kept(seen: dict[str, Any]) -> None:
    assert seen["light"] == "rgb(247, 243, 236)"
    assert seen["dark"] == "rgb(21, 18, 15)"
    assert seen["kept"] == [seen["dark"], "de"]


def test_the_keyboard_gets_past_the_header_at_once(seen: dict[str, Any]) -> None:
    assert seen["skipped"] is True


def test_the_page_can_be_installed(seen: dict[str, Any]) -> None:
    # The browser of the test keeps nothing, which is why it alone couldn't.
    assert seen["lacksForInstalling"] == ["in-incognito"]


def test_every_screen_is_shown_and_named(seen: dict[str, Any]) -> None:
    assert list(seen["screens"]) == ["/", "/gallery", "/account", "/operator", "/t"]
    assert seen["screens"]["/account"] == "Konto · Brushfire"
    assert seen["screens"]["/t"] == "a red circle · Brushfire"


def test_nothing_is_left_of_whoever_deletes_everything(seen: dict[str, Any]) -> None:
    assert seen["documents"][seen["task"]] is None
    assert seen["documents"][seen["unfinished"]] is None
    assert [file for file in seen["files"] if file.startswith("uploads/")] == []
    assert [file for file in seen["files"] if f"/{seen['task']}/" in file] == []
    assert [file for file in seen["files"] if f"/{seen['unfinished']}/" in file] == []


def test_nothing_goes_wrong_in_the_browsers_console(seen: dict[str, Any]) -> None:
    # Whoever gives a wrong password is told so by Auth with a status that browsers log.
    refused = [problem for problem in seen["problems"] if "status of 400" in problem]
    assert len(refused) == 2
    assert seen["problems"] == refused
