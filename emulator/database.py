"""How the emulator opens its SQLite files."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def open_database(file: Path, schema: str = "") -> sqlite3.Connection:
    """Opens `file`, making it and its folder where missing, and runs `schema` (CREATE … IF NOT EXISTS).

    Statements commit one by one unless a transaction is begun. In WAL mode with `synchronous=NORMAL` a
    killed process loses nothing that was committed; a power cut may lose the last moments, never the file.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {schema}")
    return connection
