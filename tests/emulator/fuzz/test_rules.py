"""Rules put in force at random: they are refused with a place, or every later request is decided by them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.fuzz.conftest import RULES
from tests.emulator.fuzz.shapes import JSON
from tests.emulator.fuzz.victim import PROJECT, ROOT, Victim, ask, assert_told, bounded

ADDRESS = f"/emulator/v1/projects/{PROJECT}:securityRules"
FRAME = """rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    function f(x) { let y = x; return y; }
    match /things/{id} { allow read, write: if CONDITION; }
  }
}"""
SOURCE = FRAME.replace("CONDITION", "request.auth != null && resource.data.n[0:2].size() in [1, 2.5, '3']")
TOKENS = [
    *"(){}[]<>:;,.!?+-*/%=&|$'\"`\\\0",
    "&&",
    "||",
    "==",
    "in",
    "is",
    "let",
    "return",
    "function",
    "match",
    "allow",
    "if",
    "null",
    "true",
    "1e999",
    "9" * 400,
    "request",
    "resource",
    "get",
    "f(f(1))",
    "é",
    "//",
    "/*",
]
OPERANDS = [
    "null",
    "true",
    "-9223372036854775808",
    "9223372036854775807",
    "0",
    "1.5",
    "'a'",
    "b'\\xff'",
    "[1]",
    "{'a': 1}",
    "/a/$(id)",
    "request",
    "request.auth",
    "request.query",
    "request.query.limit",
    "request.resource.data",
    "resource",
    "resource.data.n",
    "request.time",
    "f(1)",
    "get(/databases/$(database)/documents/things/$(id))",
    "exists(/x)",
    "duration.value(9223372036854775807, 'w')",
    "timestamp.date(9999, 99, 99)",
    "math.pow(10, 400)",
    "latlng.value(91, 0)",
    "hashing.md5('x')",
    "'(a+)+$'",
    "'a'.matches('(a+)+$')",
    "'aaaa'.replace('', 'x')",
    "'a,b'.split('')",
    "[1][5]",
    "[1].toSet()",
    "{'a': 1}.diff({'b': 1}).affectedKeys()",
    "string(1.5)",
    "int('9' )",
    "id.size()",
    "debug(1)",
]
DEEP = [
    "(" * 3_000 + "1" + ")" * 3_000,
    "!" * 3_000 + "true",
    "[" * 3_000 + "]" * 3_000,
    " && ".join(["true"] * 3_000),
    "1" + " + 1" * 3_000,
    "a" + ".b" * 3_000,
    "f(" * 500 + "1" + ")" * 500,
    "true ? " * 1_000 + "1" + " : 2" * 1_000,
]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0 or draw(st.integers(0, 2)) == 0:
        return draw(st.sampled_from(OPERANDS))
    left, right = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    form = draw(
        st.sampled_from(
            [
                "({} {} {})",
                "({1} ? {0} : {2})",
                "{0}[{2}]",
                "{0}.get({2}, {2})",
                "!{0}",
                "-{0}",
                "{0}.keys()",
                "[{0}, {2}]",
            ]
        )
    )
    operator = draw(st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "in", "is"]))
    if form == "({1} ? {0} : {2})":
        return f"({draw(st.sampled_from(OPERANDS))} ? {left} : {right})"
    return form.format(left, operator, right)


@st.composite
def damaged_source(draw: st.DrawFn) -> str:
    text = SOURCE
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 6)))
        text = text[:start] + draw(st.sampled_from(["", *TOKENS])) + text[end:]
    return text


def put(victim: Victim, content: Any) -> int:
    body = json.dumps({"rules": {"files": [{"name": "f.rules", "content": content}]}}).encode()
    answer = ask(victim["firestore"], "PUT", ADDRESS, body)
    assert_told(answer)
    return answer.status


@pytest.fixture(autouse=True)
def restored(victim: Victim) -> Iterator[None]:
    """The rules that everything else here expects come back."""
    yield
    assert put(victim, RULES.format("cloud.firestore")) == 200


def assert_decided(victim: Victim) -> None:
    """Users' requests of each sort are allowed or denied."""
    firestore, thing = victim["firestore"], f"{ROOT}/things/one"
    assert_told(ask(firestore, "GET", f"/v1/{thing}"))
    write = {"update": {"name": thing, "fields": {"n": {"integerValue": "1"}}}}
    assert_told(ask(firestore, "POST", f"/v1/{ROOT}:commit", json.dumps({"writes": [write]}).encode()))
    query = {"from": [{"collectionId": "things"}], "limit": 3}
    body = json.dumps({"structuredQuery": query}).encode()
    assert_told(ask(firestore, "POST", f"/v1/{ROOT}:runQuery", body))
    assert_told(ask(firestore, "DELETE", f"/v1/{thing}"))


@bounded
@given(condition=expressions() | st.sampled_from(DEEP))
def test_any_condition_is_refused_or_decides(victim: Victim, condition: str) -> None:
    if put(victim, FRAME.replace("CONDITION", condition)) == 200:
        assert_decided(victim)
    victim.check()


@bounded
@given(source=damaged_source() | st.text(max_size=40))
def test_any_text_is_refused_or_decides(victim: Victim, source: str) -> None:
    if put(victim, source) == 200:
        assert_decided(victim)
    victim.check()


@bounded
@given(body=JSON | st.dictionaries(st.just("rules"), JSON))
def test_any_body_is_refused(victim: Victim, body: Any) -> None:
    for service, address in (("firestore", ADDRESS), ("storage", "/internal/setRules")):
        assert_told(ask(victim[service], "PUT", address, json.dumps(body).encode()))
    victim.check()
