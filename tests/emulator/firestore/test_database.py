"""What becomes of the file: damage, newer schemas and second users are errors, never a fresh start."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from emulator.firestore.database import Database, DatabaseUnusable
from emulator.firestore.documents import Documents
from emulator.firestore.messages import Document

NAME = "projects/p/databases/(default)/documents/things/one"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with one document in it."""
    file = tmp_path / "data" / "firestore.sqlite3"
    database = Database(file)
    Documents(database).replace(NAME, None, Document(name=NAME))
    database.close()
    return file


def test_what_was_written_is_there_when_it_is_opened_again(file: Path) -> None:
    database = Database(file)
    assert Documents(database).get(NAME) == Document(name=NAME)
    database.close()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 400])
def test_a_damaged_file_is_refused_and_left_untouched(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(DatabaseUnusable, match="is damaged"):
        Database(file)
    assert file.read_bytes() == content


def test_a_file_cut_short_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) - 4096])
    with pytest.raises(DatabaseUnusable, match="is damaged"):
        Database(file)


def test_a_file_with_a_garbled_page_is_refused(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    whole[4096:8192] = b"\xa5" * 4096
    file.write_bytes(whole)
    with pytest.raises(DatabaseUnusable, match="is damaged"):
        Database(file)


def test_a_newer_schema_is_refused(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version=7")
    connection.close()
    with pytest.raises(DatabaseUnusable, match=r"has schema 7, this program reads schema 1"):
        Database(file)


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite3"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE something (a)")
    connection.close()
    with pytest.raises(DatabaseUnusable, match="of another program"):
        Database(file)


def test_a_log_without_its_file_is_refused(file: Path) -> None:
    file.with_name(file.name + "-wal").write_bytes(b"what was committed last")
    file.unlink()
    with pytest.raises(DatabaseUnusable, match="without"):
        Database(file)


def test_a_second_process_is_refused(file: Path) -> None:
    first = Database(file)
    with pytest.raises(DatabaseUnusable, match="in use by another process"):
        Database(file)
    first.close()


async def test_writes_that_come_together_are_durable_together(file: Path) -> None:
    database = Database(file)
    settled: list[bool] = []
    database.on_settled = settled.append
    documents = Documents(database)
    for number in range(3):
        name = f"{NAME}{number}"
        documents.replace(name, None, Document(name=name))
    await database.durable()
    assert settled == [True]
    database.close()
