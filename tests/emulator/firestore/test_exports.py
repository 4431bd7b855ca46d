"""Every document to a file and back."""

from __future__ import annotations

import json
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
    return [Document.FromString(body) for body in firestore.documents.bodies()]


async def test_an_import_brings_back_what_was_exported(
    firestore: Firestore, other: Firestore, tmp_path: Path
) -> None:
    await put(firestore, "things/one", "naïve \U0001f525\n")
    await put(firestore, "things/one/deep/two", "")
    file = tmp_path / "export.jsonl"
    assert firestore.export_to(file) == 2
    await put(other, "things/kept", "of another name")
    assert await other.import_from(file) == 2
    kept = [document for document in everything(other) if document.name.endswith("/kept")]
    brought = [document for document in everything(other) if document not in kept]
    assert [(d.name, d.fields, d.create_time) for d in brought] == [
        (d.name, d.fields, d.create_time) for d in everything(firestore)
    ]
    assert len(kept) == 1


async def test_what_an_import_changes_is_newer_than_all_before_and_the_rest_stays(
    firestore: Firestore, tmp_path: Path
) -> None:
    await put(firestore, "things/one", "as exported")
    await put(firestore, "things/same", "as exported")
    file = tmp_path / "export.jsonl"
    firestore.export_to(file)
    (_, same) = everything(firestore)
    await put(firestore, "things/one", "changed since")
    (changed, _) = everything(firestore)
    await firestore.import_from(file)
    (one, still_same) = everything(firestore)
    assert one.fields["text"].string_value == "as exported"
    assert one.update_time.ToNanoseconds() > changed.update_time.ToNanoseconds()
    assert still_same == same


async def test_a_document_written_by_hand_needs_no_times(firestore: Firestore, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    lines = [
        {"format": "firestore-export", "version": 1, "documents": 1},
        {"name": f"{ROOT}/documents/things/one", "fields": {"text": {"stringValue": "by hand"}}},
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    await firestore.import_from(file)
    (one,) = everything(firestore)
    assert one.fields["text"].string_value == "by hand"
    assert one.create_time == one.update_time
    assert one.create_time.seconds > 0


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda text: text.rpartition("\n{")[0] + "\n", "holds 1 of its 2 documents"),
        (lambda text: text[:-10], "line 3"),
        (lambda text: text.replace('"version": 1', '"version": 9'), "version 9"),
        (lambda text: "", "line 1 is no header"),
        (lambda text: "[]\n", "line 1 is no header"),
        (lambda text: text + text.splitlines()[1] + "\n", "line 4.*twice"),
        (lambda text: text.replace("documents/things/two", "documents/two"), "line 3"),
        (lambda text: text.replace('"stringValue"', '"strangeValue"'), "line 2.*strangeValue"),
        (lambda text: text.replace('"stringValue": "1"', '"timestampValue": "1"'), "line 2"),
        (lambda text: text.replace('"text"', '"__text__"'), "line 2.*reserved"),
        (lambda text: text.replace('"updateTime": "', '"updateTime": "x'), "line 2"),
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
