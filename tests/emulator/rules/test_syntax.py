"""What the parser says of text that isn't rules; and that it never says anything else."""

# ruff: noqa: E501  one case a line

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.rules import Query, RuleSet, RulesSyntaxError
from emulator.rules.parser import MAX_BYTES
from tests.emulator.rules.deciding import ALICE, NOON, ask, path, rules

HEAD = "rules_version = '2';\nservice cloud.firestore {\n  match /databases/{database}/documents {\n"


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, ["a file holds one service, not 0"]),
        ("service cloud.firestore {", 1, 26, ["the file ends too early", "'}'"]),
        ("servce cloud.firestore {}", 1, 1, ["unexpected 'servce'", "'service'"]),
        ("service cloud.datastore {}", 1, 9, ["cloud.firestore or firebase.storage"]),
        ("rules_version = '3'; service cloud.firestore {}", 1, 17, ["rules_version is '1' or '2', not '3'"]),
        ("service cloud.firestore {} service cloud.firestore {}", 1, 28, ["one service, not 2"]),
        (HEAD + "    match users/{user} {\n", 4, 11, ["unexpected 'users'", "'/'"]),
        (HEAD + "    match /users/{user {\n", 4, 24, ["unexpected '{'", "'}'"]),
        (HEAD + "    allow fetch: if true;\n}}", 4, 11, ["read, write, get, list, create, update, delete", "'fetch'"]),
        (HEAD + "    allow get if true;\n}}", 4, 15, ["unexpected 'if'", "','", "':'"]),
        (HEAD + "    allow get: true;\n}}", 4, 16, ["expected 'if'"]),
        (HEAD + "    allow get: if a ==;\n}}", 4, 23, ["unexpected ';'", "an expression"]),
        (HEAD + "    allow get: if a = b;\n}}", 4, 21, ["unexpected '='"]),
        (HEAD + "    allow get: if (a;\n}}", 4, 21, ["unexpected ';'", "')'"]),
        (HEAD + "    allow get: if a is strin;\n}}", 4, 24, ["a type is one of bool, bytes", "'strin'"]),
        (HEAD + "    allow get: if 'open;\n}}", 4, 19, ["unexpected \"'\""]),
        (HEAD + "    allow get: if a.matches('\\.');\n}}", 4, 29, ["unknown escape \\.", "\\\\"]),
        (HEAD + "    allow get: if a == 99999999999999999999;\n}}", 4, 24, ["an integer is at most 9223372036854775807"]),
        (HEAD + "    function in() { return 1; }\n}}", 4, 14, ["'in'", "can't be a name"]),
        (HEAD + "    function f() { let x = 1 return x; }\n}}", 4, 30, ["unexpected 'return'", "';'"]),
        (HEAD + "    function f() { 1; }\n}}", 4, 20, ["'let'", "'return'"]),
        (HEAD + "    allow get: if a @ b;\n}}", 4, 21, ["unexpected '@'"]),
        (HEAD + "    /* never closed", 4, 5, ["unexpected '/'"]),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_line_column_and_what_was_expected(
    text: str, line: int, column: int, words: list[str]
) -> None:
    with pytest.raises(RulesSyntaxError) as found:
        RuleSet.parse(text, "my.rules")
    error = found.value
    assert (error.line, error.column) == (line, column), str(error)
    assert str(error).startswith(f"my.rules:{line}:{column}: ")
    for word in words:
        assert word in str(error)


def test_comments_and_missing_semicolons_are_accepted() -> None:
    ruleset = RuleSet.parse(
        "// one\nrules_version = '2' /* two\nlines */ service cloud.firestore { // three\n"
        "match /a/{b} { allow get: if true // four\n allow list } }"
    )
    assert ruleset.service == "cloud.firestore"


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(RulesSyntaxError, match="larger than 256 KiB"):
        RuleSet.parse("//" + "x" * MAX_BYTES)


@pytest.mark.parametrize(
    "expression",
    [
        "(!" * 1000 + "true" + ")" * 1000,
        "!" * 1000 + "true",
        "[" * 1000 + "]" * 1000,
        "a" + ".a" * 1000,
        "1" + " + 1" * 1000,
        "true ? " * 600 + "true" + " : false" * 600,
        "f(" * 1000 + ")" * 1000,
    ],
)
def test_wild_nesting_is_refused_and_not_a_crash(expression: str) -> None:
    with pytest.raises(RulesSyntaxError, match="nested deeper than 150 levels|ends too early|unexpected"):
        rules("match /a/{b} { allow get: if " + expression + "; }")


def test_long_chains_are_not_deep() -> None:
    rules("match /a/{b} { allow get: if " + " && ".join(["true"] * 1000) + "; }")


VOCABULARY = (
    "service cloud.firestore firebase.storage { } ( ) [ ] match allow get read write , ; : if function return "
    "let = == != < <= + - * / % && || ! ? . $( ** {x} {x=**} /a /b request resource true null 1 2.5 'text' "
    "\"\\n\" in is string rules_version '2' // /* */ \n ' \\ é \x00 \ud800 99999999999999999999"
)
WORDS = st.sampled_from(VOCABULARY.split(" "))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(WORDS, max_size=60).map(" ".join))
def test_text_made_of_the_languages_words_parses_or_is_refused(text: str) -> None:
    _parse_or_refuse(text)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused(text: str) -> None:
    _parse_or_refuse(text)


SOUND = HEAD + (
    "    function owner(d) { let u = request.auth.uid; return d.uid == u && d.n in [1, 2.5]; }\n"
    "    match /items/{item} { allow get, list: if owner(resource.data) || !(item is string);\n"
    "      allow write: if get(/databases/$(database)/documents/a/$(item)).data['x'][0:1]\n"
    "        == {'a': 1 ? 2 : 3}.a; }\n"
    "  }\n}\n"
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, len(SOUND)),
    st.integers(0, 12),
    st.text(alphabet="{}()[]'\"/$;:=*&|!.,ai1 \n\\", max_size=6),
)
def test_a_sound_file_with_a_hole_parses_or_is_refused(start: int, length: int, patch: str) -> None:
    _parse_or_refuse(SOUND[:start] + patch + SOUND[start + length :])


def _parse_or_refuse(text: str) -> None:
    """What parses must also decide, whatever it says."""
    try:
        ruleset = RuleSet.parse(text)
        ask(ruleset, "get", "items/one", resource={"uid": "alice", "n": 1})
        ask(ruleset, "create", "items/one", incoming={"x": "text"})
        ruleset.decide_list(Query(path("x").segments[:3], "items"), ALICE, NOON)
    except RulesSyntaxError as error:
        lines = text.split("\n")
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
