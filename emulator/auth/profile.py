"""What may be written to an account, and how one is shown: the same for users and for administrators."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from datetime import UTC, datetime
from typing import Any

from emulator.auth.accounts import Account
from emulator.auth.body import Body
from emulator.auth.errors import AuthError
from emulator.auth.passwords import hash_password

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
SHORTEST_PASSWORD = 6
REDACTED = "UkVEQUNURUQ="
"""What the real service shows in place of a password's hash."""


def new_account(uid: str | None = None, *, custom: bool = False) -> Account:
    """An account with nothing in it but an id, of 28 letters and digits unless given."""
    return Account(uid=uid or _random_id(), created_ms=now_ms(), custom=custom, valid_since=int(time.time()))


def now_ms() -> int:
    return int(time.time() * 1000)


def checked_email(email: str) -> str:
    """The address in lower case. Raises AuthError (INVALID_EMAIL)."""
    if not EMAIL.fullmatch(email):
        raise AuthError("INVALID_EMAIL")
    return email.lower()


async def hashed(password: str | None) -> str | None:
    """The hash of a new password, None without one. Raises AuthError (WEAK_PASSWORD).

    Hashing takes its time, in which other requests run: it is done before the account is read.
    """
    if password is None:
        return None
    if len(password) < SHORTEST_PASSWORD:
        raise AuthError(f"WEAK_PASSWORD : Password should be at least {SHORTEST_PASSWORD} characters")
    return await asyncio.to_thread(hash_password, password)


def set_password(account: Account, password_hash: str) -> None:
    account.password_hash, account.password_updated_ms = password_hash, now_ms()


def edit(account: Account, body: Body, password_hash: str | None) -> None:
    """Writes what `body` says of name, picture and e-mail, and the password's hash, into `account`.

    It isn't saved yet. Raises AuthError (INVALID_EMAIL).
    """
    removed = body.texts("deleteAttribute")
    account.display_name = body.text("displayName") or account.display_name
    if "DISPLAY_NAME" in removed or body.is_emptied("displayName"):
        account.display_name = None
    account.photo_url = body.text("photoUrl") or account.photo_url
    if "PHOTO_URL" in removed or body.is_emptied("photoUrl"):
        account.photo_url = None
    email = body.text("email")
    if email is not None:
        email = checked_email(email)
        account.email_verified = account.email_verified and email == account.email
        account.email = email
    if password_hash is not None:
        set_password(account, password_hash)
    if "password" in body.texts("deleteProvider"):
        account.password_hash = None
    if "phone" in body.texts("deleteProvider"):
        account.phone = None


def providers_of(account: Account) -> list[dict[str, str]]:
    """The ways in which the user can sign in, as `providerUserInfo` lists them."""
    found = []
    if account.password_hash and account.email:
        entry = {"providerId": "password", "federatedId": account.email, "rawId": account.email}
        entry["email"] = account.email
        optional = {"displayName": account.display_name, "photoUrl": account.photo_url}
        found.append(entry | {name: value for name, value in optional.items() if value})
    if account.phone:
        found.append({"providerId": "phone", "phoneNumber": account.phone, "rawId": account.phone})
    return found


def show(account: Account) -> dict[str, Any]:
    """The account as `accounts:lookup` shows it."""
    refreshed = account.last_refresh_ms
    shown = {
        "localId": account.uid,
        "email": account.email,
        "emailVerified": account.email_verified if account.email else None,
        "displayName": account.display_name,
        "photoUrl": account.photo_url,
        "phoneNumber": account.phone,
        "disabled": account.disabled or None,
        "passwordHash": REDACTED if account.password_hash else None,
        "passwordUpdatedAt": account.password_updated_ms,
        "providerUserInfo": providers_of(account) or None,
        "customAuth": account.custom or None,
        "customAttributes": json.dumps(account.claims) if account.claims else None,
        "validSince": str(account.valid_since),
        "createdAt": str(account.created_ms),
        "lastLoginAt": None if account.last_login_ms is None else str(account.last_login_ms),
        "lastRefreshAt": None if refreshed is None else _rfc3339(refreshed),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _rfc3339(milliseconds: int) -> str:
    stamp = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _random_id() -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(letters) for _ in range(28))
