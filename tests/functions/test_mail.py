"""What a mail says, and what strangers can't make it say."""

from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import Undeliverable
from contract.task import Task
from functions.mail import Mail, checked_address, compose
from tests.functions import factories

HOSTILE = (
    "x\r\nBcc: eve@evil.example\r\n\r\n<img src=x onerror=alert(1)> \"&' "
    "http://evil.example/a \x00\u202e\u2028"
)

TAGS = {"html", "head", "meta", "title", "body", "h1", "p", "b", "a", "img", "ul", "li"}
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
    *("MIME-Version", "Content-Type"),
}


def mail(prompt: str = "a red circle", language: object = None, **fields: Any) -> Mail:
    document = factories.running(prompt=prompt) | factories.done("t") | fields
    task = Task.from_document("t", document)
    return compose(
        task, "ann@example.org", language, "https://b.example", "Brushfire <p@b.example>", b"jpeg", "d1"
    )


class Tags(HTMLParser):
    """Collects the tags, and the addresses they lead to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [str(value) for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]


def test_it_is_english_unless_another_language_is_known() -> None:
    assert mail().subject == "Your picture is ready: a red circle"
    assert mail(language="de").subject == "Dein Bild ist fertig: a red circle"
    for unknown in ("fr", 7, {"de": 1}, "DE\r\nX: y"):
        assert mail(language=unknown).subject == mail().subject


def test_a_prompt_is_neither_markup_nor_header_nor_link() -> None:
    hostile = mail(HOSTILE, error={"code": "x", "message": HOSTILE}, status="failed", renderer="<b>x</b>")
    message = message_from_bytes(hostile.message().as_bytes(), policy=default)
    assert message["Bcc"] is None
    assert message["To"] == "ann@example.org"
    assert len(message.defects) == 0
    seen = Tags(hostile.html)
    assert seen.tags <= TAGS
    assert not [address for address in seen.addresses if "evil" in address]
    for said in (hostile.subject, hostile.text, hostile.html):
        assert "http://evil" not in said
        assert "evil.example" not in said
        assert "\x00" not in said
        assert "\u202e" not in said
    assert "\n" not in hostile.subject


@settings(max_examples=60, deadline=None)
@given(prompt=st.text(min_size=1, max_size=300), message=st.text(max_size=100))
def test_no_text_whatever_gets_out_of_its_place(prompt: str, message: str) -> None:
    sent = mail(prompt, "de", status="failed", error={"code": "x", "message": message})
    raw = sent.message().as_bytes()
    parsed = message_from_bytes(raw, policy=default)
    assert set(parsed.keys()) == HEADERS
    assert Tags(sent.html).tags <= TAGS
    assert raw.isascii()


def test_only_addresses_of_the_web_are_linked() -> None:
    result = factories.result("t")
    result["images"][0]["url"] = "javascript:alert(1)"
    result["video"]["url"] = 'https://x.example/"onload=x'
    seen = Tags(mail(result=result).html)
    assert 'https://x.example/"onload=x' in seen.addresses
    assert not [address for address in seen.addresses if address.startswith("javascript")]


def test_text_and_picture_come_back_out_of_the_mime() -> None:
    message = message_from_bytes(mail("Grüße 🦊" * 40, "de").message().as_bytes(), policy=default)
    assert str(message["Subject"]).startswith("Dein Bild ist fertig: Grüße 🦊")
    assert message.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/jpeg",
    ]
    assert max(map(len, message.as_bytes().splitlines())) <= 998
    assert message.as_bytes().isascii()
    assert message["Message-ID"] == "<d1@b.example>"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "ann@example",
        "ann@example.org, eve@evil.example",
        "ann,eve@example.org",
        "<ann@example.org>",
        "Ann <ann@example.org>",
        "ann@example.org\r\nBcc: eve@evil.example",
        "ann@example.org\n",
        '"a b"@example.org',
        "ann@[127.0.0.1]",
        "änn@example.org",
        "ann@exa mple.org",
        "ann@..",
        "a" * 65 + "@example.org",
        "ann@" + "e" * 250 + ".org",
        7,
        None,
    ],
)
def test_what_isnt_one_plain_address_is_refused(address: object) -> None:
    with pytest.raises(Undeliverable, match="email"):
        checked_address(address)


def test_a_plain_address_is_taken() -> None:
    for address in ("ann@example.org", "a.n+n'x@mail.example.co.uk"):
        assert checked_address(address) == address
    assert checked_address("ann@exämple.org") == "ann@xn--exmple-cua.org"
