"""Field transforms through the unmodified Python client."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import firestore


@pytest.mark.parametrize(
    ("stored", "by", "expected"),
    [
        (1, 2, 3),
        (1, 2.5, 3.5),
        (2**63 - 1, 5, 2**63 - 1),
        (-(2**63), -5, -(2**63)),
        ("text", 2, 2),
    ],
)
def test_increment_adds_saturates_and_replaces_what_is_no_number(
    client: Any, stored: Any, by: float, expected: float
) -> None:
    reference = client.document("things/one")
    reference.set({"n": stored})
    result = reference.update({"n": firestore.Increment(by)})
    assert reference.get().to_dict() == {"n": expected}
    assert result.transform_results[0].integer_value or result.transform_results[0].double_value


def test_increment_of_a_missing_field_sets_it(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"n": firestore.Increment(4)})
    assert reference.get().to_dict() == {"n": 4}


def test_maximum_and_minimum_keep_the_stored_kind_of_an_equal_number(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"high": 3, "low": 3, "same": 3})
    reference.update(
        {
            "high": firestore.Maximum(7),
            "low": firestore.Minimum(1.5),
            "same": firestore.Maximum(3.0),
        }
    )
    found = reference.get().to_dict()
    assert found == {"high": 7, "low": 1.5, "same": 3}
    assert isinstance(found["same"], int)


def test_maximum_with_nan_is_nan(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"n": 3})
    reference.update({"n": firestore.Maximum(math.nan)})
    assert math.isnan(reference.get().get("n"))


def test_array_union_adds_what_is_missing_and_remove_takes_every_equal_element(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"list": [1, 2, 2.0, "a"]})
    reference.update({"list": firestore.ArrayUnion([1.0, 3, 3, {"x": 1}])})
    assert reference.get().get("list") == [1, 2, 2.0, "a", 3, {"x": 1}]
    reference.update({"list": firestore.ArrayRemove([2, "a"])})
    assert reference.get().get("list") == [1, 3, {"x": 1}]


def test_array_union_replaces_what_is_no_array(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"list": 5})
    reference.update({"list": firestore.ArrayUnion([1])})
    assert reference.get().get("list") == [1]


def test_a_server_timestamp_is_the_time_of_the_commit_in_milliseconds(client: Any) -> None:
    reference = client.document("things/one")
    before = datetime.now(UTC)
    updated = reference.set({"at": firestore.SERVER_TIMESTAMP, "in": {"at": firestore.SERVER_TIMESTAMP}})
    found = reference.get().to_dict()
    assert found["at"] == found["in"]["at"]
    assert found["at"].microsecond % 1000 == 0
    assert abs((found["at"] - before).total_seconds()) < 5
    assert 0 <= (updated.update_time - found["at"]).total_seconds() < 0.001
