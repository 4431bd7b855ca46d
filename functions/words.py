"""The mail's texts in the languages that the page speaks."""

from dataclasses import dataclass

from contract.task import Status


@dataclass(frozen=True)
class Words:
    """One language. `{…}` are filled in."""

    language: str
    subject: dict[Status, str]
    heading: dict[Status, str]
    prompt: str
    drawn: str
    reason: str
    page: str
    picture: str
    video: str
    why: str


_EN = Words(
    language="en",
    subject={
        Status.DONE: "Your picture is ready: {prompt}",
        Status.FAILED: "Your picture could not be drawn: {prompt}",
        Status.REJECTED: "Your prompt could not be drawn as it is: {prompt}",
    },
    heading={
        Status.DONE: "Your picture is ready",
        Status.FAILED: "Your picture could not be drawn",
        Status.REJECTED: "Your prompt could not be drawn as it is",
    },
    prompt="Prompt",
    drawn="Drawn by {renderer} in {seconds} s, {width} × {height} pixels",
    reason="The reason",
    page="See it on the page",
    picture="The picture",
    video="The video of its making",
    why="You get this mail because somebody gave this address when they asked for the picture.",
)

_DE = Words(
    language="de",
    subject={
        Status.DONE: "Dein Bild ist fertig: {prompt}",
        Status.FAILED: "Dein Bild konnte nicht gezeichnet werden: {prompt}",
        Status.REJECTED: "Deine Beschreibung ließ sich so nicht zeichnen: {prompt}",
    },
    heading={
        Status.DONE: "Dein Bild ist fertig",
        Status.FAILED: "Dein Bild konnte nicht gezeichnet werden",
        Status.REJECTED: "Deine Beschreibung ließ sich so nicht zeichnen",
    },
    prompt="Beschreibung",
    drawn="Gezeichnet von {renderer} in {seconds} s, {width} × {height} Pixel",
    reason="Der Grund",
    page="Auf der Seite ansehen",
    picture="Das Bild",
    video="Das Video von seiner Entstehung",
    why="Du bekommst diese Nachricht, weil bei der Bestellung des Bildes diese Adresse angegeben wurde.",
)

LANGUAGES = {words.language: words for words in (_EN, _DE)}


def words_in(language: object) -> Words:
    """The texts in a language; in English if it isn't spoken here, or isn't known."""
    return LANGUAGES.get(language, _EN) if isinstance(language, str) else _EN
