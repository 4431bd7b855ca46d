"""The users of every project, in SQLite."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field, fields
from typing import Any

from emulator.auth.errors import AuthError

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    project TEXT NOT NULL, uid TEXT NOT NULL,
    created_ms INTEGER NOT NULL, last_login_ms INTEGER, last_refresh_ms INTEGER, password_updated_ms INTEGER,
    valid_since INTEGER NOT NULL,
    email TEXT, email_verified INTEGER NOT NULL, password_hash TEXT,
    display_name TEXT, photo_url TEXT, phone TEXT,
    disabled INTEGER NOT NULL, custom INTEGER NOT NULL, claims TEXT NOT NULL,
    PRIMARY KEY (project, uid)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS accounts_email ON accounts (project, email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS accounts_phone ON accounts (project, phone) WHERE phone IS NOT NULL;
"""


@dataclass(slots=True)
class Account:
    """One user. Times end in `_ms` (since 1970); `valid_since` is in seconds: older sessions are revoked."""

    uid: str
    created_ms: int
    last_login_ms: int | None = None
    last_refresh_ms: int | None = None
    password_updated_ms: int | None = None
    valid_since: int = 0
    email: str | None = None
    email_verified: bool = False
    password_hash: str | None = None
    display_name: str | None = None
    photo_url: str | None = None
    phone: str | None = None
    disabled: bool = False
    custom: bool = False
    """Made by a custom token, so never anonymous."""
    claims: dict[str, Any] = field(default_factory=dict)
    """Custom claims, which every ID token of the user bears."""


COLUMNS = tuple(column.name for column in fields(Account))


class AccountStore:
    """Reads and writes accounts; each write is one committed transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.executescript(SCHEMA)

    def by_uid(self, project: str, uid: str) -> Account | None:
        return self._one("project = ? AND uid = ?", project, uid)

    def by_email(self, project: str, email: str) -> Account | None:
        return self._one("project = ? AND email = ?", project, email.lower())

    def by_phone(self, project: str, phone: str) -> Account | None:
        return self._one("project = ? AND phone = ?", project, phone)

    def after(self, project: str, uid: str, limit: int) -> list[Account]:
        """Up to `limit` accounts in the order of their ids, from the first above `uid`."""
        rows = self._connection.execute(
            "SELECT * FROM accounts WHERE project = ? AND uid > ? ORDER BY uid LIMIT ?", (project, uid, limit)
        )
        return [_account(row) for row in rows]

    def insert(self, project: str, account: Account) -> None:
        """Raises AuthError (DUPLICATE_LOCAL_ID, EMAIL_EXISTS, PHONE_NUMBER_EXISTS)."""
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        self._write(f"INSERT INTO accounts (project, {', '.join(COLUMNS)}) VALUES ({marks})",
                    (project, *_values(account)))  # fmt: skip

    def save(self, project: str, account: Account) -> None:
        """Writes every field of an account that exists. Raises AuthError (EMAIL_EXISTS, …)."""
        assignments = ", ".join(f"{column} = ?" for column in COLUMNS)
        self._write(f"UPDATE accounts SET {assignments} WHERE project = ? AND uid = ?",
                    (*_values(account), project, account.uid))  # fmt: skip

    def delete(self, project: str, uid: str) -> bool:
        """Whether there was such an account."""
        cursor = self._connection.execute(
            "DELETE FROM accounts WHERE project = ? AND uid = ?", (project, uid)
        )
        return cursor.rowcount > 0

    def clear(self, project: str) -> None:
        self._connection.execute("DELETE FROM accounts WHERE project = ?", (project,))

    def _one(self, condition: str, *values: str) -> Account | None:
        row = self._connection.execute(f"SELECT * FROM accounts WHERE {condition}", values).fetchone()
        return _account(row) if row else None

    def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.IntegrityError as error:
            raise AuthError(_clash(str(error))) from error


def _clash(message: str) -> str:
    if "accounts.email" in message:
        return "EMAIL_EXISTS"
    return "PHONE_NUMBER_EXISTS" if "accounts.phone" in message else "DUPLICATE_LOCAL_ID"


def _values(account: Account) -> tuple[Any, ...]:
    return tuple(
        json.dumps(account.claims) if column == "claims" else getattr(account, column) for column in COLUMNS
    )


def _account(row: sqlite3.Row) -> Account:
    values = {column: row[column] for column in COLUMNS}
    for flag in ("email_verified", "disabled", "custom"):
        values[flag] = bool(values[flag])
    values["claims"] = json.loads(values["claims"])
    return Account(**values)
