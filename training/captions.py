"""Captions: sayings about a scene, from templates whose slots are exactly the facts they state."""

import re
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from training.facts import CHOICES, THINGS, Facts

SHAPE_TEMPLATES = (
    "a {colour} {shape} on a {background} background",
    "a {colour} {shape} on a {background} background",
    "a {colour} {shape} on a {background} background",
    "{colour} {shape}, {background} background",
    "{colour} {shape} on {background}",
    "a {colour} {shape} on {background}",
    "a {colour} {shape} in front of a {background} background",
    "a {background} background with a {colour} {shape}",
    "a {size} {colour} {shape} on a {background} background",
    "a {size} {colour} {shape} in the {place} on {background}",
    "a {colour} {shape} in the {place} on a {background} background",
    "a {shape} on a {background} background",
    "a {colour} {shape}",
    "{colour} {shape}",
    "a {shape}",
    "{shape}",
    "a {size} {shape}",
    "a {shape} in the {place}",
    "{background} background",
    "a {background} background",
    "something {colour} on {background}",
    "the {shape} is {colour}, the background is {background}",
)
MANY_TEMPLATES = (
    "{colour} {shape}s on a {background} background",
    "many {colour} {shape}s on {background}",
    "several {shape}s",
    "{colour} {shape}s",
    "{background} background",
    "something {colour} on {background}",
)
LANDSCAPE_TEMPLATES = (
    "{ground}",
    "{sky}",
    "{ground} {sky}",
    "{sky} over {ground}",
    "{ground}, {sky}",
    "{sky}, {ground}",
)
THING_TEMPLATES = (
    "{thing} {on ground} {at sky}",
    "{thing} {on ground} {at sky}",
    "{thing} {on ground} {at sky}",
    "{thing} {on ground}",
    "{thing} {at sky}",
    "{thing}",
    "{thing}, {ground}, {sky}",
    "{ground} with {thing}",
    "{ground} {at sky} with {thing}",
    "{sky} over {thing} {on ground}",
)
THINGS_TEMPLATES = (
    "{thing} and {other} {on ground} {at sky}",
    "{thing} and {other} {on ground}",
    "{thing} and {other} {at sky}",
    "{thing} and {other}",
)
OPENINGS = (
    "pixel art of ",
    "a picture of ",
    "a drawing of ",
    "a painting of ",
    "an image of ",
    "a photo of ",
)
ENDINGS = (", pixel art", ", beautiful", ", simple", ", high quality", ", colourful", ", detailed")

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "shape": {"circle": ("circle", "circle", "circle", "disc", "ball")},
    "colour": {"grey": ("grey", "grey", "gray")},
    "background": {"grey": ("grey", "grey", "gray")},
    "size": {"small": ("small", "little", "tiny"), "large": ("large", "big", "huge")},
    "place": {"middle": ("middle", "center", "centre")},
    "ground": {
        "grass": ("grass", "a meadow", "a green field"),
        "sea": ("sea", "the sea", "the ocean"),
        "desert": ("desert", "a desert", "sand dunes"),
        "snow": ("snow", "a snowy field"),
    },
    "on ground": {
        "grass": ("on grass", "on the grass", "in a meadow"),
        "sea": ("on the sea", "on the sea", "on the ocean"),
        "desert": ("in the desert", "in the desert", "on sand"),
        "snow": ("in the snow", "on snow"),
    },
    "sky": {
        "day": ("a blue sky", "day", "a sunny day"),
        "sunset": ("a sunset", "sunset", "an orange sky at sunset"),
        "night": ("night", "a starry night", "a night sky"),
        "stormy": ("a stormy sky", "a storm", "dark clouds"),
    },
    "at sky": {
        "day": ("by day", "under a blue sky", "on a sunny day"),
        "sunset": ("at sunset", "at sunset", "at dusk"),
        "night": ("at night", "at night", "under the stars"),
        "stormy": ("in a storm", "under a stormy sky"),
    },
    "thing": {"sun": ("the sun", "a sun"), "moon": ("the moon", "a moon")},
}
SLOT = re.compile(r"{([a-z ]+)}")


@dataclass(frozen=True)
class Caption:
    """`text` says exactly `says`; `template` and `seed` let the same words be said of other facts."""

    text: str
    says: Facts
    template: str
    seed: int


def describe(facts: Facts, rng: np.random.Generator) -> Caption:
    """A random caption that is true of `facts`: all of them or only a part."""
    possible = [t for t in _templates(facts) if _stated(t, facts) is not None]
    return _say(possible[rng.integers(len(possible))], facts, int(rng.integers(2**31)))


def contradict(caption: Caption, facts: Facts, rng: np.random.Generator, most: int = 2) -> list[Caption]:
    """Up to `most` captions in the same words but for one stated property, each false of `facts`."""
    stated = [name for name in CHOICES if getattr(caption.says, name) is not None and name != "count"]
    stated += ["things"] * bool(caption.says.things)
    rng.shuffle(stated)
    # The shape is the hardest to learn and things are next: they are always among the contradicted.
    stated.sort(key=lambda name: name not in ("shape", "things"))
    stated = (stated + stated)[:most]
    return [_say(caption.template, _altered(facts, name, rng), caption.seed) for name in stated]


def every_word() -> list[str]:
    """Texts that hold every word of the captions; the tokenizer's vocabulary is made from these."""
    slots = {name: (*CHOICES[name],) for name in ("shape", "colour", "background", "size", "place")}
    texts = [text for options in WORDS.values() for phrases in options.values() for text in phrases]
    texts += [name for names in slots.values() for name in names] + [
        f"{shape}s" for shape in CHOICES["shape"]
    ]
    texts += [*THINGS, *OPENINGS, *ENDINGS]
    for templates in (
        SHAPE_TEMPLATES,
        MANY_TEMPLATES,
        LANDSCAPE_TEMPLATES,
        THING_TEMPLATES,
        THINGS_TEMPLATES,
    ):
        texts += [SLOT.sub("", template) for template in templates]
    return texts


def _templates(facts: Facts) -> tuple[str, ...]:
    if facts.shape is not None:
        return MANY_TEMPLATES if facts.count == "many" else SHAPE_TEMPLATES
    if len(facts.things) > 1:
        return THINGS_TEMPLATES + THING_TEMPLATES + LANDSCAPE_TEMPLATES[2:]
    return THING_TEMPLATES + LANDSCAPE_TEMPLATES[2:] if facts.things else LANDSCAPE_TEMPLATES


def _stated(template: str, facts: Facts) -> Facts | None:
    """The facts that a template's slots state; `None` if one of them isn't known."""
    slots = {slot.split()[-1] for slot in SLOT.findall(template)}
    named = facts.things[: 2 if "other" in slots else 1] if slots & {"thing", "other"} else ()
    names = [name for name in CHOICES if name in slots] + ["count"] * ("shape" in slots)
    values = {name: getattr(facts, name) for name in names}
    return None if None in values.values() else replace(Facts(things=named), **values)


def _say(template: str, facts: Facts, seed: int) -> Caption:
    rng = np.random.default_rng(seed)
    stated = _stated(template, facts)
    assert stated is not None, f"{template!r} says more than is known of {facts}"

    def word(slot: re.Match[str]) -> str:
        name = slot[1]
        if name in ("thing", "other"):
            value = facts.things[name == "other"]
            phrases = WORDS["thing"].get(value, (f"a {value}",))
        else:
            value = getattr(facts, name.split()[-1])
            phrases = WORDS.get(name, {}).get(value, (value,))
        return phrases[int(rng.random() * len(phrases))]

    text = re.sub(r"\ba (?=[aeiou])", "an ", SLOT.sub(word, template))
    chance = rng.random()
    if chance < 0.15:
        text = OPENINGS[rng.integers(len(OPENINGS))] + text
    elif chance < 0.25:
        text += ENDINGS[rng.integers(len(ENDINGS))]
    elif chance < 0.30:  # A word from nowhere changes nothing.
        text += " " + "".join(rng.choice(list("abcdefghijklmnoprstuvwyz"), size=rng.integers(3, 8)))
    return Caption(text, stated, template, seed)


def _altered(facts: Facts, name: str, rng: np.random.Generator) -> Facts:
    """The same facts but for one, which is another of its choices (of things, the first is another)."""
    if name == "things":
        others = [thing for thing in THINGS if thing not in facts.things]
        return replace(facts, things=(others[rng.integers(len(others))], *facts.things[1:]))
    others = [choice for choice in CHOICES[name] if choice != getattr(facts, name)]
    other: dict[str, Any] = {name: others[rng.integers(len(others))]}
    return replace(facts, **other)


assert {field.name for field in fields(Facts)} == {*CHOICES, "things"}
