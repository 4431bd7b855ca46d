"""What the functions can be told, and what is said of what they can't."""

import pytest

from contract.errors import SetupError
from functions.settings import Mailgun, Sendgrid, Settings, Smtp, bound_secrets

MAIL = {"BRUSHFIRE_MAIL_FROM": "p@b.example"}


def test_without_any_setting_nobody_is_told_and_the_page_is_the_projects() -> None:
    settings = Settings.from_environment({"GCLOUD_PROJECT": "brush"})
    assert (settings.provider, settings.webhook_secret, settings.local_webhooks) == (None, None, False)
    assert settings.site == "https://brush.web.app"


def test_each_way_of_sending_has_its_own_settings() -> None:
    def provider(**more: str) -> object:
        return Settings.from_environment({**MAIL, **more}).provider

    assert provider(BRUSHFIRE_MAIL="mailgun", MAILGUN_DOMAIN="b.example", MAILGUN_API_KEY="k") == Mailgun(
        "b.example", "k", "https://api.mailgun.net"
    )
    assert provider(BRUSHFIRE_MAIL="sendgrid", SENDGRID_API_KEY="k") == Sendgrid(
        "k", "https://api.sendgrid.com"
    )
    assert provider(BRUSHFIRE_MAIL="smtp", SMTP_HOST="mail.example") == Smtp(
        "mail.example", 587, "starttls", None, None
    )
    tls = provider(
        BRUSHFIRE_MAIL="smtp", SMTP_HOST="m", SMTP_SECURITY="tls", SMTP_USER="u", SMTP_PASSWORD="word"
    )
    assert tls == Smtp("m", 465, "tls", "u", "word")
    assert "word" not in repr(tls)


@pytest.mark.parametrize(
    ("variable", "environment"),
    [
        ("BRUSHFIRE_MAIL", {**MAIL, "BRUSHFIRE_MAIL": "pigeon"}),
        ("BRUSHFIRE_MAIL_FROM", {"BRUSHFIRE_MAIL": "sendgrid", "SENDGRID_API_KEY": "k"}),
        ("BRUSHFIRE_MAIL_FROM", {"BRUSHFIRE_MAIL": "sendgrid", "BRUSHFIRE_MAIL_FROM": "nobody"}),
        ("MAILGUN_DOMAIN", {**MAIL, "BRUSHFIRE_MAIL": "mailgun", "MAILGUN_API_KEY": "k"}),
        ("SENDGRID_API_KEY", {**MAIL, "BRUSHFIRE_MAIL": "sendgrid"}),
        ("SMTP_HOST", {**MAIL, "BRUSHFIRE_MAIL": "smtp"}),
        ("SMTP_PORT", {**MAIL, "BRUSHFIRE_MAIL": "smtp", "SMTP_HOST": "m", "SMTP_PORT": "x"}),
        ("SMTP_PASSWORD", {**MAIL, "BRUSHFIRE_MAIL": "smtp", "SMTP_HOST": "m", "SMTP_USER": "u"}),
        ("SMTP_SECURITY", {**MAIL, "BRUSHFIRE_MAIL": "smtp", "SMTP_HOST": "m", "SMTP_SECURITY": "none"}),
        ("BRUSHFIRE_SITE", {"BRUSHFIRE_SITE": "http://b.example"}),
        ("BRUSHFIRE_MAILS_A_DAY", {"BRUSHFIRE_MAILS_A_DAY": "0"}),
        ("BRUSHFIRE_WEBHOOK_SECRET", {"BRUSHFIRE_WEBHOOK_SECRET": "short"}),
    ],
)
def test_what_cant_be_used_is_named(variable: str, environment: dict[str, str]) -> None:
    with pytest.raises(SetupError, match=variable):
        Settings.from_environment(environment)


def test_a_secret_is_never_in_the_error_about_it() -> None:
    with pytest.raises(SetupError) as caught:
        Settings.from_environment({"BRUSHFIRE_WEBHOOK_SECRET": "hush hush"})
    assert "hush" not in str(caught.value)


def test_webhooks_on_this_machine_are_for_a_local_firebase_alone() -> None:
    asked = {"BRUSHFIRE_LOCAL_WEBHOOKS": "1"}
    assert not Settings.from_environment(asked).local_webhooks
    assert Settings.from_environment({**asked, "FUNCTIONS_EMULATOR": "true"}).local_webhooks


def test_only_known_secrets_are_bound() -> None:
    assert bound_secrets({}) == []
    assert bound_secrets({"BRUSHFIRE_SECRETS": "SMTP_PASSWORD, MAILGUN_API_KEY"}) == [
        "SMTP_PASSWORD",
        "MAILGUN_API_KEY",
    ]
    with pytest.raises(SetupError, match="SMTP_PASWORD"):
        bound_secrets({"BRUSHFIRE_SECRETS": "SMTP_PASWORD"})
