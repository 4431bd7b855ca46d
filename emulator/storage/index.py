"""The records of buckets, objects and unfinished uploads, in SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emulator.database import open_database
from emulator.storage.resource import ObjectRecord

SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, name TEXT NOT NULL,
    generation INTEGER NOT NULL, metageneration INTEGER NOT NULL, size INTEGER NOT NULL,
    md5_hash TEXT NOT NULL, crc32c TEXT NOT NULL, time_created TEXT NOT NULL, updated TEXT NOT NULL,
    content_type TEXT, content_encoding TEXT, content_disposition TEXT, content_language TEXT,
    cache_control TEXT, metadata TEXT NOT NULL, tokens TEXT NOT NULL, blob TEXT NOT NULL,
    PRIMARY KEY (bucket, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, declared TEXT NOT NULL, size INTEGER, conditions TEXT NOT NULL,
    begun TEXT NOT NULL, generation INTEGER
) WITHOUT ROWID;
"""

COLUMNS = tuple(column.name for column in fields(ObjectRecord))


class ObjectIndex:
    """Names are compared by their UTF-8 bytes, the order in which Cloud Storage lists them."""

    def __init__(self, file: Path) -> None:
        self.connection = open_database(file, SCHEMA)

    def close(self) -> None:
        self.connection.close()

    def get(self, bucket: str, name: str) -> ObjectRecord | None:
        row = self.connection.execute(
            "SELECT * FROM objects WHERE bucket = ? AND name = ?", (bucket, name)
        ).fetchone()
        return from_row(row) if row else None

    def put(self, record: ObjectRecord) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        self.connection.execute(
            f"INSERT OR REPLACE INTO objects ({', '.join(COLUMNS)}) VALUES ({marks})",
            tuple(to_row(record).values()),
        )

    def delete(self, record: ObjectRecord) -> None:
        self.connection.execute(
            "DELETE FROM objects WHERE bucket = ? AND name = ?", (record.bucket, record.name)
        )

    def scan(self, bucket: str, start: str, limit: int) -> list[ObjectRecord]:
        """Up to `limit` objects in the order of their names, from `start` on."""
        rows = self.connection.execute(
            "SELECT * FROM objects WHERE bucket = ? AND name >= ? ORDER BY name LIMIT ?",
            (bucket, start, limit),
        )
        return [from_row(row) for row in rows]

    def blobs(self) -> Iterator[str]:
        """The files that records name."""
        return (row["blob"] for row in self.connection.execute("SELECT blob FROM objects"))

    def latest_generation(self) -> int:
        return int(self.connection.execute("SELECT coalesce(max(generation), 0) FROM objects").fetchone()[0])

    def buckets(self) -> list[str]:
        """Those that were created and those that hold something."""
        rows = self.connection.execute(
            "SELECT name FROM buckets UNION SELECT DISTINCT bucket FROM objects ORDER BY 1"
        )
        return [row[0] for row in rows]

    def create_bucket(self, name: str) -> bool:
        """False when it was created before."""
        cursor = self.connection.execute(
            "INSERT OR IGNORE INTO buckets VALUES (?, ?)", (name, datetime.now(UTC).isoformat())
        )
        return cursor.rowcount > 0

    def delete_bucket(self, name: str) -> None:
        self.connection.execute("DELETE FROM buckets WHERE name = ?", (name,))


def to_row(record: ObjectRecord) -> dict[str, Any]:
    """The record's fields in the types of SQLite and JSON."""
    return {column: getattr(record, column) for column in COLUMNS} | {
        "time_created": record.time_created.isoformat(),
        "updated": record.updated.isoformat(),
        "metadata": json.dumps(dict(record.metadata)),
        "tokens": ",".join(record.tokens),
    }


def from_row(row: sqlite3.Row | dict[str, Any]) -> ObjectRecord:
    values = {column: row[column] for column in COLUMNS} | {
        "time_created": datetime.fromisoformat(row["time_created"]),
        "updated": datetime.fromisoformat(row["updated"]),
        "metadata": json.loads(row["metadata"]),
        "tokens": tuple(token for token in row["tokens"].split(",") if token),
    }
    return ObjectRecord(**values)
