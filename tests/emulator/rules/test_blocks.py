"""`match`, `allow` and functions: which conditions speak of a request, and what they can name."""

# ruff: noqa: E501  one case a line

import pytest

from emulator.rules import RulesSyntaxError
from tests.emulator.rules.deciding import ask, rules


@pytest.mark.parametrize(
    ("body", "name", "allowed"),
    [
        ("match /users/{user} { allow get; }", "users/alice", True),
        ("match /users/{user} { allow get; }", "users/alice/notes/one", False),
        ("match /users/{user} { allow get; }", "teams/alice", False),
        ("match /users/alice { allow get; }", "users/alice", True),
        ("match /users/alice { allow get; }", "users/bob", False),
        ("match /users/{user} { match /notes/{note} { allow get; } }", "users/alice/notes/one", True),
        ("match /users/{user} { match /notes/{note} { allow get; } }", "users/alice", False),
        ("match /users/{user}/notes/{note} { allow get: if user == 'alice' && note == 'one'; }", "users/alice/notes/one", True),
        ("match /users/{user}/{rest=**} { allow get; }", "users/alice/notes/one", True),
        ("match /users/{user}/{rest=**} { allow get; }", "users/alice", True),
        ("match /{rest=**} { allow get; }", "users/alice/notes/one", True),
        ("match /{rest=**}/notes/{note} { allow get; }", "users/alice/notes/one", True),
        ("match /{rest=**}/notes/{note} { allow get; }", "notes/one", True),
        ("match /{rest=**}/notes/{note} { allow get; }", "users/alice", False),
        ("match /users/{user}/{rest=**} { allow get: if rest == /notes/one; }", "users/alice/notes/one", True),
        ("match /{all=**} { allow get: if all[1] == 'alice' && string(all) == '/users/alice'; }", "users/alice", True),
        ("match /my-files/v1.0 { allow get; }", "my-files/v1.0", True),
        ("match /match/{in_} { allow get; }", "match/x", True),
        ("match /users/{user} { allow list; }", "users/alice", False),
        ("match /users/{user} { allow read; }", "users/alice", True),
        ("match /users/{user} { allow write; }", "users/alice", False),
        ("match /users/{user} { allow create, get; }", "users/alice", True),
        ("match /users/{user} { allow get: if false; } match /{rest=**} { allow get; }", "users/alice", True),
        ("match /users/{user} { allow get: if 1 / 0 == 1; allow get: if true; }", "users/alice", True),
        ("", "users/alice", False),
    ],
)  # fmt: skip
def test_a_path_is_matched_whole(body: str, name: str, allowed: bool) -> None:
    assert ask(rules(body), "get", name).allowed is allowed


@pytest.mark.parametrize("method", ["create", "update", "delete"])
def test_write_grants_each_way_of_writing(method: str) -> None:
    ruleset = rules("match /users/{user} { allow write; }")
    assert ask(ruleset, method, "users/alice").allowed
    assert not ask(ruleset, "get", "users/alice").allowed


@pytest.mark.parametrize(("name", "allowed"), [("users/alice/notes/one", True), ("users/alice", False)])
def test_in_version_1_a_recursive_wildcard_takes_at_least_one_segment(name: str, allowed: bool) -> None:
    assert (
        ask(rules("match /users/{user}/{rest=**} { allow get; }", version="1"), "get", name).allowed
        is allowed
    )


def test_in_version_1_a_recursive_wildcard_must_come_last() -> None:
    with pytest.raises(RulesSyntaxError, match="recursive wildcard must be the last segment"):
        rules("match /{rest=**}/notes/{note} { allow get; }", version="1")


def test_a_denial_that_no_allow_speaks_of_says_so() -> None:
    decision = ask(rules(""), "get", "users/alice")
    assert (decision.line, decision.reason) == (0, "No matching allow statement for 'get'")


def test_a_denial_lists_every_allow_that_was_tried() -> None:
    decision = ask(rules("match /a/{b} {\n allow get: if false;\n allow get: if b.c == 1; }"), "get", "a/b")
    assert decision.reason == "false for 'get' @ L4, Property c is undefined on object. for 'get' @ L5"
    assert decision.line == 5


FUNCTIONS = [
    # A function sees the wildcards around it, whatever stands between it and the call.
    "match /users/{user} { function mine() { return user == request.auth.uid; } allow get: if mine(); }",
    # It may stand after its use, and outside of the block that calls it.
    "match /users/{user} { allow get: if same(user); } function same(u) { return u == request.auth.uid; }",
    # Arguments hide wildcards, lets hide arguments' absence, and each let sees those before it.
    "match /users/{user} { function f(user) { let a = user + 1; let b = a * 2; return b == 4; } allow get: if f(1); }",
    # The innermost function of a name wins.
    "function f() { return false; } match /users/{user} { function f() { return true; } allow get: if f(); }",
    # Nested calls of one function don't disturb each other.
    "match /users/{user} { function inc(n) { return n + 1; } allow get: if inc(inc(inc(0))) + inc(1) == 5; }",
    "match /users/{user} { function add(a, b) { return a + b; } allow get: if add(add(1, 2), add(3, 4)) == 10; }",
    # A function named like a built-in one hides it.
    "function string(x) { return 'mine'; } match /users/{user} { allow get: if string(1) == 'mine'; }",
    # A wildcard named like a namespace hides it.
    "match /users/{math} { allow get: if math.size() == 5; }",
    "match /users/{user} { function f() { return true } allow get: if f() }",
]


@pytest.mark.parametrize("body", FUNCTIONS)
def test_names_mean_what_the_nearest_block_says(body: str) -> None:
    assert ask(rules(body), "get", "users/alice").reason == ""


def test_functions_outside_of_the_service_are_seen_everywhere() -> None:
    from emulator.rules import RuleSet

    ruleset = RuleSet.parse(
        "function yes() { return true; }"
        "service cloud.firestore { match /databases/{d}/documents/{all=**} { allow get: if yes(); } }"
    )
    assert ask(ruleset, "get", "a/b").allowed


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("function f() { return f(); }", "f() calls itself"),
        ("function f() { return g(); } function g() { return f(); }", "f() calls itself"),
        ("function f(a) { return a; } match /a/{b} { allow get: if f(); }", "f() takes 1 arguments, not 0"),
        ("function f(a, a) { return a; }", "f() names a twice"),
        ("function f(a) { let a = 1; return a; }", "f() names a twice"),
        ("function f() { return 1; } function f() { return 2; }", "f() is defined twice"),
        ("function f(a, b, c, d, e, f, g, h) { return 1; }", "takes 8 arguments; at most 7"),
        (f"function f() {{ {' '.join(f'let x{n} = 1;' for n in range(11))} return 1; }}", "11 let bindings; at most 10"),
        ("".join(f"function f{n}() {{ return f{n + 1}(); }}" for n in range(25)) + "function f25() { return 1; }",
         "calls 21 deep; at most 20"),
        ("match /{a=**}/{b=**} { allow get; }", "at most one recursive wildcard"),
    ],
)  # fmt: skip
def test_what_production_refuses_to_deploy_is_refused(body: str, problem: str) -> None:
    with pytest.raises(RulesSyntaxError) as error:
        rules(body)
    assert problem in str(error.value)
    assert error.value.line > 1


def test_calls_that_multiply_are_cut_off() -> None:
    functions = "".join(f"function f{n}() {{ return f{n + 1}() && f{n + 1}(); }}" for n in range(19))
    ruleset = rules(
        functions + "function f19() { return true; } match /a/{b} { allow get: if f0() || true; }"
    )
    assert "call functions more than 1000 times" in ask(ruleset, "get", "a/b").reason


def test_unknown_names_are_warned_of_when_the_rules_are_read() -> None:
    ruleset = rules(
        "function f() { return nobody == nothing(); }\nmatch /a/{b} { allow get: if math.cbrt(8) == 2; }"
    )
    assert ruleset.warnings == (
        "test.rules:4:30: unknown function math.cbrt()",
        "test.rules:3:23: unknown variable nobody",
        "test.rules:3:33: unknown function nothing()",
    )
