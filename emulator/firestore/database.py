"""The SQLite file, and group commit: writes that come together share one transaction.

A write is acknowledged when its transaction has been committed. With a write-ahead log and
`synchronous=NORMAL` a killed process loses nothing that was acknowledged.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from emulator.firestore.errors import Internal

APPLICATION_ID = 0x42460001
SCHEMA_VERSION = 1
# A flush waits some turns of the event loop for company: none while writers come one by one, more the more
# came together of late.
MAX_TURNS = 24
QUICK_CHECK_LIMIT = 32 << 20  # bytes; checking a larger file would take too long
_SCHEMA = """
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, collection TEXT NOT NULL, body BLOB NOT NULL);
    CREATE INDEX documents_by_collection ON documents (collection);
    CREATE TABLE indexes (id INTEGER PRIMARY KEY, shape TEXT NOT NULL UNIQUE);
    CREATE TABLE entries (
        index_id INTEGER NOT NULL, key BLOB NOT NULL, document INTEGER NOT NULL, PRIMARY KEY (index_id, key)
    ) WITHOUT ROWID;
"""


class DatabaseUnusable(Exception):
    """The file can't be used. It is left as it is; the message says why and what to do."""


class Database:
    """One connection, used from one event loop. Reads see writes before they are durable."""

    def __init__(self, file: Path) -> None:
        """Opens `file`, or makes it. Raises DatabaseUnusable when it is damaged, newer, or in use."""
        self.file = file
        self.on_settled: Callable[[bool], None] = lambda durable: None
        self.on_abandoned: Callable[[], None] = lambda: None
        self._waiting: list[asyncio.Future[None]] = []
        self._dirty = False
        self._company = 1.0  # how many came together of late
        try:
            self._connection = _open(file)
        except sqlite3.Error as error:
            raise _explain(file, error) from error

    def read(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def write(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Executes a change in the transaction under way, or in a new one. Make it durable with `flush`."""
        if not self._dirty:
            self._connection.execute("BEGIN")
            self._dirty = True
        return self._connection.execute(sql, values)

    def write_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self.write("SELECT 1")
        self._connection.executemany(sql, rows)

    async def durable(self) -> None:
        """Returns when everything written so far is on disk. Raises Internal when it couldn't be."""
        if not self._dirty:
            return
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._flush_after, min(MAX_TURNS, int(8 * (self._company - 1))))
        waiting = loop.create_future()
        self._waiting.append(waiting)
        await waiting

    def _flush_after(self, turns: int) -> None:
        """Flushes after some turns of the loop: those who write meanwhile come along."""
        if turns:
            asyncio.get_running_loop().call_soon(self._flush_after, turns - 1)
        else:
            self.flush()

    def flush(self) -> None:
        """Commits what was written; whoever waits for it learns the outcome."""
        if not self._dirty:
            return
        waiting, self._waiting = self._waiting, []
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.abandon(error, waiting)
            return
        self._dirty = False
        self._company = max(1.0, len(waiting), 0.9 * self._company)
        for future in waiting:
            if not future.done():
                future.set_result(None)
        self.on_settled(True)

    def abandon(self, error: Exception, waiting: Sequence[asyncio.Future[None]] = ()) -> None:
        """Takes back the transaction under way, and tells everyone whose write was in it."""
        waiting = [*waiting, *self._waiting]
        self._waiting, self._dirty = [], False
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self.on_abandoned()
        for future in waiting:
            if not future.done():
                future.set_exception(Internal(f"{self.file} could not be written: {error}"))
        self.on_settled(False)

    def close(self) -> None:
        self.flush()
        self._connection.close()


def _open(file: Path) -> sqlite3.Connection:
    if not file.exists():
        _create(file)
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=1)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        _check(connection, file)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA cache_size=-65536")
        connection.execute("PRAGMA wal_autocheckpoint=4000")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(file: Path) -> None:
    """Makes the file beside its place and moves it there whole, so that an empty one is always damage."""
    log = file.with_name(file.name + "-wal")
    if log.exists():
        raise DatabaseUnusable(
            f"{log} is there without {file.name}: restore that file, or move the log away."
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(file.name + ".new")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished, isolation_level=None)
    connection.executescript(
        f"{_SCHEMA} PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA_VERSION};"
    )
    connection.close()
    unfinished.replace(file)


def _check(connection: sqlite3.Connection, file: Path) -> None:
    application, version, pages = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version", "page_count")
    )
    if pages == 0:
        raise DatabaseUnusable(_damaged(file, "it is empty"))
    if application != APPLICATION_ID:
        raise DatabaseUnusable(f"{file} is an SQLite file of another program. Choose another data directory.")
    if version != SCHEMA_VERSION:
        raise DatabaseUnusable(
            f"{file} has schema {version}, this program reads schema {SCHEMA_VERSION}. Use the program that "
            "wrote it, or another data directory."
        )
    if file.stat().st_size <= QUICK_CHECK_LIMIT:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise DatabaseUnusable(_damaged(file, found))


def _explain(file: Path, error: sqlite3.Error) -> DatabaseUnusable:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return DatabaseUnusable(
            f"{file} is in use by another process. Stop it, or choose another data directory."
        )
    return DatabaseUnusable(_damaged(file, str(error)))


def _damaged(file: Path, why: str) -> str:
    return (
        f"{file} is damaged ({why}). It has been left untouched: restore a copy of it, or move it away to "
        "start empty."
    )
