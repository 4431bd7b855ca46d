"""`get`, `exists`, `getAfter`, `existsAfter`, and how many of them a request may make."""

import pytest

from emulator.rules import CommitBudget, Method, Request, RuleSet
from emulator.rules.lookups import MAX_STORAGE_LOOKUPS
from emulator.rules.values import Path
from tests.emulator.rules.deciding import ALICE, NOON, Stored, decide, path, rules

ROOT = "/databases/$(database)/documents"


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        (f"get({ROOT}/users/alice).data.level == 3", True),
        (f"get({ROOT}/users/$(request.auth.uid)).data.level == 3", True),
        (f"get({ROOT}/users/alice).id == 'alice'", True),
        (f"exists({ROOT}/users/alice)", True),
        (f"exists({ROOT}/users/nobody)", False),
        (f"get({ROOT}/users/nobody) == null", False),
        (f"get({ROOT}/users/nobody).data.level == 3 || true", True),
        (f"getAfter({ROOT}/users/alice).data.level == 4", True),
        (f"existsAfter({ROOT}/users/new) && !exists({ROOT}/users/new)", True),
        (f"!existsAfter({ROOT}/users/gone) && exists({ROOT}/users/gone)", True),
        ("get('users/alice').data.level == 3", False),
        ("exists(/users/alice)", False),
        (f"exists({ROOT}/users)", False),
        ("get(resource.data.friend).data.level == 1", True),
    ],
)
def test_rules_read_other_documents(condition: str, allowed: bool) -> None:
    documents = Stored(
        {"users/alice": {"level": 3}, "users/gone": {}, "users/bob": {"level": 1}},
        after={"users/alice": {"level": 4}, "users/new": {}, "users/gone": None},
    )
    assert decide(condition, documents, friend=path("users/bob")).allowed is allowed


def test_a_missing_document_is_named() -> None:
    decision = decide(f"get({ROOT}/users/nobody).data.x == 1", Stored({}))
    assert "There is no document /databases/(default)/documents/users/nobody." in decision.reason


def _lookups(count: int) -> str:
    return " && ".join(f"exists({ROOT}/users/u{n})" for n in range(count))


def test_ten_documents_may_be_looked_up_and_an_eleventh_denies_the_request_as_a_whole() -> None:
    documents = Stored({f"users/u{n}": {} for n in range(20)})
    assert decide(_lookups(10), documents).allowed
    decision = decide(f"({_lookups(11)}) || true", documents)
    assert not decision.allowed
    assert "look up more than 10 documents" in decision.reason


def test_looking_a_document_up_again_costs_nothing() -> None:
    documents = Stored({"users/u0": {"a": 1}})
    again = " && ".join([f"exists({ROOT}/users/u0) && get({ROOT}/users/u0).data.a == 1"] * 12)
    assert decide(again, documents).allowed
    assert documents.reads == ["users/u0"]


def test_the_writes_of_one_commit_share_twenty_lookups() -> None:
    documents = Stored({f"users/u{n}": {} for n in range(40)})
    ruleset = rules(
        "match /a/{b} { allow create: if "
        + " && ".join(f"exists({ROOT}/users/$('u' + string(int(b) + {n})))" for n in range(8))
        + "; }"
    )
    budget = CommitBudget()

    def allowed(start: int) -> bool:
        request = Request(Method.CREATE, path(f"a/{start}"), ALICE, NOON, None, {"data": {}})
        return ruleset.decide(request, documents, commit=budget).allowed

    assert [allowed(0), allowed(8), allowed(0), allowed(16)] == [True, True, True, False]


@pytest.mark.parametrize(("count", "allowed"), [(2, True), (3, False)])
def test_storage_looks_up_at_most_two_documents_of_firestore(count: int, allowed: bool) -> None:
    condition = " && ".join(
        f"firestore.exists(/databases/(default)/documents/users/u{n})" for n in range(count)
    )
    ruleset = RuleSet.parse(
        "rules_version = '2'; service firebase.storage { match /b/{bucket}/o/{file} { allow get: if "
        + condition
        + "; } }"
    )
    request = Request(Method.GET, Path(("b", "bucket", "o", "x")), None, NOON, {}, None)
    documents = Stored({f"users/u{n}": {} for n in range(3)})
    assert ruleset.decide(request, documents, max_lookups=MAX_STORAGE_LOOKUPS).allowed is allowed


def test_what_one_service_has_the_other_lacks() -> None:
    text = "service %s { match /{all=**} { allow get: if %s(/databases/d/documents/a/b); } }"
    assert "unknown function exists()" in RuleSet.parse(text % ("firebase.storage", "exists")).warnings[0]
    assert (
        "unknown variable firestore" in RuleSet.parse(text % ("cloud.firestore", "firestore.get")).warnings[0]
    )
