"""Indexes of collections that are large: built in pieces, amid changes, whole or not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from emulator.caller import Caller
from emulator.firestore import indexes
from emulator.firestore import messages as m
from emulator.firestore.access import AllowAll
from emulator.firestore.service import Firestore
from emulator.meter import Meter

ROOT = "projects/p/databases/d/documents"
OWNER = Caller(owner=True)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "_PIECE", 3)


def opened(folder: Path) -> Firestore:
    return Firestore(folder / "firestore.sqlite3", AllowAll(), Meter())


async def write(firestore: Firestore, rank: int, identity: int | None = None) -> None:
    write = m.Write(update={"name": f"{ROOT}/things/t{rank if identity is None else identity}"})
    write.update.fields["rank"].integer_value = rank
    await firestore.commit(m.CommitRequest(writes=[write]), OWNER)


async def delete(firestore: Firestore, identity: int) -> None:
    request = m.CommitRequest(writes=[m.Write(delete=f"{ROOT}/things/t{identity}")])
    await firestore.commit(request, OWNER)


def by_rank() -> m.StructuredQuery:
    query = m.StructuredQuery()
    query.from_.add(collection_id="things")
    query.order_by.add(direction="ASCENDING").field.field_path = "rank"
    return query


async def ranks(firestore: Firestore) -> list[int]:
    request = m.RunQueryRequest(parent=ROOT, structured_query=by_rank())
    found = [part.document async for part in firestore.methods["RunQuery"].call(request, OWNER)]
    return [document.fields["rank"].integer_value for document in found]


async def test_others_get_on_while_an_index_is_built_and_their_changes_are_in_it(tmp_path: Path) -> None:
    firestore = opened(tmp_path)
    for rank in range(30):
        await write(firestore, rank)
    query = asyncio.create_task(ranks(firestore))
    await asyncio.sleep(0)
    await write(firestore, 100, identity=0)  # in the index already
    await write(firestore, 101, identity=29)  # not yet
    await delete(firestore, 1)
    await delete(firestore, 28)
    await write(firestore, 102, identity=28)  # gone, and there again
    await write(firestore, 103)
    assert not query.done()
    assert await query == [*range(2, 28), 100, 101, 102, 103]
    assert await ranks(firestore) == [*range(2, 28), 100, 101, 102, 103]
    firestore.close()


async def test_two_queries_of_one_shape_share_its_build(tmp_path: Path) -> None:
    firestore = opened(tmp_path)
    for rank in range(10):
        await write(firestore, rank)
    assert await asyncio.gather(*(ranks(firestore) for _ in range(3))) == [list(range(10))] * 3
    firestore.close()


async def test_a_listener_has_its_index_built_before_it_is_answered(tmp_path: Path) -> None:
    firestore = opened(tmp_path)
    for rank in range(10):
        await write(firestore, rank)
    heard: list[str] = []
    session = firestore.listen(OWNER, lambda one: heard.append(one.message.document_change.document.name))
    request = m.ListenRequest()
    request.add_target.target_id = 1
    request.add_target.query.parent = ROOT
    request.add_target.query.structured_query.CopyFrom(by_rank())
    preparing = asyncio.create_task(session.prepare(request))
    await asyncio.sleep(0)
    await write(firestore, -1, identity=10)
    await preparing
    session.handle(request)
    assert [name.rpartition("/")[2] for name in heard if name] == [f"t{n}" for n in (10, *range(10))]
    session.close()
    firestore.close()


async def test_an_index_whose_build_was_cut_off_is_built_anew(tmp_path: Path) -> None:
    firestore = opened(tmp_path)
    for rank in range(10):
        await write(firestore, rank)
    query = asyncio.create_task(ranks(firestore))
    await asyncio.sleep(0)
    query.cancel()
    firestore.close()
    firestore = opened(tmp_path)
    await write(firestore, -1, identity=0)
    assert await ranks(firestore) == [-1, *range(1, 10)]
    firestore.close()
    firestore = opened(tmp_path)
    assert await ranks(firestore) == [-1, *range(1, 10)]
    firestore.close()
