"""Regular expressions: what Python's own engine says of them, and what only RE2 promises."""

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.rules.errors import EvaluationError
from emulator.rules.regex import compiled

PATTERNS = [
    "a*b",
    "(a|b)*c",
    "a{2,3}",
    "a{2}b{0,1}c{1,}",
    "^a+$",
    "[a-c]+x?",
    "[^ab]*",
    "[]a]+",
    "(ab|a)(bc)?",
    "\\d+-\\w*",
    "a.c",
    "(?s)a.c",
    "\\bfoo\\b",
    "\\Bo+",
    "(a*)*b",
    "(?i)Ab",
    "(?i:a)b",
    "x|",
    "(|a)+",
    "a??b",
    "a+?",
    "(a|ab)(c|bcd)(d*)",
    "(?m)^a$",
    "[\\d\\s-]+",
    "(?P<name>a)b",
    "a{,2}",
    "\\x61\\.",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(alphabet="abcdxfoA1 -\n.{,}2", max_size=9))
def test_matches_are_those_of_perl(pattern: str, text: str) -> None:
    # In RE2 {,2} is four characters, and $ never stands before a last newline.
    theirs = re.compile(pattern.replace("{,2}", "\\{,2\\}").replace("+$", "+\\Z"))
    ours = compiled(pattern)
    assert ours.full_match(text) == bool(theirs.fullmatch(text))
    found = theirs.search(text)
    assert next(ours.find_all(text), None) == (found.span() if found else None)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("(a+)+$", "a" * 100_000 + "b"), ("(a|aa)+", "a" * 50_000 + "b"), ("(a?){60}a{60}", "a" * 60)],
)
def test_a_pattern_that_makes_others_hang_is_decided_at_once(pattern: str, text: str) -> None:
    start = time.process_time()
    assert compiled(pattern).full_match(text) is (text[-1] == "a")
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("\\p{L}+", "Ünï", True),
        ("\\p{Lu}\\P{Lu}+", "Ünï", True),
        ("\\pN", "x", False),
        ("[[:alpha:]_]+", "ab_", True),
        ("[[:^digit:]]+", "a1", False),
        ("\\Qa.b\\E+", "a.bb", True),
        ("\\Qa.b\\E", "axb", False),
        ("\\w+", "é", False),
        ("a$b?", "a", True),
        ("\\x{1F600}", "😀", True),
    ],
)
def test_what_only_re2_has(pattern: str, text: str, fits: bool) -> None:
    assert compiled(pattern).full_match(text) is fits


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        ")",
        "a)",
        "[a",
        "*a",
        "a**",
        "\\1",
        "(?=a)",
        "(?<!a)",
        "\\8",
        "a{1001}",
        "a{3,2}",
        "[b-a]",
        "\\",
        "\\y",
        "(" * 200 + ")" * 200,
        "((a{100}){100}){100}",
        "[[:nope:]]",
        "\\p{Greek}",
        "(?P<1>a)",
        "\\x{110000}",
    ],
)
def test_what_re2_refuses_is_an_error(pattern: str) -> None:
    with pytest.raises(EvaluationError, match="Invalid regular expression"):
        compiled(pattern)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="ab()[]{}*+?|^$\\.-:=<>!iPQEdwpx,0123 ", max_size=24), st.text(max_size=6))
def test_wild_patterns_match_or_are_refused(pattern: str, text: str) -> None:
    try:
        regex = compiled(pattern)
    except EvaluationError:
        return
    regex.full_match(text)
    list(regex.find_all(text))
