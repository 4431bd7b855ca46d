"""Every task is claimed by exactly one worker, and nothing that anybody writes stops the line."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from google.cloud import firestore
from google.cloud.firestore_v1.field_path import FieldPath
from google.cloud.firestore_v1.types import Document, Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.errors import InvalidTask
from contract.events import Event, Rejected
from contract.task import Status
from listener.firebase import connect
from listener.holding import HeldTask
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener import faults
from tests.listener.conftest import TASK, Submit
from tests.listener.factories import a_result, take


def test_of_two_workers_at_one_task_one_gets_it(queue: TaskQueue, rival: TaskQueue, submit: Submit) -> None:
    for number in range(10):
        submit(f"t{number}", uid=f"u{number}")
        start = threading.Barrier(2)
        got: list[HeldTask | None] = []

        def claim(who: TaskQueue, start: threading.Barrier = start, got: list[HeldTask | None] = got) -> None:
            start.wait()
            got.append(take(who))

        threads = [threading.Thread(target=claim, args=(who,)) for who in (queue, rival)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(held is None for held in got) == [False, True]


@pytest.mark.slow
def test_four_workers_finish_each_of_sixty_tasks_once(
    settings: Settings, queue: TaskQueue, submit: Submit, events: list[Event], db: Any
) -> None:
    ids = {submit(uid=f"u{number}") for number in range(60)}
    done: Counter[str] = Counter()
    epochs = []

    def work(name: str) -> None:
        firebase = connect(replace(settings, worker=name))
        mine = TaskQueue(firebase.db, name, tell=events.append)
        while (held := take(mine)) is not None:
            epochs.append(held.claim.epoch)
            mine.finish(held, a_result())
            done[held.id] += 1
        firebase.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == Counter(dict.fromkeys(ids, 1))
    assert epochs == [1] * 60
    assert {doc.get("status") for doc in db.collection("queue").get()} == {"done"}


@pytest.mark.parametrize("times", [1, 2])
def test_a_claim_whose_answer_was_lost_is_known_again(
    settings: Settings, submit: Submit, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    line = faults.put_on(monkeypatch)
    firebase = connect(settings)
    queue = TaskQueue(firebase.db, "worker-a")
    submit("t")
    line.lose = times
    held = take(queue)
    assert held is not None
    assert held.claim.epoch == 1
    queue.finish(held, a_result())
    firebase.close()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no prompt": ({"prompt": firestore.DELETE_FIELD}, "prompt"),
    "an empty prompt": ({"prompt": ""}, "prompt"),
    "a blank prompt": ({"prompt": "  "}, "prompt"),
    "a prompt that is a number": ({"prompt": 7}, "prompt"),
    "a prompt too long": ({"prompt": "x" * 2001}, "prompt"),
    "only negative weights": ({"prompt": "red:-1"}, "prompt"),
    "an unknown renderer": ({"renderer": "oil"}, "renderer"),
    "a renderer that is a list": ({"renderer": ["pixeldraw"]}, "renderer"),
    "an option out of bounds": ({"params": {"size": 4096}}, "params.size"),
    "an option of the wrong type": ({"params": {"size": "512"}}, "params.size"),
    "an option that is none": ({"params": {"colour": 1}}, "params.colour"),
    "an unknown quality": ({"params": {"quality": "great"}}, "params.quality"),
    "options that are a list": ({"params": [1]}, "params"),
    "an owner that is none": ({"uid": None}, "uid"),
    "public in words": ({"public": "yes"}, "public"),
    "attempts in words": ({"attempts": "many"}, "attempts"),
    "a result that is none": ({"result": "done"}, "result"),
    "bytes for a seed": ({"params": {"seed": b"1"}}, "params.seed"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_task_is_claimed_like_any_other_and_names_its_field(
    queue: TaskQueue, submit: Submit, db: Any, wrong: str
) -> None:
    submit("t")
    fields, name = WRONG[wrong]
    db.collection("queue").document("t").update(fields)
    held = take(queue)
    assert held is not None
    with pytest.raises(InvalidTask) as error:
        understand(held)
    assert error.value.field == name
    queue.fail(held, error.value)
    ended = db.collection("queue").document("t").get().to_dict()
    assert ended["status"] == "rejected"
    assert ended["error"]["field"] == name


def understand(held: HeldTask) -> None:
    """All that is asked of a document before it is rendered."""
    task = held.task()
    task.options()
    task.prompts()


STRANGE = {
    "a reference to another project": Value(
        reference_value="projects/other/databases/(default)/documents/a/b"
    ),
    "a reference to nothing": Value(reference_value="nonsense"),
    "a vector without values": Value(map_value={"fields": {"__type__": Value(string_value="__vector__")}}),
}


@pytest.mark.parametrize("strange", STRANGE)
def test_a_document_that_the_library_can_not_read_is_rejected_and_the_line_moves_on(
    queue: TaskQueue, submit: Submit, db: Any, events: list[Event], strange: str
) -> None:
    submit("u", uid="bob")
    submit("t")
    name = f"{db._database_string}/documents/queue/t"
    update = {"update": Document(name=name, fields={"prompt": STRANGE[strange]})}
    try:
        db._firestore_api.commit(
            request={
                "database": db._database_string,
                "writes": [update | {"update_mask": {"field_paths": ["prompt"]}}],
            },
            metadata=db._rpc_metadata,
        )
    except Exception as error:  # the server may refuse it; then there is nothing to survive
        assert "400" in str(error)
        return
    taken = [held.id for held in iter(lambda: take(queue), None)]
    assert taken == ["u"]
    assert [event.task for event in events if isinstance(event, Rejected)] == ["t"]
    assert db.collection("queue").document("t").get(["status"]).get("status") == "rejected"


def test_a_document_as_large_as_they_come_is_rejected_and_emptied(
    queue: TaskQueue, submit: Submit, db: Any
) -> None:
    submit("t")
    db.collection("queue").document("t").update(
        {"junk": "x" * 1_048_000, FieldPath("odd `name`.").to_api_repr(): 1}
    )
    assert take(queue) is None
    left = db.collection("queue").document("t").get().to_dict()
    assert left["status"] == "rejected"
    assert left["uid"] == "ann"
    assert set(left) == {
        "uid",
        "created_at",
        "rank",
        "renderer",
        "status",
        "error",
        "finished_at",
        "expires_at",
    }


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.binary(max_size=8)
    | st.datetimes(datetime(1970, 1, 1))
    | st.builds(firestore.GeoPoint, st.floats(-90, 90), st.floats(-180, 180)),
    lambda inner: (
        st.dictionaries(st.sampled_from(["worker", "id", "epoch", "at", "size", "x"]), inner, max_size=4)
        | st.lists(inner.filter(lambda value: not isinstance(value, list)), max_size=3)
    ),
    max_leaves=8,
)
FIELDS = sorted(
    {*TASK, "public", "attempt", "max_attempts", "claim", "cancel_requested", "not_before", "result", "error"}
    | {"attempts", "created_at", "started_at", "finished_at", "expires_at", "id", "anything"}
)


@given(fields=st.dictionaries(st.sampled_from(FIELDS), values, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_document_stops_the_line(queue: TaskQueue, db: Any, fields: dict[str, Any]) -> None:
    reference = db.collection("queue").document()
    reference.set({**TASK, **fields, "status": "queued", "rank": firestore.SERVER_TIMESTAMP})
    held = take(queue)
    if held is not None:
        assert held.claim.epoch >= 1
        try:
            understand(held)
            queue.finish(held, a_result())
        except InvalidTask as error:
            queue.fail(held, error)
    ended = Status(reference.get(["status"]).get("status"))
    assert ended.finished
    assert take(queue) is None


@given(fields=st.dictionaries(st.sampled_from(FIELDS), values, max_size=6), status=st.sampled_from(Status))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_document_stops_the_reaper(
    queue: TaskQueue, db: Any, fields: dict[str, Any], status: Status
) -> None:
    reference = db.collection("queue").document()
    reference.set({**TASK, **fields, "status": status.value, "rank": firestore.SERVER_TIMESTAMP})
    queue.reap()
    queue.promote()
    reference.delete()
