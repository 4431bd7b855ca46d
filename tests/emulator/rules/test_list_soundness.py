"""A proof is a promise: whatever document the query can return, the same rule must allow it by itself."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.rules import lists
from emulator.rules.lists import Constraint, Filter, Operator, Query
from tests.emulator.rules.deciding import ALICE, NOON, ask, path, rules

NUMBERS = st.sampled_from([0, 1, 1.5, 2, 3])
SCALARS = st.one_of(NUMBERS, st.sampled_from(["", "a", "b"]), st.booleans(), st.none())
ARRAYS = st.lists(st.sampled_from([1, "a", "b"]), max_size=3)
FIELDS = st.sampled_from(["x", "y", "m.x"])


def _documents() -> st.SearchStrategy[dict[str, Any]]:
    values = SCALARS | ARRAYS
    return st.fixed_dictionaries(
        {}, optional={"x": values, "y": values, "m": st.fixed_dictionaries({}, optional={"x": values})}
    )


def _filters() -> st.SearchStrategy[Filter]:
    def of(operators: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Filter]:
        return st.builds(
            Filter,
            FIELDS.map(lambda name: tuple(name.split("."))),
            st.sampled_from(operators).map(Operator),
            values,
        )

    return st.one_of(
        of(["==", "!="], SCALARS | ARRAYS),
        of(["<", "<=", ">", ">="], NUMBERS | st.sampled_from(["", "a", "b"])),
        of(["in", "not-in"], st.lists(SCALARS, min_size=1, max_size=2)),
        of(["array-contains"], st.sampled_from([1, "a", "b"])),
        of(["array-contains-any"], st.lists(st.sampled_from([1, "a", "b"]), min_size=1, max_size=2)),
    )


CONSTRAINTS: st.SearchStrategy[Constraint] = st.recursive(
    _filters(),
    lambda parts: st.builds(
        lambda kind, items: kind(tuple(items)),
        st.sampled_from([lists.All, lists.Any]),
        st.lists(parts, max_size=3),
    ),
    max_leaves=4,
)


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)


OPERANDS = st.one_of(
    FIELDS.map("resource.data.{}".format),
    FIELDS.map(lambda name: f"resource.data.get({name.split('.')!r}, 1)"),
    (SCALARS | ARRAYS).map(_literal),
)
LEAVES = st.one_of(
    st.builds(
        "{} {} {}".format, OPERANDS, st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in"]), OPERANDS
    ),
    st.builds(
        "{} is {}".format, OPERANDS, st.sampled_from(["int", "number", "string", "list", "map", "null"])
    ),
    st.builds("{!r} in resource.data".format, st.sampled_from(["x", "y", "m"])),
    st.builds(
        "{}.{}({})".format, OPERANDS, st.sampled_from(["hasAll", "hasAny", "hasOnly"]), ARRAYS.map(_literal)
    ),
    st.builds("resource.data.keys().{}(['x', 'm'])".format, st.sampled_from(["hasAll", "hasAny", "hasOnly"])),
    st.builds("resource.data.{}() > 0".format, st.sampled_from(["size", "x.size"])),
    st.sampled_from(["resource.data == {'x': 1}", "{'x': 1}.diff(resource.data).affectedKeys().size() == 0"]),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds("!({})".format, parts),
        st.builds("({} && {})".format, parts, parts),
        st.builds("({} || {})".format, parts, parts),
        st.builds("({} ? {} : {})".format, parts, parts, parts),
    ),
    max_leaves=5,
)


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(CONDITIONS, CONSTRAINTS, st.lists(_documents(), min_size=8, max_size=30))
def test_no_proof_lets_a_denied_document_through(
    condition: str, where: Constraint, documents: list[dict[str, Any]]
) -> None:
    ruleset = rules("match /items/{item} { allow get, list: if " + condition + "; }")
    if not ruleset.decide_list(Query(path("x").segments[:3], "items", where=where), ALICE, NOON).allowed:
        return
    for data in documents:
        if _matches(data, where):
            assert ask(ruleset, "get", "items/one", resource=data).reason == ""


MISSING = object()


def _matches(data: dict[str, Any], where: Constraint) -> bool:
    """Firestore's own semantics, written down once more: it compares within one type only."""
    if isinstance(where, lists.All):
        return all(_matches(data, part) for part in where.parts)
    if isinstance(where, lists.Any):
        return any(_matches(data, part) for part in where.parts)
    found: Any = data
    for name in where.field:
        found = found.get(name, MISSING) if isinstance(found, dict) else MISSING
    if found is MISSING:
        return False
    value = where.value
    match where.operator:
        case Operator.EQUAL:
            return _same(found, value)
        case Operator.NOT_EQUAL:
            return found is not None and not _same(found, value)
        case Operator.IN:
            return any(_same(found, each) for each in value)
        case Operator.NOT_IN:
            return found is not None and None not in value and not any(_same(found, each) for each in value)
        case Operator.ARRAY_CONTAINS:
            return isinstance(found, list) and value in found
        case Operator.ARRAY_CONTAINS_ANY:
            return isinstance(found, list) and any(each in found for each in value)
    return (
        _kind(found) == _kind(value)
        and {
            Operator.LESS: found < value,
            Operator.LESS_OR_EQUAL: found <= value,
            Operator.GREATER: found > value,
            Operator.GREATER_OR_EQUAL: found >= value,
        }[where.operator]
    )


def _same(left: Any, right: Any) -> bool:
    return bool(_kind(left) == _kind(right) and left == right)


def _kind(value: Any) -> str:
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )
