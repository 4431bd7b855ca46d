"""Signed-in sessions: a refresh token that is kept, and ID tokens made from it."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from emulator.auth.accounts import Account, AccountStore
from emulator.auth.errors import AuthError
from emulator.auth.tokens import LIFETIME, id_token
from emulator.caller import decode_claims

SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    digest BLOB PRIMARY KEY, project TEXT NOT NULL, uid TEXT NOT NULL,
    provider TEXT NOT NULL, extra TEXT NOT NULL, auth_time INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (project, uid);
"""


class Sessions:
    """The sessions of one project's users. Refresh tokens are kept as digests only."""

    def __init__(self, connection: sqlite3.Connection, accounts: AccountStore, project: str) -> None:
        self._connection, self._accounts, self.project = connection, accounts, project
        connection.executescript(SCHEMA)

    def start(
        self, account: Account, provider: str, extra: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """Signs the user in; the tokens under the names that the API gives them.

        `provider` is `anonymous`, `password` or `custom`; `extra` are a custom token's claims.
        """
        now = int(time.time())
        account.last_login_ms = account.last_refresh_ms = int(time.time() * 1000)
        self._accounts.save(self.project, account)
        refresh_token = secrets.token_urlsafe(48)
        self._connection.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)",
            (_digest(refresh_token), self.project, account.uid, provider, json.dumps(extra or {}), now),
        )
        return {
            "idToken": id_token(account, self.project, provider, extra or {}, auth_time=now, now=now),
            "refreshToken": refresh_token,
            "expiresIn": str(LIFETIME),
        }

    def refresh(self, refresh_token: str) -> tuple[str, str]:
        """A fresh ID token and the user's id.

        Raises AuthError: INVALID_REFRESH_TOKEN, TOKEN_EXPIRED (revoked), USER_NOT_FOUND, USER_DISABLED.
        """
        row = self._connection.execute(
            "SELECT * FROM sessions WHERE digest = ? AND project = ?", (_digest(refresh_token), self.project)
        ).fetchone()
        if row is None:
            raise AuthError("INVALID_REFRESH_TOKEN")
        account = self._usable(row["uid"], row["auth_time"])
        account.last_refresh_ms = int(time.time() * 1000)
        self._accounts.save(self.project, account)
        extra = json.loads(row["extra"])
        token = id_token(
            account, self.project, row["provider"], extra, auth_time=row["auth_time"], now=int(time.time())
        )
        return token, account.uid

    def account_of(self, token: str) -> Account:
        """The user whom an ID token speaks for.

        Raises AuthError: INVALID_ID_TOKEN, TOKEN_EXPIRED, USER_NOT_FOUND, USER_DISABLED.
        """
        try:
            claims = decode_claims(token)
            uid, audience = str(claims["user_id"]), claims["aud"]
            issued, expires = int(claims["iat"]), int(claims["exp"])
        except (KeyError, TypeError, ValueError):
            raise AuthError("INVALID_ID_TOKEN") from None
        if audience != self.project:
            raise AuthError("INVALID_ID_TOKEN")
        if expires <= time.time():
            raise AuthError("TOKEN_EXPIRED")
        return self._usable(uid, issued)

    def forget_user(self, uid: str) -> None:
        """Drops every session of a user who is deleted."""
        self._connection.execute("DELETE FROM sessions WHERE project = ? AND uid = ?", (self.project, uid))

    def clear(self) -> None:
        self._connection.execute("DELETE FROM sessions WHERE project = ?", (self.project,))

    def _usable(self, uid: str, since: int) -> Account:
        account = self._accounts.by_uid(self.project, uid)
        if account is None:
            raise AuthError("USER_NOT_FOUND")
        if account.disabled:
            raise AuthError("USER_DISABLED")
        if since < account.valid_since:
            raise AuthError("TOKEN_EXPIRED")
        return account


def _digest(refresh_token: str) -> bytes:
    return hashlib.sha256(refresh_token.encode()).digest()
