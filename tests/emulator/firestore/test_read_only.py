"""Read-only transactions of the unmodified Python client: they see the moment at which they began."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from emulator.caller import Caller
from emulator.firestore import messages as m
from emulator.firestore.access import AllowAll
from emulator.firestore.service import Firestore
from emulator.meter import Meter


def begun(client: Any) -> Any:
    transaction = client.transaction(read_only=True)
    transaction._begin()
    return transaction


def test_a_document_stays_as_it_was_and_nobody_waits(client: Any) -> None:
    changed, deleted, created = (client.document(f"things/{name}") for name in ("a", "b", "c"))
    changed.set({"n": 1})
    deleted.set({"n": 1})
    transaction = begun(client)
    before = changed.get(transaction=transaction)
    changed.update({"n": 2}, timeout=5)  # no lock holds it up
    changed.update({"n": 3})
    deleted.delete()
    created.set({"n": 1})
    after = changed.get(transaction=transaction)
    assert (after.to_dict(), after.update_time, after.read_time) == (
        {"n": 1},
        before.update_time,
        before.read_time,
    )
    assert deleted.get(transaction=transaction).to_dict() == {"n": 1}
    assert not created.get(transaction=transaction).exists
    transaction._commit()
    assert changed.get().to_dict() == {"n": 3}


def test_what_was_written_before_it_began_is_there(client: Any) -> None:
    older = begun(client)
    client.document("things/a").set({"n": 1})
    younger = begun(client)
    client.document("things/a").set({"n": 2})
    reads = [client.document("things/a").get(transaction=one).to_dict() for one in (older, younger)]
    assert reads == [None, {"n": 1}]


def test_queries_windows_and_counts_are_of_that_moment(client: Any) -> None:
    things = client.collection("things")
    for n in range(6):
        things.document(f"t{n}").set({"n": n, "even": n % 2 == 0})
    transaction = begun(client)
    things.document("t0").update({"n": 9})
    things.document("t2").delete()
    things.document("t3").update({"even": True})
    things.document("new").set({"n": -1, "even": True})
    even = things.where(filter=FieldFilter("even", "==", True))

    def numbers(query: Any) -> list[int]:
        return [found.get("n") for found in query.stream(transaction=transaction)]

    assert numbers(even.order_by("n")) == [0, 2, 4]
    assert numbers(things.order_by("n").limit(2)) == [0, 1]
    assert numbers(things.order_by("n").offset(1).limit(2)) == [1, 2]
    assert numbers(things.order_by("n", direction="DESCENDING").limit(2)) == [5, 4]
    assert numbers(things.order_by("n").start_at({"n": 1}).end_before({"n": 4})) == [1, 2, 3]
    assert numbers(client.collection_group("things").where(filter=FieldFilter("n", ">", 3))) == [4, 5]
    assert even.count().get(transaction=transaction)[0][0].value == 3
    assert even.sum("n").get(transaction=transaction)[0][0].value == 6


@pytest.mark.parametrize("seed", range(3))
def test_it_always_finds_what_was_there_when_it_began(client: Any, seed: int) -> None:
    chance = random.Random(seed)
    things = client.collection("things")
    query = things.order_by("n").limit(4)
    state: dict[str, int] = {}
    open_: list[tuple[Any, list[int]]] = []
    for _ in range(60):
        name = f"t{chance.randrange(8)}"
        if chance.random() < 0.3:
            things.document(name).delete()
            state.pop(name, None)
        else:
            state[name] = chance.randrange(100)
            things.document(name).set({"n": state[name]})
        if chance.random() < 0.2:
            ranked = sorted((n, name) for name, n in state.items())
            open_.append((begun(client), [n for n, _ in ranked[:4]]))
        if open_ and chance.random() < 0.2:
            open_.pop(chance.randrange(len(open_)))[0]._rollback()
        for transaction, expected in open_:
            assert [found.get("n") for found in query.stream(transaction=transaction)] == expected


async def test_nothing_is_kept_once_nobody_reads_the_past(tmp_path: Path) -> None:
    served = Firestore(tmp_path / "firestore.sqlite3", AllowAll(), Meter())
    name = "projects/p/databases/d/documents/things/a"
    options = m.BeginTransactionRequest(options={"read_only": {}})
    kept = []
    for _ in range(2):
        begun = await served.begin_transaction(options, Caller(owner=True))
        await served.commit(m.CommitRequest(writes=[{"update": {"name": name}}]), Caller(owner=True))
        await served.commit(m.CommitRequest(writes=[{"delete": name}]), Caller(owner=True))
        kept.append(len(served._reads._past._replaced))
        await served.rollback(m.RollbackRequest(transaction=begun.transaction), Caller(owner=True))
        await served.commit(m.CommitRequest(writes=[{"update": {"name": name}}]), Caller(owner=True))
        kept.append(len(served._reads._past._replaced))
        await served.commit(m.CommitRequest(writes=[{"delete": name}]), Caller(owner=True))
    assert kept == [2, 0, 2, 0]
    served.close()


def test_it_refuses_writes(client: Any) -> None:
    transaction = begun(client)
    write = {"delete": f"{client._database_string}/documents/things/one"}
    request = {"database": client._database_string, "writes": [write], "transaction": transaction.id}
    with pytest.raises(exceptions.InvalidArgument, match="read-only"):
        client._firestore_api.commit(request=request)


def test_the_decorated_function_gets_one_moment(client: Any) -> None:
    client.document("things/a").set({"n": 1})

    @firestore.transactional  # type: ignore[untyped-decorator]
    def twice(transaction: Any) -> list[int]:
        reference = client.document("things/a")
        first = reference.get(transaction=transaction).get("n")
        reference.update({"n": firestore.Increment(1)})
        return [first, reference.get(transaction=transaction).get("n")]

    assert twice(client.transaction(read_only=True)) == [1, 1]
