"""The prompts that the judge's figures are of, drawn by lot: `python -m benchmarks.prompts` draws.

There are two kinds. The sealed list lies in `sealed_prompts.json`: it was drawn once, over all attributes
alike, and nothing (no weight, no default, no word) may be tuned on it. Lists for tuning are drawn from any
seed and have no prompt in common with it.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from training.captions import WORDS
from training.facts import COLOURS, GROUNDS, SHAPES, SKIES, Facts
from training.scenes import AT_HOME, LIGHTS, Landscape, Scene, ShapeScene

SEALED = Path(__file__).resolve().parent / "sealed_prompts.json"
SEALED_SEED = 20_261_121
# A blob is what is no shape, so nobody asks for one.
ASKED_SHAPES = tuple(shape for shape in SHAPES if shape != "blob")
SHAPE_WORDS = (
    "a {colour} {shape} on a {background} background",
    "a {colour} {shape} in front of a {background} background",
    "{colour} {shape}, {background} background",
    "a {background} background with a {colour} {shape}",
)
LANDSCAPE_WORDS = (
    "{thing} {on} {at}",
    "{thing} {on} {at}",
    "{thing}, {ground}, {sky}",
    "{ground} {at} with {thing}",
)


@dataclass(frozen=True)
class Asked:
    """A prompt, and what a picture of it must show."""

    prompt: str
    facts: Facts

    @property
    def is_shape(self) -> bool:
        """Whether it asks for a shape on a plain background, not for a landscape."""
        return self.facts.shape is not None


def sealed() -> list[Asked]:
    """The prompts that the published figures are of."""
    entries = json.loads(SEALED.read_text("utf-8"))["prompts"]
    return [
        Asked(entry["prompt"], Facts(**entry["facts"] | {"things": tuple(entry["facts"].get("things", ()))}))
        for entry in entries
    ]


def tuning(seed: int = 0, shapes: int = 42, landscapes: int = 22) -> list[Asked]:
    """As many other prompts of the same kind, to tune with."""
    kept = {asked.facts for asked in sealed()}
    drawn = draw(seed, 3 * shapes, 3 * landscapes)
    apart = [asked for asked in drawn if asked.facts not in kept]
    return [a for a in apart if a.is_shape][:shapes] + [a for a in apart if not a.is_shape][:landscapes]


def draw(seed: int, shapes: int, landscapes: int) -> list[Asked]:
    """Prompts over all attributes alike: each choice comes as often as any other, give or take one."""
    rng = np.random.default_rng((31, seed))
    asked: list[Asked] = []
    wanted = zip(_evenly(ASKED_SHAPES, shapes, rng), _evenly(COLOURS, shapes, rng), strict=True)
    backgrounds = _evenly(COLOURS, shapes, rng)
    for index, (shape, colour) in enumerate(wanted):
        # Another background than the colour, and each as often: the first of those left that differs.
        other = next((b for b in backgrounds if b != colour), None) or _other(colour, rng)
        if other in backgrounds:
            backgrounds.remove(other)
        words = SHAPE_WORDS[index % len(SHAPE_WORDS)]
        asked.append(_shape(words, Facts(shape=shape, colour=colour, background=other)))
    seen: Counter[str] = Counter()
    pairs = [f"{ground} {sky}" for ground in GROUNDS for sky in SKIES]
    for index, pair in enumerate(_evenly(pairs, landscapes, rng)):
        ground, sky = pair.split()
        used = {one.facts for one in asked}
        choices = [Facts(ground=ground, sky=sky, things=(thing,)) for thing in _fitting(ground, sky)]
        # The thing that came least often so far, and no scene twice while there are others.
        rng.shuffle(choices)
        facts = min(choices, key=lambda facts: (facts in used, seen[facts.things[0]]))
        seen[facts.things[0]] += 1
        asked.append(_landscape(LANDSCAPE_WORDS[index % len(LANDSCAPE_WORDS)], facts, rng))
    return asked


def scene_of(asked: Asked, seed: int) -> Scene:
    """A real picture's scene of a prompt, as `training/scenes.py` draws it: what the judge reads at best."""
    rng = np.random.default_rng((32, seed))
    facts, own = asked.facts, int(rng.integers(2**31))
    if facts.shape is not None and facts.colour is not None and facts.background is not None:
        centre = (float(rng.uniform(0.45, 0.55)), float(rng.uniform(0.45, 0.55)))
        radius, angle = float(rng.uniform(0.24, 0.4)), float(rng.normal(0, 0.1))
        return ShapeScene(facts.shape, facts.colour, facts.background, (centre,), radius, angle, own)
    assert facts.ground is not None
    assert facts.sky is not None
    things = tuple(
        (name, float(rng.uniform(0.35, 0.65)), float(rng.uniform(0.8, 1.3))) for name in facts.things
    )
    return Landscape(facts.ground, facts.sky, things, float(rng.uniform(0.5, 0.72)), own)


def _shape(words: str, facts: Facts) -> Asked:
    text = words.format(shape=facts.shape, colour=facts.colour, background=facts.background)
    return Asked(_with_article(text), facts)


def _landscape(words: str, facts: Facts, rng: np.random.Generator) -> Asked:
    (thing,) = facts.things

    def said(slot: str, value: str | None) -> str:
        return str(rng.choice(WORDS[slot][str(value)]))

    text = words.format(
        thing=WORDS["thing"].get(thing, (f"a {thing}",))[0],
        on=said("on ground", facts.ground),
        at=said("at sky", facts.sky),
        ground=said("ground", facts.ground),
        sky=said("sky", facts.sky),
    )
    return Asked(_with_article(text), facts)


def _with_article(text: str) -> str:
    for vowel in "aeiou":
        text = text.replace(f" a {vowel}", f" an {vowel}")
        if text.startswith(f"a {vowel}"):
            text = "an" + text[1:]
    return text


def _fitting(ground: str, sky: str) -> list[str]:
    """The things that are at home on a ground, and the light in its sky."""
    return sorted(set(AT_HOME[ground])) + ([LIGHTS[sky]] if sky in LIGHTS else [])


def _evenly(choices: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    """`count` choices in random order, each as often as any other, give or take one."""
    rounds = [str(choice) for _ in range(-(-count // len(choices))) for choice in rng.permutation(choices)]
    return [rounds[index] for index in rng.permutation(count)]


def _other(colour: str, rng: np.random.Generator) -> str:
    return str(rng.choice([other for other in COLOURS if other != colour]))


def main() -> None:
    """Write the sealed list if it isn't there: to draw another is to throw all figures away."""
    if SEALED.exists():
        print(f"{SEALED} is there and stays as it is")
        return
    note = (
        "Sealed: nothing (no weight, default, preset or word) may be tuned on these prompts or on pictures "
        "of them. They were drawn once, by python -m benchmarks.prompts, and stay as they are. "
        "For tuning there is --prompts tuning."
    )
    entries = []
    for asked in draw(SEALED_SEED, 42, 22):
        facts = {name: value for name, value in asdict(asked.facts).items() if value}
        entries.append({"prompt": asked.prompt, "facts": facts})
    SEALED.write_text(json.dumps({"note": note, "prompts": entries}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
