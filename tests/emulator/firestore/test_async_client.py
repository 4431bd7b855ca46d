"""The asynchronous Python client, over the same methods."""

import asyncio
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter


async def test_documents_are_written_read_and_deleted(async_client: Any) -> None:
    reference = async_client.document("things/one")
    await reference.create({"n": 1})
    with pytest.raises(exceptions.AlreadyExists):
        await reference.create({"n": 2})
    await reference.update({"n": firestore.Increment(1)})
    assert (await reference.get()).to_dict() == {"n": 2}
    await reference.delete()
    assert not (await reference.get()).exists


async def test_queries_and_aggregations(async_client: Any) -> None:
    batch = async_client.batch()
    for number in range(6):
        batch.set(async_client.document(f"things/t{number}"), {"n": number})
    await batch.commit()
    query = async_client.collection("things").where(filter=FieldFilter("n", ">", 2)).order_by("n")
    assert [snapshot.id async for snapshot in query.stream()] == ["t3", "t4", "t5"]
    assert (await query.count().get())[0][0].value == 3
    assert [collection.id async for collection in async_client.collections()] == ["things"]
    assert len([document async for document in async_client.collection("things").list_documents()]) == 6


async def test_transactions_at_once_leave_an_exact_count(async_client: Any) -> None:
    reference = async_client.document("counters/c")
    await reference.set({"n": 0})

    async def increment(transaction: Any) -> None:
        snapshot = await reference.get(transaction=transaction)
        transaction.update(reference, {"n": snapshot.get("n") + 1})

    async def work() -> None:
        while True:
            try:
                await firestore.async_transactional(increment)(async_client.transaction())
                return
            except (exceptions.Aborted, ValueError):
                continue

    await asyncio.gather(*(work() for _ in range(10)))
    assert (await reference.get()).get("n") == 10
