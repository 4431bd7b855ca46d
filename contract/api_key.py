"""Keys by which programs use the HTTP API. Only their hashes are stored: `api_keys/{hash}`."""

import hashlib
import re
import secrets

from pydantic import Field

from contract.documents import Document, Timestamp
from contract.errors import InvalidTask

# 32 random bytes in URL-safe base64, so that a plain hash is enough: nobody guesses one.
KEY = re.compile(r"bf_[A-Za-z0-9_-]{43}")
# A uid as it may stand in the paths of uploaded pictures.
UID = re.compile(r"[A-Za-z0-9_:-]{1,128}")
SHOWN = 8


class ApiKey(Document):
    """`api_keys/{hash}`: whose key it is. What is written with it is that user's."""

    uid: str = Field(min_length=1, max_length=128)
    name: str = Field(max_length=100, description="What its owner calls it")
    begins: str = Field(description="The first characters of the key, by which its owner knows it again")
    created_at: Timestamp | None = None
    revoked: bool = False


def new_key() -> str:
    """A key that nobody else has: `bf_` and 43 characters."""
    return f"bf_{secrets.token_urlsafe(32)}"


def hash_of(key: str) -> str:
    """The name of a key's document: its SHA-256 in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def check_uid(uid: str) -> str:
    """The uid itself; `InvalidTask` naming `uid` if it can't stand in the path of an upload."""
    if not UID.fullmatch(uid):
        raise InvalidTask("uid", uid, "1 to 128 letters, digits, _ : -")
    return uid
