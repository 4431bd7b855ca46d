"""Mailgun, SendGrid and a mail server: what they are given, and what is made of their answers."""

import base64
import json
import ssl
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest

from contract.errors import DeliveryUnknown, NotDelivered, Undeliverable
from contract.task import Task
from functions import mailers
from functions.mail import Mail, compose
from functions.settings import Mailgun, Sendgrid, Smtp
from tests.functions import factories
from tests.functions.certificates import write_certificate
from tests.functions.receivers import Receivers


@pytest.fixture
def mail() -> Mail:
    task = Task.from_document("t", factories.running() | factories.done("t"))
    sender = "Brushfire <p@b.example>"
    return compose(task, "ann@example.org", None, "https://b.example", sender, b"jpeg", "d1")


def test_mailgun_gets_the_message_as_it_is(mail: Mail, receivers: Receivers) -> None:
    mailers.send(Mailgun("b.example", "key-1", receivers.url), mail)
    (request,) = receivers.requests
    assert request.path == "/v3/b.example/messages.mime"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"api:key-1").decode()
    assert request.form["to"] == b"ann@example.org"
    message = message_from_bytes(request.form["message"], policy=default)
    assert message["Subject"] == mail.subject
    assert "image/jpeg" in [part.get_content_type() for part in message.walk()]


def test_sendgrid_gets_the_same_in_its_own_form(mail: Mail, receivers: Receivers) -> None:
    receivers.faults.append(202)
    mailers.send(Sendgrid("key-2", receivers.url), mail)
    (request,) = receivers.requests
    assert request.path == "/v3/mail/send"
    assert request.headers["Authorization"] == "Bearer key-2"
    body = json.loads(request.body)
    assert body["personalizations"] == [{"to": [{"email": "ann@example.org"}]}]
    assert body["from"] == {"email": "p@b.example", "name": "Brushfire"}
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    (picture,) = body["attachments"]
    assert base64.b64decode(picture["content"]) == b"jpeg"
    assert f"cid:{picture['content_id']}" in body["content"][1]["value"]


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (500, NotDelivered),
        (503, NotDelivered),
        (429, NotDelivered),
        (401, NotDelivered),
        (400, Undeliverable),
        (413, Undeliverable),
        ("redirect", Undeliverable),
        (502, DeliveryUnknown),
        (504, DeliveryUnknown),
        ("close", DeliveryUnknown),
    ],
)
def test_an_answer_says_whether_to_try_again(
    fault: object, meaning: type[Exception], mail: Mail, receivers: Receivers
) -> None:
    for provider in (Mailgun("b.example", "key-1", receivers.url), Sendgrid("key-2", receivers.url)):
        receivers.faults.append(fault)
        with pytest.raises(meaning) as caught:
            mailers.send(provider, mail)
        assert "key-" not in str(caught.value)


def test_no_answer_in_time_leaves_it_open(
    mail: Mail, receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailers, "TIMEOUT", httpx.Timeout(0.3))
    receivers.faults.append("hang")
    with pytest.raises(DeliveryUnknown, match="didn't answer"):
        mailers.send(Sendgrid("key-2", receivers.url), mail)


def test_a_mail_server_that_cant_encrypt_or_log_in_gets_no_mail(mail: Mail, receivers: Receivers) -> None:
    for server in (
        Smtp("127.0.0.1", receivers.smtp_port, "starttls", None, None),
        Smtp("127.0.0.1", receivers.smtp_port, "none", "ann", "secret word"),
    ):
        with pytest.raises(NotDelivered) as caught:
            mailers.send(server, mail)
        assert "secret word" not in str(caught.value)
    assert receivers.mails == []


def test_mail_goes_encrypted_and_logged_in_to_the_server_that_is_meant(
    mail: Mail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = write_certificate(tmp_path / "both.pem", "localhost")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server = Receivers(tls).start()
    try:

        def send(password: str) -> None:
            mailers.send(Smtp("localhost", server.smtp_port, "starttls", "ann", password), mail)

        with pytest.raises(NotDelivered, match="CERTIFICATE"):
            send("secret word")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(NotDelivered, match="lets nobody in"):
            send("wrong word")
        assert server.mails == []
        send("secret word")
        assert [delivered.to for delivered in server.mails] == [["ann@example.org"]]
    finally:
        server.stop()
