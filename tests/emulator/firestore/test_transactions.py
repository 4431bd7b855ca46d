"""Transactions of the unmodified Python client: locks, retries, phantoms and expiry."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from emulator.firestore import transactions
from emulator.firestore.clock import Clock
from emulator.firestore.errors import Aborted, InvalidArgument
from emulator.firestore.messages import TransactionOptions
from emulator.firestore.transactions import Transactions


def test_a_contended_counter_is_exact(client: Any, new_client: Callable[[], Any]) -> None:
    client.document("counters/c").set({"n": 0})

    def increment(transaction: Any, reference: Any) -> None:
        count = reference.get(transaction=transaction).get("n")
        transaction.update(reference, {"n": count + 1})

    def work(own: Any) -> None:
        for _ in range(8):
            while True:
                try:
                    firestore.transactional(increment)(own.transaction(), own.document("counters/c"))
                    break
                except (exceptions.Aborted, ValueError):
                    continue  # its five attempts are used up

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, [new_client() for _ in range(6)]))
    assert client.document("counters/c").get().get("n") == 48


def test_no_task_is_claimed_twice(client: Any, new_client: Callable[[], Any]) -> None:
    queue = client.collection("queue")
    for number in range(12):
        queue.document(f"t{number:02}").set({"status": "queued", "rank": number})
    claims: list[str] = []

    def claim(transaction: Any, own: Any) -> str | None:
        query = own.collection("queue").where(filter=FieldFilter("status", "==", "queued"))
        head = list(query.order_by("rank").limit(1).stream(transaction=transaction))
        if not head:
            return None
        transaction.update(head[0].reference, {"status": "running"})
        return str(head[0].id)

    def work(own: Any) -> None:
        while True:
            try:
                claimed = firestore.transactional(claim)(own.transaction(), own)
            except (exceptions.Aborted, ValueError):
                continue
            if claimed is None:
                return
            claims.append(claimed)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [new_client() for _ in range(4)]))
    assert sorted(claims) == [f"t{number:02}" for number in range(12)]


def test_a_plain_write_waits_for_a_read_lock(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"n": 0})
    transaction = client.transaction()
    transaction._begin()
    reference.get(transaction=transaction)
    written = threading.Event()

    def write() -> None:
        reference.update({"by": "writer"})
        written.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert not written.wait(0.3)
    transaction.update(reference, {"n": 1})
    transaction._commit()
    assert written.wait(5)
    writer.join()
    assert reference.get().to_dict() == {"n": 1, "by": "writer"}


def test_a_document_that_newly_matches_a_transactions_query_aborts_its_commit(client: Any) -> None:
    queue = client.collection("queue")
    queue.document("a").set({"status": "queued"})
    transaction = client.transaction()
    transaction._begin()
    query = queue.where(filter=FieldFilter("status", "==", "queued"))
    assert len(list(query.stream(transaction=transaction))) == 1
    queue.document("b").set({"status": "queued"})
    transaction.set(client.document("counts/queued"), {"n": 1})
    with pytest.raises(exceptions.Aborted):
        client._firestore_api.commit(
            request={
                "database": client._database_string,
                "writes": transaction._write_pbs,
                "transaction": transaction.id,
            }
        )
    assert not client.document("counts/queued").get().exists


def test_a_rolled_back_transaction_writes_nothing_and_releases_its_locks(client: Any) -> None:
    reference = client.document("things/one")
    reference.set({"n": 0})
    transaction = client.transaction()
    transaction._begin()
    reference.get(transaction=transaction)
    transaction.update(reference, {"n": 1})
    transaction._rollback()
    reference.update({"m": 1})
    assert reference.get().to_dict() == {"n": 0, "m": 1}


def test_an_ended_transaction_is_refused(client: Any) -> None:
    transaction = client.transaction()
    transaction._begin()
    identity = transaction.id
    transaction._rollback()
    request = {"database": client._database_string, "writes": [], "transaction": identity}
    with pytest.raises(exceptions.InvalidArgument, match="expired or is no longer valid"):
        client._firestore_api.commit(request=request)


async def test_the_older_transaction_takes_the_lock_and_the_younger_fails_at_its_commit() -> None:
    locks = Transactions(Clock())
    older, younger = locks.begin(TransactionOptions()), locks.begin(TransactionOptions())
    await locks.lock_for_reading(older, ["a"])
    await locks.lock_for_reading(younger, ["a"])
    await locks.lock_for_writing(older, ["a"])
    assert locks.find(younger.id) is younger
    with pytest.raises(Aborted):
        await locks.lock_for_writing(younger, ["a"])


async def test_a_retry_inherits_the_age_of_its_first_attempt() -> None:
    locks = Transactions(Clock())
    first = locks.begin(TransactionOptions())
    rival = locks.begin(TransactionOptions())
    locks.end(first)
    options = TransactionOptions()
    options.read_write.retry_transaction = first.id
    retry = locks.begin(options)
    assert retry.age < rival.age


async def test_two_transactions_that_claim_the_same_first_attempt_do_not_wait_for_each_other() -> None:
    locks = Transactions(Clock())
    first = locks.begin(TransactionOptions())
    locks.end(first)
    options = TransactionOptions()
    options.read_write.retry_transaction = first.id
    older, younger = locks.begin(options), locks.begin(options)
    await locks.lock_for_reading(older, ["a"])
    await locks.lock_for_reading(younger, ["a"])
    await locks.lock_for_writing(older, ["a"])
    with pytest.raises(Aborted):
        await locks.lock_for_writing(younger, ["a"])


async def test_an_idle_transaction_gives_up_its_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "IDLE_LIMIT", 0.05)
    locks = Transactions(Clock())
    idle = locks.begin(TransactionOptions())
    await locks.lock_for_reading(idle, ["a"])
    await locks.lock_for_writing(None, ["a"])
    with pytest.raises(InvalidArgument):
        locks.find(idle.id)


async def test_waiting_for_a_lock_ends_with_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "LOCK_DEADLINE", 0.05)
    locks = Transactions(Clock())
    holder, waiting = locks.begin(TransactionOptions()), locks.begin(TransactionOptions())
    await locks.lock_for_reading(holder, ["a"])
    with pytest.raises(Aborted, match="lock timeout"):
        await locks.lock_for_writing(waiting, ["a"])


async def test_a_commit_that_waits_for_a_lock_fails_when_its_transaction_is_rolled_back() -> None:
    locks = Transactions(Clock())
    older, younger = locks.begin(TransactionOptions()), locks.begin(TransactionOptions())
    await locks.lock_for_reading(older, ["a"])
    await locks.lock_for_reading(younger, ["b"])
    commit = asyncio.create_task(locks.lock_for_writing(younger, ["a"]))
    await asyncio.sleep(0)
    locks.discard(younger.id)
    locks.end(older)
    with pytest.raises(InvalidArgument, match="no longer valid"):
        await commit


def test_a_query_that_waited_for_a_lock_tells_a_read_time_after_what_it_found(
    client: Any, new_client: Callable[[], Any]
) -> None:
    things = client.collection("things")
    things.document("one").set({"n": 0})
    first, holder = client.transaction(), client.transaction()
    first._begin()
    retried = first.id
    first._rollback()
    holder._begin(retry_id=retried)
    things.document("one").get(transaction=holder)
    retry = client.transaction()
    retry._begin(retry_id=retried)
    holder.update(things.document("one"), {"n": 1})
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(list, things.stream(transaction=retry))
        holder._commit()
        (found,) = waiting.result(10)
    assert found.read_time >= found.update_time
