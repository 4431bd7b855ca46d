"""The prompt grammar."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import InvalidTask
from contract.prompts import MAX_CHARACTERS, Prompt, parse_prompts


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("a red circle", [Prompt("a red circle")]),
        ("a:1 | b:-0.5", [Prompt("a", 1.0), Prompt("b", -0.5)]),
        ("  spaced   :  2  ", [Prompt("spaced", 2.0)]),
        ("far:1:0.3", [Prompt("far", 1.0, 0.3)]),
        ("noon: a painting", [Prompt("noon: a painting")]),
        ("at 12:30 o'clock:2", [Prompt("at 12:30 o'clock", 2.0)]),
        ("a:.5|b:+3", [Prompt("a", 0.5), Prompt("b", 3.0)]),
    ],
)
def test_weights_and_stops_are_read_from_the_right(text: str, prompts: list[Prompt]) -> None:
    assert list(parse_prompts(text)) == prompts


def test_a_prompt_without_stop_always_pulls() -> None:
    assert parse_prompts("a")[0].stop == -math.inf


@pytest.mark.parametrize(
    "text", ["", "   ", "a | | b", "a |", ":2", "a:-1", "a:0", "a:101", "x" * (MAX_CHARACTERS + 1)]
)
def test_what_cannot_be_drawn_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidTask, match="prompt is .* but must be") as caught:
        parse_prompts(text)
    assert caught.value.field == "prompt"
    assert len(str(caught.value)) < 200


@given(st.text(max_size=200))
def test_any_text_is_either_prompts_or_a_clear_error(text: str) -> None:
    try:
        prompts = parse_prompts(text)
    except InvalidTask as error:
        assert error.field == "prompt"
    else:
        assert all(prompt.text.strip() and math.isfinite(prompt.weight) for prompt in prompts)
