"""Handing a mail to whoever sends it: a mail server, Mailgun, or SendGrid.

Each returns when the mail was taken over, and else raises `NotDelivered` or `Undeliverable`, if it certainly
wasn't, or `DeliveryUnknown`, if the answer was lost: such a mail is not sent again.
"""

import base64
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx

from contract.errors import DeliveryUnknown, NotDelivered, Undeliverable
from functions.mail import Mail
from functions.settings import Mailgun, Provider, Sendgrid, Smtp

TIMEOUT = httpx.Timeout(20.0, connect=5.0)
SMTP_SECONDS = 15.0
# Of what somebody answers; it goes into the outbox, for the operator.
SHOWN = 200
# A gateway's: what is behind it may have taken the mail.
DOUBTFUL = (502, 504)
# The operator's to mend (a key), or soon over.
PASSING = (401, 403, 408, 409, 425, 429)


def send(provider: Provider, mail: Mail) -> None:
    """Hand the mail over."""
    if isinstance(provider, Smtp):
        _by_smtp(provider, mail)
    elif isinstance(provider, Mailgun):
        _by_mailgun(provider, mail)
    else:
        _by_sendgrid(provider, mail)


def _by_mailgun(provider: Mailgun, mail: Mail) -> None:
    _post(
        "Mailgun",
        f"{provider.url}/v3/{provider.domain}/messages.mime",
        auth=("api", provider.key),
        data={"to": mail.to, "o:tracking": "no"},
        files={"message": ("message.eml", mail.message().as_bytes(), "message/rfc822")},
    )


def _by_sendgrid(provider: Sendgrid, mail: Mail) -> None:
    body: dict[str, Any] = {
        "personalizations": [{"to": [{"email": mail.to}]}],
        "from": {"email": mail.from_address} | ({"name": mail.from_name} if mail.from_name else {}),
        "subject": mail.subject,
        "content": [
            {"type": "text/plain", "value": mail.text},
            {"type": "text/html", "value": mail.html},
        ],
        "headers": {"Auto-Submitted": "auto-generated"},
        "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
    }
    if mail.picture is not None:
        body["attachments"] = [
            {
                "content": base64.b64encode(mail.picture).decode(),
                "type": "image/jpeg",
                "filename": "picture.jpg",
                "disposition": "inline",
                "content_id": mail.cid,
            }
        ]
    headers = {"Authorization": f"Bearer {provider.key}"}
    _post("SendGrid", f"{provider.url}/v3/mail/send", json=body, headers=headers)


def _post(name: str, url: str, **request: Any) -> None:
    try:
        answer = httpx.post(url, timeout=TIMEOUT, follow_redirects=False, **request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.WriteError) as error:
        # Without the whole request there is nothing that could have been sent.
        raise NotDelivered(f"{name} can't be reached: {_told(error)}") from error
    except httpx.HTTPError as error:
        raise DeliveryUnknown(f"{name} didn't answer: {_told(error)}") from error
    if answer.is_success:
        return
    told = f"{name} answered {answer.status_code}: {' '.join(answer.text.split())[:SHOWN]}"
    if answer.status_code in DOUBTFUL:
        raise DeliveryUnknown(told)
    if answer.status_code in PASSING or answer.is_server_error:
        raise NotDelivered(told)
    raise Undeliverable(told)


def _by_smtp(provider: Smtp, mail: Mail) -> None:
    """RFC 5321: a mail is the server's from its answer to the end of DATA, and not before."""
    server = _logged_in(provider)
    try:
        # Of the content's last line on, a lost answer leaves open what became of it.
        _step(lambda: server.mail(mail.from_address))
        _step(lambda: server.rcpt(mail.to))
        content = mail.message().as_bytes()
        try:
            answer = server.data(content)
        except smtplib.SMTPDataError as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryUnknown(f"the mail server didn't answer: {_told(error)}") from error
        _accept(answer)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()


def _logged_in(provider: Smtp) -> smtplib.SMTP:
    context = ssl.create_default_context()
    try:
        server = (
            smtplib.SMTP_SSL(provider.host, provider.port, timeout=SMTP_SECONDS, context=context)
            if provider.security == "tls"
            else smtplib.SMTP(provider.host, provider.port, timeout=SMTP_SECONDS)
        )
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered(f"the mail server can't be reached: {_told(error)}") from error
    try:
        if provider.security == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        if provider.user is not None and provider.password is not None:
            server.login(provider.user, provider.password)
    except (smtplib.SMTPException, OSError) as error:
        server.close()
        raise NotDelivered(f"the mail server lets nobody in: {_told(error)}") from error
    return server


def _step(command: Callable[[], tuple[int, bytes]]) -> None:
    try:
        answer = command()
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered(f"the mail server broke off: {_told(error)}") from error
    _accept(answer)


def _accept(answer: tuple[int, bytes]) -> None:
    code, said = answer
    if not 200 <= code < 300:
        raise _refused(code, said)


def _refused(code: int, said: bytes | str) -> NotDelivered | Undeliverable:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    told = f"the mail server answered {code}: {' '.join(text.split())[:SHOWN]}"
    return Undeliverable(told) if code >= 500 else NotDelivered(told)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:SHOWN]}"
