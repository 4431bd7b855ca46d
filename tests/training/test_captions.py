"""Captions say what is so, contradictions what is not, in words that the tokenizer knows."""

import numpy as np
import pytest

from training.captions import Caption, contradict, describe
from training.facts import FALSE, TRUE, UNKNOWN, Facts, truth
from training.model import make_tokenizer
from training.scenes import draw_scene, draw_window

DISC = Facts(shape="circle", colour="red", background="blue", count="one", place="top left")
HARBOUR = Facts(ground="sea", sky="night", things=("boat", "moon"))


def captioned(count: int, seed: int = 0) -> list[tuple[Facts, Caption, list[Caption]]]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        scene = draw_scene(rng)
        facts = scene.facts(draw_window(rng, scene))
        caption = describe(facts, rng)
        found.append((facts, caption, contradict(caption, facts, rng)))
    return found


def test_every_caption_is_true_of_its_scene_and_every_contradiction_false() -> None:
    for facts, caption, against in captioned(400):
        assert truth([caption.says], [facts]).item() == TRUE, caption
        assert against
        assert (truth([other.says for other in against], [facts]) == FALSE).all(), (facts, against)
        assert all(other.text != caption.text for other in against)


def test_a_caption_names_what_it_says_in_words() -> None:
    for _, caption, _ in captioned(300):
        for word in (caption.says.background, caption.says.colour):
            assert word is None or word in caption.text or (word == "grey" and "gray" in caption.text)
        for word in (caption.says.shape, *caption.says.things):
            assert (
                word is None
                or word in caption.text
                or (word == "circle" and set("discball") & set(caption.text))
            )


def test_articles_agree_with_the_word_that_follows() -> None:
    texts = [caption.text for _, caption, _ in captioned(600)]
    assert any(" an orange" in f" {text}" for text in texts)
    assert not any(" a orange" in f" {text}" for text in texts)


@pytest.mark.parametrize(
    ("said", "seen", "expected"),
    [
        (Facts(shape="circle"), DISC, TRUE),
        (Facts(shape="circle", colour="red", background="blue"), DISC, TRUE),
        (Facts(shape="circle", colour="green"), DISC, FALSE),
        (Facts(shape="circle", count="many"), DISC, FALSE),
        (Facts(shape="circle", place="top left"), DISC, TRUE),
        (Facts(shape="circle", size="large"), DISC, UNKNOWN),
        (Facts(shape="star", size="large"), DISC, FALSE),
        (Facts(things=("boat",)), HARBOUR, TRUE),
        (Facts(things=("boat", "moon"), sky="night"), HARBOUR, TRUE),
        (Facts(things=("boat", "cactus")), HARBOUR, FALSE),
        (Facts(ground="sea"), DISC, FALSE),
        (Facts(shape="circle"), HARBOUR, FALSE),
    ],
)
def test_what_is_said_is_true_false_or_unknown(said: Facts, seen: Facts, expected: int) -> None:
    assert truth([said], [seen]).item() == expected


def test_words_of_captions_are_single_tokens_and_none_is_unknown() -> None:
    tokenizer = make_tokenizer()
    for _, caption, against in captioned(200):
        for text in (caption.text, *(other.text for other in against)):
            ids = tokenizer(text)["input_ids"]
            assert ids[0] == tokenizer.bos_token_id
            assert ids[-1] == tokenizer.eos_token_id
            assert tokenizer.unk_token_id not in ids[1:-1]
    known = "a purple triangle on a yellow background , pixel art of the ocean"
    assert len(tokenizer(known)["input_ids"]) == len(known.split()) + 2


@pytest.mark.parametrize("text", ["a zebra's café", "红色的圆", "<b>&amp;</b> 🙂", "x" * 200])
def test_any_other_text_falls_to_its_bytes(text: str) -> None:
    tokenizer = make_tokenizer()
    ids = tokenizer(text)["input_ids"][1:-1]
    assert tokenizer.unk_token_id not in ids
    assert tokenizer.decode(ids).replace(" ", "") == text.replace(" ", "").lower()
