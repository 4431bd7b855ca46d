"""Documents through the unmodified Python client: what is written is read, and refusals are the service's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.vector import Vector

EVERY_KIND = {
    "null": None,
    "true": True,
    "integer": -(2**63),
    "double": 1.5,
    "time": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    "text": "naïve \U0001f525 \x00",
    "bytes": b"\x00\xff",
    "place": firestore.GeoPoint(-12.5, 170.25),
    "list": [1, "two", None, {"three": 3}],
    "vector": Vector([1.0, 2.5]),
    "map": {"a.b": 1, "`": {"deep": [True]}},
    "empty list": [],
    "empty map": {},
}


def test_every_kind_of_value_comes_back_as_it_was_written(client: Any) -> None:
    reference = client.collection("things").document("one")
    reference.set({**EVERY_KIND, "self": reference})
    found = reference.get().to_dict()
    assert found.pop("self").path == "things/one"
    assert found == EVERY_KIND


def test_a_missing_document_does_not_exist(client: Any) -> None:
    assert not client.document("things/none").get().exists


def test_create_refuses_an_existing_document(client: Any) -> None:
    reference = client.document("things/one")
    reference.create({"a": 1})
    with pytest.raises(exceptions.AlreadyExists):
        reference.create({"a": 2})
    assert reference.get().to_dict() == {"a": 1}


def test_update_refuses_a_missing_document(client: Any) -> None:
    with pytest.raises(exceptions.NotFound, match="No document to update: .*things/none"):
        client.document("things/none").update({"a": 1})


def test_set_replaces_and_merge_adds(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"a": {"x": 1, "y": 2}, "b": 1})
    reference.set({"a": {"x": 3}}, merge=True)
    assert reference.get().to_dict() == {"a": {"x": 3, "y": 2}, "b": 1}
    reference.set({"c": 1})
    assert reference.get().to_dict() == {"c": 1}


def test_update_changes_a_nested_field_and_deletes_another(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"a": {"x": 1, "y": 2}, "b.c": 1})
    reference.update({"a.x": firestore.DELETE_FIELD, "`b.c`": 2, "a.z": 3})
    assert reference.get().to_dict() == {"a": {"y": 2, "z": 3}, "b.c": 2}


def test_the_last_update_time_guards_a_write(client: Any) -> None:
    reference = client.document("things/one")
    first = reference.set({"a": 1}).update_time
    second = reference.update({"a": 2}, option=client.write_option(last_update_time=first)).update_time
    assert second > first
    with pytest.raises(exceptions.FailedPrecondition, match="does not match the required base version"):
        reference.update({"a": 3}, option=client.write_option(last_update_time=first))
    with pytest.raises(exceptions.FailedPrecondition):
        reference.delete(option=client.write_option(last_update_time=first))
    assert reference.get().to_dict() == {"a": 2}


def test_an_update_time_in_the_future_is_an_invalid_argument(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"a": 1})
    future = datetime.now(UTC) + timedelta(hours=1)
    with pytest.raises(exceptions.InvalidArgument):
        reference.update({"a": 2}, option=client.write_option(last_update_time=future))


def test_a_write_that_changes_nothing_keeps_the_update_time(client: Any) -> None:
    reference = client.document("things/one")
    first = reference.set({"a": 1}).update_time
    assert reference.set({"a": 1}).update_time == first
    assert reference.get().update_time == first


def test_an_update_keeps_the_create_time(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"a": 1})
    created = reference.get().create_time
    reference.set({"a": 2})
    found = reference.get()
    assert (found.create_time, found.update_time > created) == (created, True)


def test_delete_removes_and_needs_no_document(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"a": 1})
    reference.delete()
    reference.delete()
    assert not reference.get().exists
    with pytest.raises(exceptions.NotFound):
        reference.delete(option=client.write_option(exists=True))


def test_a_batch_is_all_or_nothing(client: Any) -> None:
    batch = client.batch()
    batch.set(client.document("things/one"), {"a": 1})
    batch.update(client.document("things/none"), {"a": 1})
    with pytest.raises(exceptions.NotFound):
        batch.commit()
    assert not client.document("things/one").get().exists


def test_a_batch_sees_its_own_writes(client: Any) -> None:
    reference = client.document("things/one")
    batch = client.batch()
    batch.create(reference, {"n": 1})
    batch.update(reference, {"n": firestore.Increment(1)})
    batch.commit()
    assert reference.get().to_dict() == {"n": 2}


def test_get_all_tells_found_from_missing_and_masks(client: Any) -> None:
    client.document("things/one").set({"a": 1, "b": {"c": 2, "d": 3}})
    references = [client.document("things/one"), client.document("things/none")]
    found = {snapshot.id: snapshot for snapshot in client.get_all(references, field_paths=["b.c"])}
    assert found["one"].to_dict() == {"b": {"c": 2}}
    assert not found["none"].exists


def test_bulk_writer_writes_each_on_its_own(client: Any) -> None:
    client.document("things/taken").set({"a": 0})
    failed: list[str] = []
    writer = client.bulk_writer()

    def give_up(error: Any, writer: Any) -> bool:
        failed.append(error.operation.reference.id)
        return False

    writer.on_write_error(give_up)
    for number in range(30):
        writer.set(client.document(f"things/t{number:02}"), {"n": number})
    writer.create(client.document("things/taken"), {"a": 1})
    writer.close()
    assert client.collection("things").count().get()[0][0].value == 31
    assert failed == ["taken"]


def test_collections_are_listed_below_the_root_and_below_documents(client: Any) -> None:
    client.document("queue/t1/live/progress").set({"step": 1})
    client.document("users/u1").set({"rank": 1})
    assert [collection.id for collection in client.collections()] == ["queue", "users"]
    assert [collection.id for collection in client.document("queue/t1").collections()] == ["live"]


def test_list_documents_shows_missing_parents(client: Any) -> None:
    client.document("queue/b").set({"a": 1})
    client.document("queue/a/live/progress").set({"step": 1})
    assert [reference.id for reference in client.collection("queue").list_documents()] == ["a", "b"]


def test_list_documents_goes_through_every_page(client: Any) -> None:
    for number in range(7):
        client.document(f"things/t{number}").set({"n": number})
    listed = client.collection("things").list_documents(page_size=3)
    assert [reference.id for reference in listed] == [f"t{number}" for number in range(7)]


def test_numeric_ids_come_first_and_in_the_order_of_numbers(client: Any) -> None:
    for identity in ("__id10__", "__id9__", "__id-1__", "a", "0"):
        client.document(f"things/{identity}").set({})
    expected = ["__id-1__", "__id9__", "__id10__", "0", "a"]
    assert [snapshot.id for snapshot in client.collection("things").stream()] == expected
    assert [reference.id for reference in client.collection("things").list_documents()] == expected


@pytest.mark.parametrize("identity", ["__reserved__", "a/b"])
def test_an_id_that_is_reserved_or_malformed_is_refused(client: Any, identity: str) -> None:
    with pytest.raises((exceptions.InvalidArgument, ValueError)):
        client.document(f"things/{identity}").set({"a": 1})


def test_recursive_delete_takes_what_lies_below(client: Any) -> None:
    client.document("queue/t1").set({"a": 1})
    client.document("queue/t1/live/progress").set({"step": 1})
    client.document("queue2/t1").set({"a": 1})
    client.recursive_delete(client.collection("queue"))
    assert [collection.id for collection in client.collections()] == ["queue2"]


def test_projects_do_not_see_each_other(client: Any, server: Any) -> None:
    client.document("things/one").set({"a": 1})
    other = firestore.Client(project="another-project", credentials=client._credentials)
    assert not other.document("things/one").get().exists
    other.close()
