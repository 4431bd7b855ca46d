"""Who is told of a task's end, how often, and what is noted of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.task import Status
from functions.connection import Connection
from functions.outbox import PAUSES, Outbox
from functions.settings import Mailgun, Provider, Settings, Smtp
from functions.telling import Telling
from tests.functions import factories
from tests.functions.receivers import Receivers

Ask = Callable[..., None]


@pytest.fixture
def ask(db: Any) -> Ask:
    """A finished task, whose owner left an address."""

    def put(task: str = "t", status: str = "done", **contact: str) -> None:
        error = {"code": "permanent", "message": "no such colour", "retryable": False}
        ended = factories.done(task) if status == "done" else {"status": status, "error": error}
        db.document(f"queue/{task}").set(factories.running() | ended)
        db.document(f"queue/{task}/private/contact").set(contact)

    return put


def outbox(db: Any, channel: str = "mail", task: str = "t", status: str = "done") -> dict[str, Any]:
    fields: dict[str, Any] = db.document(f"outbox/{task}_{channel}_{status}").get().to_dict() or {}
    return fields


def make_due(db: Any, channel: str = "mail", status: str = "done") -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    db.document(f"outbox/t_{channel}_{status}").update({"next_attempt": past})


def test_who_left_no_address_costs_nothing_but_a_look(telling: Telling, ask: Ask, db: Any) -> None:
    ask()
    telling.ended("t", Status.DONE)
    assert list(db.collection("outbox").get()) == []


def test_a_task_that_isnt_over_is_not_told_of(telling: Telling, db: Any, receivers: Receivers) -> None:
    db.document("queue/t").set(factories.running())
    db.document("queue/t/private/contact").set({"email": "ann@example.org"})
    telling.ended("t", Status.DONE)  # an event that comes late: it was put back in line
    assert outbox(db) == {}
    assert receivers.mails == []


def test_nothing_is_sent_for_a_task_that_is_gone(
    telling: Telling, ask: Ask, db: Any, receivers: Receivers
) -> None:
    ask(email="ann@example.org")
    db.document("queue/t").delete()
    telling.ended("t", Status.DONE)
    assert outbox(db) == {}
    assert receivers.mails == []


@pytest.mark.parametrize(
    ("status", "mails", "calls"), [("failed", 1, 1), ("rejected", 1, 1), ("cancelled", 0, 1)]
)
def test_a_program_hears_of_every_end_and_a_person_of_those_they_dont_know(
    status: str, mails: int, calls: int, telling: Telling, ask: Ask, receivers: Receivers
) -> None:
    ask(status=status, email="ann@example.org", webhook=receivers.url)
    telling.ended("t", Status(status))
    assert (len(receivers.mails), len(receivers.requests)) == (mails, calls)


def test_who_was_told_of_a_failure_is_told_of_the_picture_that_came_after_all(
    telling: Telling, ask: Ask, receivers: Receivers
) -> None:
    for end in ("failed", "failed", "done", "done"):  # each put back in line in between
        ask(status=end, email="ann@example.org", webhook=receivers.url)
        telling.ended("t", Status(end))
    told = [json.loads(request.body)["task"]["status"] for request in receivers.requests]
    assert told == ["failed", "done"]
    failed, done = (str(mail.message["Subject"]) for mail in receivers.mails)
    assert "could not be drawn" in failed
    assert "is ready" in done


def test_a_failure_that_was_mended_before_it_could_be_told_is_not_told(
    telling: Telling, ask: Ask, db: Any, receivers: Receivers
) -> None:
    receivers.smtp_faults.append("451 later")
    ask(status="failed", email="ann@example.org")
    telling.ended("t", Status.FAILED)
    ask(email="ann@example.org")
    telling.ended("t", Status.FAILED)  # an event that comes late
    make_due(db, status="failed")
    telling.send_due(30)
    assert receivers.mails == []
    assert outbox(db, status="failed")["state"] == "failed"
    assert outbox(db) == {}
    telling.ended("t", Status.DONE)
    assert len(receivers.mails) == 1


def test_who_wrote_what_cant_be_read_is_told_why(
    telling: Telling, ask: Ask, db: Any, receivers: Receivers
) -> None:
    ask(status="rejected", email="ann@example.org")
    db.document("queue/t").update({"renderer": "x" * 100, "prompt": 7})
    telling.ended("t", Status.REJECTED)
    (mail,) = receivers.mails
    assert "no such colour" in mail.part("text/plain")


def test_where_nothing_is_set_up_nothing_is_filed(
    connection: Connection, without_webhooks: Settings, ask: Ask, db: Any
) -> None:
    ask(email="ann@example.org", webhook="https://hooks.example")
    Telling(connection, replace(without_webhooks, provider=None)).ended("t", Status.DONE)
    assert list(db.collection("outbox").get()) == []


def test_a_mail_that_the_server_put_off_is_sent_later(
    telling: Telling, ask: Ask, db: Any, receivers: Receivers
) -> None:
    receivers.smtp_faults.extend(["451 later", "data 452 too full"])
    ask(email="ann@example.org")
    telling.ended("t", Status.DONE)
    before = outbox(db)
    assert (before["state"], before["attempts"]) == ("pending", 1)
    assert "451" in before["error"]
    assert before["next_attempt"] > datetime.now(UTC) + timedelta(minutes=PAUSES[0] * 0.8)
    assert telling.send_due(30) == 0, "it isn't time yet"
    for _ in range(2):
        make_due(db)
        assert telling.send_due(30) == 1
    after = outbox(db)
    assert (after["state"], after["attempts"], "next_attempt" in after) == ("sent", 3, False)
    assert len(receivers.mails) == 1


def test_a_refused_receiver_is_given_up_at_once_and_visibly(
    telling: Telling, ask: Ask, db: Any, receivers: Receivers
) -> None:
    receivers.smtp_faults.append("550 nobody here")
    ask(email="ann@example.org")
    telling.ended("t", Status.DONE)
    assert outbox(db)["state"] == "failed"
    assert "nobody here" in outbox(db)["error"]
    assert "next_attempt" not in outbox(db)


def test_a_mail_whose_answer_was_lost_is_never_sent_again(
    telling: Telling, ask: Ask, db: Any, receivers: Receivers
) -> None:
    receivers.smtp_faults.append("data close")
    ask(email="ann@example.org")
    telling.ended("t", Status.DONE)
    assert len(receivers.mails) == 1, "the server has it, though it couldn't say so"
    assert outbox(db)["state"] == "failed"
    assert "not sent again" in outbox(db)["error"]


class Killed(BaseException):
    """The process ends in the middle of it."""


def test_a_process_that_dies_while_it_sends_costs_a_mail_but_no_webhook(
    telling: Telling, ask: Ask, db: Any, receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(email="ann@example.org", webhook=receivers.url)

    def die(self: Outbox, taken: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "sent", die)
        with pytest.raises(Killed):
            telling.ended("t", Status.DONE)
    # The first one was sent, but nobody knows; the second wasn't begun.
    for channel in ("mail", "webhook"):
        make_due(db, channel)
    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "sent", die)
        with pytest.raises(Killed):
            telling.send_due(30)
    assert outbox(db)["state"] == "failed"
    assert "died" in outbox(db)["error"]
    assert outbox(db, "webhook")["state"] == "sending"
    assert telling.send_due(30) == 0, "another may be sending it"
    make_due(db, "webhook")
    telling.send_due(30)
    assert outbox(db, "webhook")["state"] == "sent"
    assert len(receivers.mails) == 1
    first, second = receivers.requests
    assert first.headers["Brushfire-Delivery"] == second.headers["Brushfire-Delivery"]


def test_what_never_arrives_is_given_up_after_its_attempts(
    telling: Telling, ask: Ask, db: Any, receivers: Receivers
) -> None:
    receivers.faults.extend([500] * 20)
    ask(webhook=receivers.url)
    telling.ended("t", Status.DONE)
    for _ in range(len(PAUSES)):
        assert outbox(db, "webhook")["state"] == "pending"
        make_due(db, "webhook")
        telling.send_due(30)
    assert outbox(db, "webhook")["state"] == "failed"
    assert len(receivers.requests) == len(PAUSES) + 1


@pytest.mark.parametrize("answer", [410, "redirect"])
def test_a_webhook_that_is_gone_or_elsewhere_is_not_called_again(
    answer: object, telling: Telling, ask: Ask, db: Any, receivers: Receivers
) -> None:
    receivers.faults.append(answer)
    ask(webhook=f"{receivers.url}/hook")
    telling.ended("t", Status.DONE)
    assert outbox(db, "webhook")["state"] == "failed"
    assert [request.path for request in receivers.requests] == ["/hook"]


def test_a_webhook_on_this_network_is_refused_in_earnest(
    connection: Connection, settings: Settings, ask: Ask, db: Any, receivers: Receivers
) -> None:
    ask(webhook=f"https://127.0.0.1:{receivers.http_port}/")
    Telling(connection, replace(settings, local_webhooks=False)).ended("t", Status.DONE)
    assert outbox(db, "webhook")["state"] == "failed"
    assert "127.0.0.1" in outbox(db, "webhook")["error"]
    assert receivers.requests == []


def test_an_address_that_was_taken_back_gets_nothing(
    telling: Telling, ask: Ask, db: Any, receivers: Receivers
) -> None:
    receivers.smtp_faults.append("451 later")
    ask(email="ann@example.org")
    telling.ended("t", Status.DONE)
    db.document("queue/t/private/contact").delete()
    make_due(db)
    telling.send_due(30)
    assert (outbox(db)["state"], receivers.mails) == ("failed", [])


def test_one_address_gets_no_more_mails_a_day_than_is_set(
    connection: Connection, settings: Settings, ask: Ask, db: Any, receivers: Receivers
) -> None:
    telling = Telling(connection, replace(settings, mails_a_day=2))
    for number in range(4):
        ask(f"t{number}", email="Ann@example.org" if number % 2 else "ann@example.org")
        telling.ended(f"t{number}", Status.DONE)
    assert len(receivers.mails) == 2
    assert outbox(db, task="t3")["state"] == "failed"
    assert "2 mails a day" in outbox(db, task="t3")["error"]


def test_a_picture_that_cant_be_had_keeps_no_mail_back(
    telling: Telling, ask: Ask, receivers: Receivers
) -> None:
    ask(email="ann@example.org")  # there is no file
    telling.ended("t", Status.DONE)
    (mail,) = receivers.mails
    assert "cid:" not in mail.part("text/html")


def test_whoever_cant_be_reached_is_tried_again(
    connection: Connection, settings: Settings, ask: Ask, db: Any
) -> None:
    nobody: list[Provider] = [
        Smtp("127.0.0.1", 9, "none", None, None),
        Mailgun("brushfire.example", "k", "http://127.0.0.1:9"),
    ]
    for number, provider in enumerate(nobody):
        ask(f"t{number}", email="ann@example.org")
        Telling(connection, replace(settings, provider=provider)).ended(f"t{number}", Status.DONE)
        assert outbox(db, task=f"t{number}")["state"] == "pending"
        assert "reached" in outbox(db, task=f"t{number}")["error"]


@pytest.mark.parametrize(
    ("part", "state"), [("functions.mail.compose", "pending"), ("functions.mailers.send", "failed")]
)
def test_what_nobody_foresaw_is_noted_and_tried_again_only_before_anything_was_sent(
    part: str, state: str, telling: Telling, ask: Ask, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody foresaw it")

    ask(email="ann@example.org")
    monkeypatch.setattr(part, fail)
    telling.ended("t", Status.DONE)
    assert outbox(db)["state"] == state
    assert "nobody foresaw it" in outbox(db)["error"]


def test_two_who_see_a_message_at_once_send_it_once(
    connection: Connection, settings: Settings, telling: Telling, ask: Ask, db: Any, receivers: Receivers
) -> None:
    receivers.smtp_faults.append("451 later")
    ask(email="ann@example.org")
    telling.ended("t", Status.DONE)
    make_due(db)
    (seen,) = Outbox(connection.edge).due(5)
    for _ in range(3):
        telling.send(seen)
    assert len(receivers.mails) == 1
    assert outbox(db)["attempts"] == 2


def test_a_strange_document_is_given_up(telling: Telling, db: Any, connection: Connection) -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    db.document("outbox/t_mail_done").set({"next_attempt": past, "state": "whatever"})
    assert telling.send_due(30) == 1
    assert outbox(db)["state"] == "failed"
    assert telling.send_due(30) == 0
