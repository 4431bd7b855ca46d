"""Every document to a file and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emulator.caller import Caller
from emulator.firestore.access import AllowAll
from emulator.firestore.exports import ExportUnusable
from emulator.firestore.messages import CommitRequest, Document
from emulator.firestore.service import Firestore
from emulator.meter import Meter

ROOT = "projects/p/databases/(default)"
OWNER = Caller(owner=True)


@pytest.fixture
async def firestore(tmp_path: Path) -> AsyncIterator[Firestore]:
    opened = Firestore(tmp_path / "one.sqlite3", AllowAll(), Meter())
    yield opened
    opened.close()


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[Firestore]:
    opened = Firestore(tmp_path / "other.sqlite3", AllowAll(), Meter())
    yield opened
    opened.close()


async def put(firestore: Firestore, path: str, text: str) -> None:
    request = CommitRequest(database=ROOT)
    document = request.writes.add().update
    document.name = f"{ROOT}/documents/{path}"
    document.fields["text"].string_value = text
    await firestore.commit(request, OWNER)


def everything(firestore: Firestore) -> list[Document]:
    return list(firestore.documents.everything())


async def test_an_import_brings_back_what_was_exported_with_its_times(
    firestore: Firestore, other: Firestore, tmp_path: Path
) -> None:
    await put(firestore, "things/one", "naïve \U0001f525\n")
    await put(firestore, "things/one/deep/two", "")
    file = tmp_path / "export.jsonl"
    assert firestore.export_to(file) == 2
    await put(other, "things/one", "to be replaced")
    await put(other, "things/kept", "of another name")
    assert await other.import_from(file) == 2
    kept = [document for document in everything(other) if document.name.endswith("/kept")]
    assert [d for d in everything(other) if d not in kept] == everything(firestore)
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda text: text.rpartition("\n{")[0] + "\n", "holds 1 of its 2 documents"),
        (lambda text: text[:-10], "line 3"),
        (lambda text: text.replace('"version": 1', '"version": 9'), "version 9"),
        (lambda text: "", "no export"),
    ],
)
async def test_a_damaged_export_changes_nothing(
    firestore: Firestore, tmp_path: Path, damage: object, why: str
) -> None:
    await put(firestore, "things/one", "1")
    await put(firestore, "things/two", "2")
    file = tmp_path / "export.jsonl"
    firestore.export_to(file)
    assert callable(damage)
    file.write_text(damage(file.read_text()))
    await put(firestore, "things/one", "changed since")
    before = everything(firestore)
    with pytest.raises(ExportUnusable, match=why):
        await firestore.import_from(file)
    assert everything(firestore) == before
