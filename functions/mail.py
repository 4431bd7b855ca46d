"""The mail that tells of a task's end: what it says, in text and in HTML, with the picture in it.

Prompt and error are strangers' words, and so is the address: nothing of them is ever markup, a header of
their own, or a link.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, parseaddr
from html import escape
from urllib.parse import quote, urlsplit

from contract.errors import Undeliverable
from contract.task import Task
from functions.words import Words, words_in

# As firestore.rules let it in, but for what could be read as more than one address, or as markup.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_MOST_ADDRESS = 254
_MOST_SUBJECT, _MOST_PROMPT, _MOST_REASON = 60, 500, 500


@dataclass(frozen=True)
class Mail:
    """A mail, before any provider's form. `picture` is a JPEG that the HTML shows by `cid`."""

    to: str
    sender: str
    subject: str
    text: str
    html: str
    cid: str
    picture: bytes | None
    delivery: str

    def message(self) -> EmailMessage:
        """As MIME: text, and HTML with the picture inside."""
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self.sender, self.to, self.subject
        message["Date"] = format_datetime(localtime())
        # The same at every attempt: whoever gets it twice nevertheless can tell.
        message["Message-ID"] = f"<{self.delivery}@{self.from_address.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text, cte="quoted-printable")
        message.add_alternative(self.html, subtype="html", cte="quoted-printable")
        if self.picture is not None:
            html = message.get_body(("html",))
            assert html is not None
            html.add_related(
                self.picture,
                "image",
                "jpeg",
                cid=f"<{self.cid}>",
                filename="picture.jpg",
                disposition="inline",
            )
        return message

    @property
    def from_address(self) -> str:
        """The sender's bare address."""
        return parseaddr(self.sender)[1]

    @property
    def from_name(self) -> str:
        """The sender's name, empty for none."""
        return parseaddr(self.sender)[0]


def compose(
    task: Task, to: str, language: object, site: str, sender: str, picture: bytes | None, delivery: str
) -> Mail:
    """The mail for a task that is done, failed or rejected. Raises `Undeliverable` for no address."""
    words = words_in(language)
    cid = f"{delivery}.picture"
    lines = _facts(task, words)
    links = _links(task, site, words)
    subject = words.subject[task.status].format(prompt=one_line(task.prompt, _MOST_SUBJECT))
    return Mail(
        to=checked_address(to),
        sender=sender,
        subject=subject,
        text=_text(words.heading[task.status], lines, links, words),
        html=_html(words.heading[task.status], lines, links, words, None if picture is None else cid),
        cid=cid,
        picture=picture,
        delivery=delivery,
    )


def checked_address(address: object) -> str:
    """The address, if it is one and no more than one. Raises `Undeliverable`."""
    if isinstance(address, str) and len(address) <= _MOST_ADDRESS:
        name, _, domain = address.rpartition("@")
        with suppress(UnicodeError):  # a domain that has no form in ASCII is none
            plain = f"{name}@{domain.encode('idna').decode()}"
            if _ADDRESS.fullmatch(plain):
                return plain
    raise Undeliverable("email is not one plain address (name@example.org, the name in ASCII)")


def one_line(text: str, most: int) -> str:
    """A stranger's words without control characters, and so that no mail program makes a link of them."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    short = flat if len(flat) <= most else flat[: most - 1] + "…"
    # A zero-width space ends what looks like an address.
    return re.sub(r"(?<=[\w:/])([./@:])(?=[\w/])", "\\1\u200b", short)


def _facts(task: Task, words: Words) -> list[tuple[str, str]]:
    """What is said of the task: a label, which may be empty, and plain text."""
    facts = [(words.prompt, one_line(task.prompt, _MOST_PROMPT))]
    if task.result is not None:
        result = task.result
        drawn = words.drawn.format(
            renderer=one_line(task.renderer, 64),
            seconds=round(result.seconds),
            width=result.width,
            height=result.height,
        )
        facts.append(("", drawn))
    if task.error is not None:
        facts.append((words.reason, one_line(task.error.message, _MOST_REASON)))
    return facts


def _links(task: Task, site: str, words: Words) -> list[tuple[str, str]]:
    links = [(words.page, f"{site}/t/{quote(task.id, safe='')}")]
    if task.result is not None:
        links.append((words.picture, task.result.images[0].url))
        if task.result.video is not None:
            links.append((words.video, task.result.video.url))
    return [(label, url) for label, url in links if urlsplit(url).scheme in ("https", "http")]


def _text(heading: str, facts: list[tuple[str, str]], links: list[tuple[str, str]], words: Words) -> str:
    parts = [heading, *(f"{label}: {value}" if label else value for label, value in facts)]
    parts += [f"{label}:\n{url}" for label, url in links]
    return "\n\n".join([*parts, words.why]) + "\n"


def _html(
    heading: str, facts: list[tuple[str, str]], links: list[tuple[str, str]], words: Words, cid: str | None
) -> str:
    """Plain enough for every mail program: no style sheet, no script, nothing fetched from anywhere."""
    parts = [f'<h1 style="font-size:20px">{escape(heading)}</h1>']
    if cid is not None:
        image = f'<img src="cid:{escape(cid)}" alt="" style="max-width:100%;height:auto;border-radius:6px">'
        page = links[0][1] if links else ""
        parts.append(f'<p><a href="{escape(page)}">{image}</a></p>' if page else f"<p>{image}</p>")
    for label, value in facts:
        parts.append(f"<p>{f'<b>{escape(label)}:</b> ' if label else ''}{escape(value)}</p>")
    listed = "".join(f'<li><a href="{escape(url)}">{escape(label)}</a></li>' for label, url in links)
    parts += [f"<ul>{listed}</ul>", f'<p style="color:#767676;font-size:12px">{escape(words.why)}</p>']
    body = "\n".join(parts)
    return (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        f"<title>{escape(heading)}</title></head>\n"
        '<body style="font-family:sans-serif;max-width:560px;margin:auto;padding:16px">\n'
        f"{body}\n</body></html>\n"
    )
