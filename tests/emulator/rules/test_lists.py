"""`list` is proved from a query's constraints, or refused."""

# ruff: noqa: E501  one case a line

import pytest

from emulator.rules.lists import All, Any, Constraint, Filter, Operator, Query
from emulator.rules.ruleset import Decision
from tests.emulator.rules.deciding import ALICE, NOON, Stored, path, rules


def where(name: str, operator: str, value: object) -> Filter:
    return Filter(tuple(name.split(".")), Operator(operator), value)


def listed(
    condition: str, *constraints: Constraint, documents: Stored | None = None, **query: object
) -> Decision:
    """The decision on a query of `items` under `allow list: if condition`."""
    ruleset = rules("match /items/{item} { allow list: if " + condition + "; }")
    question = Query(path("x").segments[:3], "items", where=All(constraints), **query)  # type: ignore[arg-type]
    return ruleset.decide_list(question, ALICE, NOON, documents or Stored({}))


MINE = where("uid", "==", "alice")

PROVED: list[tuple[str, list[Constraint]]] = [
    ("true", []),
    ("request.auth != null", []),
    ("resource.data.uid == request.auth.uid", [MINE]),
    ("resource.data.uid == request.auth.uid && resource.data.open == true", [MINE, where("open", "==", True)]),
    ("resource.data.uid == request.auth.uid || resource.data.open == true", [MINE]),
    ("resource.data.open == true || resource.data.uid == request.auth.uid", [MINE]),
    ("!(resource.data.uid != request.auth.uid)", [MINE]),
    ("resource.data.owner.uid == 'alice'", [where("owner.uid", "==", "alice")]),
    ("resource.data.owner.uid == 'alice'", [where("owner", "==", {"uid": "alice"})]),
    ("resource.data['uid'] == 'alice'", [MINE]),
    ("resource.data.get('uid', '') == 'alice'", [MINE]),
    ("resource.data.get(['owner', 'uid'], '') == 'alice'", [where("owner.uid", "==", "alice")]),
    ("'uid' in resource.data", [MINE]),
    ("resource.data.keys().hasAll(['uid'])", [MINE]),
    ("resource.data.keys().hasAny(['uid', 'x'])", [MINE]),
    ("resource.data is map && resource.data.uid is string", [MINE]),
    ("resource != null", []),
    ("resource.data.gone == null", [where("gone", "==", None)]),
    # in: every alternative must be allowed
    ("resource.data.kind in ['a', 'b', 'c']", [where("kind", "in", ["a", "b"])]),
    # inequalities
    ("resource.data.n > 3", [where("n", ">", 3)]),
    ("resource.data.n >= 3", [where("n", ">", 3)]),
    ("resource.data.n > 2", [where("n", ">=", 3)]),
    ("3 < resource.data.n", [where("n", ">", 3)]),
    ("resource.data.n > 0 && resource.data.n < 10", [where("n", ">", 0), where("n", "<=", 9)]),
    ("!(resource.data.n < 3)", [where("n", ">=", 3)]),
    ("resource.data.n != 2", [where("n", ">", 3)]),
    ("resource.data.n is number", [where("n", ">", 3)]),
    ("resource.data.day < request.time", [where("day", "<", NOON)]),
    ("resource.data.kind != 'hidden'", [where("kind", "!=", "hidden")]),
    ("resource.data.kind != 'b' && resource.data.kind != null", [where("kind", "not-in", ["a", "b"])]),
    ("'kind' in resource.data", [where("kind", "!=", "hidden")]),
    # array-contains
    ("'alice' in resource.data.members", [where("members", "array-contains", "alice")]),
    ("resource.data.members.hasAny(['alice', 'bob'])", [where("members", "array-contains-any", ["alice", "bob"])]),
    ("resource.data.members is list", [where("members", "array-contains", "alice")]),
    # or: every alternative must be allowed
    ("resource.data.uid == 'alice' || resource.data.open == true", [Any((MINE, where("open", "==", True)))]),
    ("item == 'one' && resource.id == 'one'", [where("__name__", "==", path("items/one"))]),
]  # fmt: skip

REFUSED: list[tuple[str, list[Constraint]]] = [
    ("resource.data.uid == request.auth.uid", []),
    ("resource.data.uid == request.auth.uid", [where("uid", "==", "bob")]),
    ("resource.data.uid != 'bob'", []),
    ("!(resource.data.uid == 'bob')", []),
    ("resource.data.open == true", [MINE]),
    ("resource.data.uid == 'alice' && !('secret' in resource.data)", [MINE]),
    ("resource.data.get('secret', null) == null", [MINE]),
    ("resource.data.keys().hasOnly(['uid'])", [MINE]),
    ("resource.data.size() == 1", [MINE]),
    ("resource.data == {'uid': 'alice'}", [MINE]),
    ("resource.data.diff({'uid': 'alice'}).affectedKeys().size() == 0", [MINE]),
    ("{'uid': 'alice'}.diff(resource.data).affectedKeys().size() == 0", [MINE]),
    ("![resource.data.open].hasAny([true])", [MINE]),
    ("!(true in [resource.data.open])", [MINE]),
    ("resource.data.kind in ['a', 'b']", [where("kind", "in", ["a", "x"])]),
    ("resource.data.n > 3", [where("n", ">=", 3)]),
    ("resource.data.n > 3", [where("n", ">", 2)]),
    ("resource.data.n < 3", [where("n", ">", 2)]),
    ("resource.data.n == 4", [where("n", ">", 3)]),
    ("resource.data.n is int", [where("n", ">", 3)]),
    ("'alice' in resource.data.members", [where("members", "array-contains", "bob")]),
    ("!('bob' in resource.data.members)", [where("members", "array-contains", "alice")]),
    ("resource.data.members.hasOnly(['alice'])", [where("members", "array-contains", "alice")]),
    ("resource.data.members.size() == 1", [where("members", "array-contains", "alice")]),
    ("resource.data.uid == 'alice' || resource.data.open == true", [Any((MINE, where("open", "==", False)))]),
    ("item == 'one'", []),
    ("!(item == 'two')", []),
    ("resource.id != 'two'", []),
    ("item in ['one']", []),
    ("{'a': 1}.get(item, 'none') == 'none'", []),
    ("string(item) == 'one' || !item.matches('t.*')", []),
    ("request.query.limit <= 10", []),
    ("false", [MINE]),
    ("resource == null", []),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "constraints"), PROVED)
def test_a_query_whose_every_result_is_allowed_is_allowed(
    condition: str, constraints: list[Constraint]
) -> None:
    assert listed(condition, *constraints).reason == ""


@pytest.mark.parametrize(("condition", "constraints"), REFUSED)
def test_a_query_that_could_return_what_is_denied_is_refused(
    condition: str, constraints: list[Constraint]
) -> None:
    assert not listed(condition, *constraints).allowed


def test_the_reason_names_what_the_query_leaves_open() -> None:
    reason = listed("resource.data.owner.uid == 'alice'", where("owner.name", "==", "x")).reason
    assert "The query's constraints do not determine resource.data.owner.uid." in reason


@pytest.mark.parametrize(("limit", "allowed"), [(10, True), (11, False), (None, False)])
def test_rules_can_bound_the_limit(limit: int | None, allowed: bool) -> None:
    assert listed("request.query.limit <= 10", limit=limit).allowed is allowed


def test_rules_see_offset_and_order() -> None:
    condition = "request.query.orderBy == 'rank ASC' && request.query.offset == 5 && request.method == 'list'"
    assert listed(condition, offset=5, order_by=(("rank", "ASC"),)).allowed


def test_rules_of_a_list_look_up_documents_that_the_query_names() -> None:
    condition = "get(/databases/$(database)/documents/teams/$(resource.data.team)).data.open"
    documents = Stored({"teams/red": {"open": True}})
    assert listed(condition, where("team", "==", "red"), documents=documents).allowed
    assert not listed(condition, documents=documents).allowed


def test_more_alternatives_than_production_takes_are_refused() -> None:
    many = [where(f"f{n}", "in", list(range(10))) for n in range(3)]
    assert "more than 100 alternatives" in listed("true", *many).reason


@pytest.mark.parametrize(
    ("body", "parent", "collection", "group", "allowed"),
    [
        ("match /{path=**}/comments/{id} { allow list; }", (), "comments", True, True),
        ("match /{all=**} { allow list; }", (), "comments", True, True),
        ("match /comments/{id} { allow list; }", (), "comments", True, False),
        ("match /posts/{post}/comments/{id} { allow list; }", (), "comments", True, False),
        ("match /{path=**}/comments/{id} { allow list; }", (), "notes", True, False),
        ("match /{path=**}/comments/{id} { allow list: if path[0] != 'x'; }", (), "comments", True, False),
        ("match /posts/{post}/comments/{id} { allow list: if post == 'p'; }", ("posts", "p"), "comments", False, True),
        ("match /posts/{post}/{rest=**} { allow list: if post == 'p'; }", ("posts", "p"), "comments", True, True),
        ("match /posts/{post}/comments/{id} { allow list; }", ("posts", "p"), None, True, False),
        ("match /posts/{post}/{all=**} { allow list; }", ("posts", "p"), None, True, True),
        ("match /comments/only { allow list; }", (), "comments", False, False),
    ],
)  # fmt: skip
def test_a_group_is_listed_only_by_a_recursive_wildcard(
    body: str, parent: tuple[str, ...], collection: str | None, group: bool, allowed: bool
) -> None:
    query = Query((*path("x").segments[:3], *parent), collection, all_descendants=group)
    assert rules(body).decide_list(query, ALICE, NOON).allowed is allowed
