"""Limits of size, told as the service tells them."""

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore

from emulator.firestore.limits import document_size
from emulator.firestore.messages import Document, Value


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"in": value}
    return value


def test_a_document_of_a_mebibyte_is_refused_and_one_just_below_is_stored(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"text": "x" * 1_048_000})
    with pytest.raises(
        exceptions.InvalidArgument, match="exceeds the maximum allowed size of 1,048,576 bytes"
    ):
        reference.set({"text": "x" * 1_048_576})
    with pytest.raises(exceptions.InvalidArgument, match="cannot be written because its size"):
        reference.set({"list": [1] * 140_000})
    assert len(reference.get().get("text")) == 1_048_000


def test_the_size_of_a_document_is_what_the_documentation_works_out() -> None:
    document = Document(name="projects/p/databases/d/documents/users/jeff/tasks/my_task_id")
    document.fields["type"].CopyFrom(Value(string_value="Personal"))
    document.fields["done"].CopyFrom(Value(boolean_value=False))
    document.fields["priority"].CopyFrom(Value(integer_value=1))
    document.fields["description"].CopyFrom(Value(string_value="Learn Cloud Firestore"))
    assert document_size(document) == 147


def test_maps_nest_twenty_levels_deep_at_most(client: Any) -> None:
    client.document("things/one").set({"a": nested(19)})
    with pytest.raises(exceptions.InvalidArgument, match="nested 20 levels deep"):
        client.document("things/one").set({"a": nested(20)})


def test_an_array_within_an_array_is_refused(client: Any) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="array within an array"):
        client.document("things/one").set({"a": [[1]]})
    client.document("things/one").set({"a": [{"b": [1]}]})


@pytest.mark.parametrize("name", ["__reserved__", "x" * 1_501])
def test_field_names_have_their_limits(client: Any, name: str) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="field name"):
        client.document("things/one").set({name: 1})


def test_a_name_of_more_than_1500_bytes_is_refused(client: Any) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="longer than 1500 bytes"):
        client.document("things/" + "x" * 1_501).set({})


def test_five_hundred_transforms_of_a_document_are_the_most(client: Any) -> None:
    def increments(count: int) -> Any:
        return {f"n{n}": firestore.Increment(1) for n in range(count)}

    client.document("things/one").set(increments(500))
    with pytest.raises(exceptions.InvalidArgument, match="at most 500 transforms"):
        client.document("things/one").set(increments(501))


def test_a_commit_of_more_than_ten_mebibytes_is_refused(client: Any) -> None:
    batch = client.batch()
    for number in range(11):
        batch.set(client.document(f"things/t{number}"), {"text": "x" * 1_000_000})
    with pytest.raises(exceptions.InvalidArgument, match="Request payload size exceeds the limit"):
        batch.commit()
