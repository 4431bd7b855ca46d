"""Who asks: by an API key, or by the token that Firebase gave to a user."""

import threading
import time
from dataclasses import dataclass
from typing import Any

from firebase_admin import auth, exceptions
from google.cloud import firestore

from contract.api_key import KEY, ApiKey, hash_of
from contract.errors import InvalidTask
from functions.api.buckets import Bucket
from functions.api.problems import Problem
from listener.edge import RETRY, TIMEOUT, server_errors

# A key that was looked up counts for so long, so that a burst costs one read. So long may one that is
# revoked go on.
REMEMBERED_SECONDS = 60.0
MOST_REMEMBERED = 10_000
HOW = "send `Authorization: Bearer` with an API key (bf_…) or a Firebase ID token"


@dataclass(frozen=True)
class Caller:
    """Whose tasks these are."""

    uid: str


class Identity:
    """Tells who asks. Used by many threads."""

    def __init__(self, db: firestore.Client) -> None:
        self._db = db
        self._known: dict[str, tuple[str | None, float]] = {}
        # Each key that nobody has costs a read: an attacker's bill is bounded.
        self._misses = Bucket(burst=300, a_second=5.0)
        self._lock = threading.Lock()

    def of(self, header: str | None) -> Caller:
        """Whom an Authorization header names. Raises `Problem` (401, 429), or `Unreachable`."""
        scheme, _, token = (header or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Problem("unauthenticated", f"nobody is named: {HOW}")
        return Caller(self._by_key(token) if token.startswith("bf_") else _by_token(token))

    def _by_key(self, key: str) -> str:
        hashed = hash_of(key)
        with self._lock:
            uid, until = self._known.get(hashed, (None, 0.0))
        if time.monotonic() >= until:
            uid = self._look_up(key, hashed)
            with self._lock:
                if len(self._known) >= MOST_REMEMBERED:
                    self._known.clear()
                self._known[hashed] = (uid, time.monotonic() + REMEMBERED_SECONDS)
        if uid is None:
            raise Problem("unauthenticated", f"the API key is unknown or revoked: {HOW}")
        return uid

    def _look_up(self, key: str, hashed: str) -> str | None:
        if not KEY.fullmatch(key):
            return None
        if wait := self._misses.short_of(0):
            raise Problem("too-fast", "too many unknown API keys were tried", retry_after=wait)
        with server_errors():
            document = self._db.collection("api_keys").document(hashed).get(retry=RETRY, timeout=TIMEOUT)
        found = _valid(document.to_dict())
        if found is None:
            self._misses.take()
        return found


def _valid(fields: dict[str, Any] | None) -> str | None:
    try:
        key = ApiKey.parse(fields or {})
    except InvalidTask:
        return None
    return None if key.revoked else key.uid


def _by_token(token: str) -> str:
    """The user of an ID token. Unsigned ones count only where FIREBASE_AUTH_EMULATOR_HOST is set."""
    try:
        return str(auth.verify_id_token(token)["uid"])
    except auth.CertificateFetchError as error:
        raise Problem("unavailable", f"Google's keys can't be fetched ({error})", retry_after=5) from error
    except (exceptions.FirebaseError, ValueError) as error:
        said = str(error).partition("\n")[0][:200]
        raise Problem("unauthenticated", f"the token can't be used ({said}): {HOW}") from error
