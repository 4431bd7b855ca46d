"""The functions' settings, read once into frozen objects. Each is a line of functions/.env, or a secret."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal
from urllib.parse import urlsplit

from contract.errors import SetupError

Security = Literal["starttls", "tls", "none"]
# What may stand in Secret Manager instead of .env; BRUSHFIRE_SECRETS names those that do.
SECRET = ("MAILGUN_API_KEY", "SENDGRID_API_KEY", "SMTP_PASSWORD", "BRUSHFIRE_WEBHOOK_SECRET")
LEAST_SECRET = 32


@dataclass(frozen=True)
class Mailgun:
    """https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages"""

    domain: str
    key: str = field(repr=False)
    url: str


@dataclass(frozen=True)
class Sendgrid:
    """https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send"""

    key: str = field(repr=False)
    url: str


@dataclass(frozen=True)
class Smtp:
    """Any server for outgoing mail. Without a user nobody logs in."""

    host: str
    port: int
    security: Security
    user: str | None
    password: str | None = field(repr=False)


Provider = Mailgun | Sendgrid | Smtp


@dataclass(frozen=True)
class Settings:
    """What the functions were told. `provider` is None where no mail is sent."""

    site: str
    provider: Provider | None
    sender: str
    # How many mails one address gets in 24 hours: anybody may write anybody's address into a task.
    mails_a_day: int
    # None where no webhook is called.
    webhook_secret: str | None = field(repr=False)
    # Whether webhooks may be on this machine, and unencrypted. Only ever beside a local Firebase.
    local_webhooks: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Settings from variables; `SetupError` names the variable, its value and what is accepted."""
        read = _Reader(environment)
        local = read.text("FUNCTIONS_EMULATOR") == "true"
        secret = read.text("BRUSHFIRE_WEBHOOK_SECRET")
        if secret is not None and len(secret) < LEAST_SECRET:
            raise SetupError(
                f"BRUSHFIRE_WEBHOOK_SECRET has {len(secret)} characters, not {LEAST_SECRET} at least"
            )
        return cls(
            site=read.url("BRUSHFIRE_SITE", local) or _default_site(read, local),
            provider=read.provider(local),
            sender=read.text("BRUSHFIRE_MAIL_FROM") or "",
            mails_a_day=read.number("BRUSHFIRE_MAILS_A_DAY", 50, 1, 10_000),
            webhook_secret=secret,
            local_webhooks=local and read.text("BRUSHFIRE_LOCAL_WEBHOOKS") == "1",
        )


@cache
def settings() -> Settings:
    """This process's settings. Raises `SetupError`."""
    return Settings.from_environment()


def bound_secrets(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Which variables come from Secret Manager; deploying fails for one that isn't there."""
    names = environment.get("BRUSHFIRE_SECRETS", "").replace(",", " ").split()
    for name in names:
        if name not in SECRET:
            raise SetupError(f"BRUSHFIRE_SECRETS has {name!r}, but must have some of {', '.join(SECRET)}")
    return names


def _default_site(read: "_Reader", local: bool) -> str:
    project = read.text("GCLOUD_PROJECT") or read.text("GOOGLE_CLOUD_PROJECT")
    return "http://127.0.0.1:5000" if local or project is None else f"https://{project}.web.app"


class _Reader:
    """Reads one variable at a time; an empty one counts as not set."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def required(self, name: str, what: str) -> str:
        value = self.text(name)
        if value is None:
            raise _refused(name, None, f"{what}, as BRUSHFIRE_MAIL is {self.text('BRUSHFIRE_MAIL')}")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not re.fullmatch(r"\d{1,9}", value) or not least <= int(value) <= most:
            raise _refused(name, value, f"a whole number from {least} to {most}")
        return int(value)

    def url(self, name: str, local: bool) -> str | None:
        value = self.text(name)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in (("https", "http") if local else ("https",)) or not parts.hostname:
            raise _refused(name, value, "an address that begins with https://")
        return value.rstrip("/")

    def provider(self, local: bool) -> Provider | None:
        chosen = self.text("BRUSHFIRE_MAIL")
        if chosen is None:
            return None
        sender = self.required("BRUSHFIRE_MAIL_FROM", "the address that mail comes from")
        if "@" not in sender or any(ord(character) < 32 for character in sender):
            raise _refused("BRUSHFIRE_MAIL_FROM", sender, "an address, or a name with an address in <>")
        match chosen:
            case "mailgun":
                return Mailgun(
                    domain=self.required("MAILGUN_DOMAIN", "the domain that Mailgun sends for"),
                    key=self.required("MAILGUN_API_KEY", "a sending key"),
                    url=self.url("MAILGUN_URL", local) or "https://api.mailgun.net",
                )
            case "sendgrid":
                key = self.required("SENDGRID_API_KEY", "a key that may send mail")
                return Sendgrid(key, self.url("SENDGRID_URL", local) or "https://api.sendgrid.com")
            case "smtp":
                return self._smtp(local)
        raise _refused("BRUSHFIRE_MAIL", chosen, "mailgun, sendgrid, smtp, or left out for no mail")

    def _smtp(self, local: bool) -> Smtp:
        security = self.text("SMTP_SECURITY") or "starttls"
        accepted: dict[str, Security] = {"starttls": "starttls", "tls": "tls"}
        accepted |= {"none": "none"} if local else {}
        if security not in accepted:
            raise _refused("SMTP_SECURITY", security, " or ".join(accepted))
        user = self.text("SMTP_USER")
        return Smtp(
            host=self.required("SMTP_HOST", "the name of the mail server"),
            port=self.number("SMTP_PORT", 465 if security == "tls" else 587, 1, 65535),
            security=accepted[security],
            user=user,
            password=self.required("SMTP_PASSWORD", f"the password of {user}") if user else None,
        )


def _refused(name: str, value: str | None, accepted: str) -> SetupError:
    return SetupError(f"{name} is {'missing' if value is None else repr(value)}, but must be {accepted}")
