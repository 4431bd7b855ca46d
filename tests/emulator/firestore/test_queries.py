"""Queries through the unmodified Python client."""

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or
from google.cloud.firestore_v1.field_path import FieldPath


@pytest.fixture
def tasks(client: Any) -> Any:
    """20 tasks, t00 to t19: status alternates from done to queued, rank cycles through 0 to 4."""
    collection = client.collection("queue")
    batch = client.batch()
    for n in range(20):
        status = "queued" if n % 2 else "done"
        batch.set(
            collection.document(f"t{n:02}"),
            {"status": status, "rank": n % 5, "tags": ["x", f"g{n % 3}"], "n": n, "deep": {"n": n}},
        )
    batch.commit()
    return collection


def ids(query: Any) -> list[str]:
    return [snapshot.id for snapshot in query.stream()]


def where(collection: Any, *conditions: tuple[str, str, Any]) -> Any:
    for condition in conditions:
        collection = collection.where(filter=FieldFilter(*condition))
    return collection


def test_equality_with_order_and_limit_finds_the_head_of_the_queue(tasks: Any) -> None:
    assert ids(where(tasks, ("status", "==", "queued")).order_by("rank").limit(3)) == ["t05", "t15", "t01"]


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        (("n", "<", 3), 3),
        (("n", "<=", 3), 4),
        (("n", ">", 17), 2),
        (("n", ">=", 17.0), 3),
        (("n", "!=", 1), 19),
        (("rank", "in", [1, 2, 2.0]), 8),
        (("n", "not-in", [1, 2]), 18),
        (("tags", "array_contains", "g0"), 7),
        (("tags", "array_contains_any", ["g0", "g1", "x"]), 20),
        (("deep.n", "==", 4), 1),
        (("n", "<", "text"), 0),
        (("status", "==", None), 0),
    ],
)
def test_each_operator_finds_what_it_should(tasks: Any, condition: tuple[str, str, Any], count: int) -> None:
    assert len(ids(where(tasks, condition))) == count
    assert where(tasks, condition).count().get()[0][0].value == count


def test_or_and_and_nest(tasks: Any) -> None:
    either = Or(
        [FieldFilter("n", "==", 1), And([FieldFilter("n", ">", 17), FieldFilter("status", "==", "queued")])]
    )
    assert ids(tasks.where(filter=either)) == ["t01", "t19"]


def test_ranges_on_two_fields_order_by_the_fields_in_the_order_of_their_names(tasks: Any) -> None:
    assert ids(where(tasks, ("rank", ">", 2), ("n", "<", 9))) == ["t03", "t04", "t08"]


def test_a_range_and_a_descending_order_run_backwards(tasks: Any) -> None:
    query = where(tasks, ("n", ">=", 5)).order_by("n", direction="DESCENDING").limit(2)
    assert ids(query) == ["t19", "t18"]


def test_mixed_directions(tasks: Any) -> None:
    query = tasks.order_by("rank", direction="DESCENDING").order_by("n").limit(5)
    assert ids(query) == ["t04", "t09", "t14", "t19", "t03"]


@pytest.mark.parametrize(
    ("cursor", "expected"),
    [
        ({"start_at": 17}, ["t17", "t18", "t19"]),
        ({"start_after": 17}, ["t18", "t19"]),
        ({"end_before": 2}, ["t00", "t01"]),
        ({"end_at": 2}, ["t00", "t01", "t02"]),
    ],
)
def test_cursors_take_in_or_leave_out_their_place(
    tasks: Any, cursor: dict[str, int], expected: list[str]
) -> None:
    query = tasks.order_by("n")
    for method, place in cursor.items():
        query = getattr(query, method)({"n": place})
    assert ids(query) == expected


def test_a_cursor_on_a_snapshot_continues_after_it_in_a_descending_order(tasks: Any) -> None:
    query = tasks.order_by("rank", direction="DESCENDING").limit(3)
    first = list(query.stream())
    assert [snapshot.id for snapshot in first] == ["t19", "t14", "t09"]
    assert ids(query.start_after(first[-1])) == ["t04", "t18", "t13"]


def test_a_cursor_with_more_values_than_orders_is_refused(tasks: Any, client: Any) -> None:
    from google.cloud.firestore_v1.types import Cursor, RunQueryRequest, StructuredQuery, Value

    query = StructuredQuery(
        from_=[StructuredQuery.CollectionSelector(collection_id="queue")],
        start_at=Cursor(values=[Value(integer_value=1), Value(integer_value=2)]),
    )
    parent = f"{client._database_string}/documents"
    with pytest.raises(exceptions.InvalidArgument, match="too many values"):
        list(client._firestore_api.run_query(RunQueryRequest(parent=parent, structured_query=query)))


def test_limit_to_last_gives_the_end_in_order(tasks: Any) -> None:
    assert [snapshot.id for snapshot in tasks.order_by("n").limit_to_last(2).get()] == ["t18", "t19"]


def test_offset_skips(tasks: Any) -> None:
    assert ids(tasks.order_by("n").offset(18)) == ["t18", "t19"]


def test_a_projection_shows_its_fields_alone(tasks: Any) -> None:
    found = [snapshot.to_dict() for snapshot in tasks.select(["n", "deep.n"]).order_by("n").limit(1).stream()]
    assert found == [{"n": 0, "deep": {"n": 0}}]


def test_names_are_filtered_and_ordered(tasks: Any) -> None:
    name = FieldPath.document_id()
    assert ids(where(tasks, (name, ">=", tasks.document("t18")))) == ["t18", "t19"]
    assert ids(where(tasks, (name, "in", [tasks.document("t03"), tasks.document("t01")]))) == ["t01", "t03"]
    assert ids(tasks.order_by(name, direction="DESCENDING").limit(1)) == ["t19"]


def test_a_document_without_the_ordered_field_is_no_result(tasks: Any) -> None:
    tasks.document("bare").set({"other": 1})
    assert "bare" not in ids(tasks.order_by("n"))
    assert "bare" in ids(tasks)


def test_a_collection_group_spans_the_tree_but_not_other_projects(client: Any) -> None:
    client.document("queue/a/live/progress").set({"step": 2})
    client.document("live/top").set({"step": 1})
    client.document("queue/b/dead/progress").set({"step": 3})
    assert ids(client.collection_group("live").order_by("step")) == ["top", "progress"]
    other = firestore.Client(project="another-project", credentials=client._credentials)
    assert ids(other.collection_group("live")) == []
    other.close()


def test_count_sum_and_average_in_one_query(tasks: Any) -> None:
    query = where(tasks, ("n", ">=", 10)).count("count").sum("n", "sum").avg("n", "average")
    results = {result.alias: result.value for result in query.get()[0]}
    assert results == {"count": 10, "sum": 145, "average": 14.5}


def test_sum_leaves_out_what_is_no_number(client: Any) -> None:
    client.document("things/a").set({"n": 1, "m": "x"})
    client.document("things/b").set({"n": "two"})
    things = client.collection("things")
    assert things.sum("n").get()[0][0].value == 1
    assert things.sum("none").get()[0][0].value == 0


def test_a_count_stops_at_the_limit(tasks: Any) -> None:
    assert tasks.limit(7).count().get()[0][0].value == 7


def test_more_than_thirty_disjunctions_are_refused(tasks: Any) -> None:
    query = where(tasks, ("n", "in", list(range(8))), ("rank", "in", list(range(4))))
    with pytest.raises(exceptions.InvalidArgument, match="32 disjunctions"):
        ids(query)


def test_what_is_not_supported_says_so_by_name(client: Any) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match="PartitionQuery is not supported"):
        list(client.collection_group("queue").get_partitions(2))
