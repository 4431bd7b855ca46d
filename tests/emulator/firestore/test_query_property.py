"""Random documents and queries: the indexes must answer as going over everything does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.firestore.database import Database
from emulator.firestore.documents import Documents
from emulator.firestore.messages import Document, StructuredQuery
from emulator.firestore.query import Query
from emulator.firestore.values import invert, value_key
from tests.emulator.firestore.reference import Fields, PlainQuery, compare, to_value, to_values

ROOT = "projects/p/databases/(default)/documents"
OPERATORS = {
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "==": "EQUAL",
    "!=": "NOT_EQUAL",
    "contains": "ARRAY_CONTAINS",
    "in": "IN",
    "contains-any": "ARRAY_CONTAINS_ANY",
    "not-in": "NOT_IN",
}
LISTS = ("in", "not-in", "contains-any")

near_limits = st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 2.0**53, 2.0**63, -0.0])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.integers(-(2**63), 2**63 - 1),
    near_limits,
    st.sampled_from([0.5, 1.0, -1.5, float("inf"), float("-inf"), float("nan")]),
    st.floats(width=64),
    st.text(alphabet=["a", "b", "\x00", "\x01", "é", "\ue000", "\U0001f525"], max_size=3),
    st.binary(max_size=3),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(lambda time: time.replace(tzinfo=UTC)),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "y", "é"]), inner, max_size=2)
    ),
    max_leaves=4,
)
# Few distinct values, so that documents tie and filters hit.
common = st.sampled_from(
    [None, True, 0, 1, 1.0, 2, 2.5, float("nan"), "a", "b", b"a", [1, "a"], [2], {"x": 1}]
)
fields = st.dictionaries(st.sampled_from("abc"), common | common | values, max_size=3)


@given(values, values)
@settings(max_examples=500)
def test_keys_order_and_equal_values_as_firestore_does(a: Any, b: Any) -> None:
    left, right = value_key(to_value(a)), value_key(to_value(b))
    expected = compare(a, b)
    assert (left > right) - (left < right) == (expected > 0) - (expected < 0)
    assert (invert(left) < invert(right)) == (left > right)


@given(values, values)
def test_no_key_is_the_beginning_of_another(a: Any, b: Any) -> None:
    left, right = value_key(to_value(a)), value_key(to_value(b))
    assert left == right or not right.startswith(left)


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, Any]:
    operator = draw(st.sampled_from(list(OPERATORS)))
    operand = draw(
        st.lists(common | values, min_size=1, max_size=3) if operator in LISTS else common | values
    )
    return draw(st.sampled_from("abc")), operator, operand


@st.composite
def queries(draw: st.DrawFn) -> PlainQuery:
    query = PlainQuery(
        conditions=draw(st.lists(conditions(), max_size=3)),
        any=draw(st.booleans()),
        orders=draw(
            st.lists(
                st.tuples(st.sampled_from("abc"), st.booleans()), max_size=2, unique_by=lambda order: order[0]
            )
        ),
        start=None,
        end=None,
        offset=draw(st.integers(0, 2)),
        limit=draw(st.none() | st.integers(0, 4)),
    )
    orders = query.all_orders()
    cursor = st.none() | st.tuples(st.lists(common, min_size=1, max_size=len(orders)), st.booleans())
    if orders:
        query = PlainQuery(**{**vars(query), "start": draw(cursor), "end": draw(cursor)})
    return query


def structured(query: PlainQuery) -> StructuredQuery:
    message = StructuredQuery()
    message.from_.add(collection_id="things")
    if query.conditions:
        message.where.composite_filter.op = "OR" if query.any else "AND"
    for field, operator, operand in query.conditions:
        part = message.where.composite_filter.filters.add().field_filter
        part.field.field_path, part.op = field, OPERATORS[operator]
        part.value.CopyFrom(to_value(operand))
    for field, descending in query.orders:
        order = message.order_by.add(direction="DESCENDING" if descending else "ASCENDING")
        order.field.field_path = field
    for name, cursor in (("start_at", query.start), ("end_at", query.end)):
        if cursor:
            getattr(message, name).values.extend(to_values(cursor[0]))
            getattr(message, name).before = cursor[1]
    message.offset = query.offset
    if query.limit is not None:
        message.limit.value = query.limit
    return message


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Documents]:
    database = Database(tmp_path_factory.mktemp("property") / "test.sqlite3")
    yield Documents(database)
    database.close()


@contextmanager
def emptied(documents: Documents) -> Iterator[None]:
    """Leaves no document behind; the indexes stay, and are used by the next example."""
    try:
        yield
    finally:
        for name in documents.names_below(ROOT, 1_000):
            documents.replace(name, documents.get(name), None)


def document(identity: str, contents: Fields) -> Document:
    made = Document(name=f"{ROOT}/things/{identity}")
    for field, value in contents.items():
        made.fields[field].CopyFrom(to_value(value))
    return made


def ids(documents: Documents, query: Query) -> list[str]:
    return [found.name.rpartition("/")[2] for _, found in documents.run(query)]


@given(
    st.lists(fields, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.none() | fields), max_size=4),
    queries(),
)
@settings(max_examples=250, deadline=None)
def test_a_query_answers_as_the_reference_does_before_and_after_changes(
    documents: Documents, initial: list[Fields], changes: list[tuple[int, Fields | None]], plain: PlainQuery
) -> None:
    expected = {f"t{place}": contents for place, contents in enumerate(initial)}
    query = Query.parse(ROOT, structured(plain))
    with emptied(documents):
        for identity, contents in expected.items():
            documents.replace(f"{ROOT}/things/{identity}", None, document(identity, contents))
        documents.replace(f"{ROOT}/things/t0/things/deep", None, document("t0/things/deep", {"a": 1}))
        assert ids(documents, query) == plain.run(expected)
        for place, changed in changes:
            identity = f"t{place}"
            name = f"{ROOT}/things/{identity}"
            after = None if changed is None else document(identity, changed)
            documents.replace(name, documents.get(name), after)
            if changed is None:
                expected.pop(identity, None)
            else:
                expected[identity] = changed
        assert ids(documents, query) == plain.run(expected)
        assert documents.count(query) == len(plain.run(expected))
        for identity, contents in expected.items():
            matched = query.matches(document(identity, contents)) is not None
            unlimited = PlainQuery(**{**vars(plain), "offset": 0, "limit": None})
            assert matched == (identity in unlimited.run(expected))


few = st.sampled_from([1, 2, 3, None])


@st.composite
def windows(draw: st.DrawFn) -> PlainQuery:
    """Queries of cursors and limits over values so few that most cursors meet a document."""
    orders = draw(st.permutations([("a", draw(st.booleans())), ("b", draw(st.booleans()))]))
    cursor = st.none() | st.tuples(st.lists(few, min_size=1, max_size=2), st.booleans())
    return PlainQuery(
        [], False, orders, draw(cursor), draw(cursor), draw(st.integers(0, 2)), draw(st.none() | few)
    )


@given(st.lists(st.fixed_dictionaries({"a": few, "b": few}), min_size=3, max_size=8), windows())
@settings(max_examples=150, deadline=None)
def test_cursors_cut_where_the_reference_cuts(
    documents: Documents, contents: list[Fields], plain: PlainQuery
) -> None:
    stored = {f"t{place}": fields for place, fields in enumerate(contents)}
    query = Query.parse(ROOT, structured(plain))
    with emptied(documents):
        for identity, fields in stored.items():
            documents.replace(f"{ROOT}/things/{identity}", None, document(identity, fields))
        assert ids(documents, query) == plain.run(stored)
