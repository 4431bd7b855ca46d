"""Passwords are kept as scrypt digests with a salt of their own (RFC 7914)."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode

# 16 MiB and about 40 ms a guess.
COST, BLOCK_SIZE, LANES = 2**14, 8, 1


def hash_password(password: str) -> str:
    """`scrypt$N$r$p$salt$digest`, the last two in base64. Slow on purpose: call it off the event loop."""
    salt = os.urandom(16)
    digest = _digest(password, salt, COST, BLOCK_SIZE, LANES)
    return f"scrypt${COST}${BLOCK_SIZE}${LANES}${b64encode(salt).decode()}${b64encode(digest).decode()}"


def verify_password(password: str, stored: str) -> bool:
    """Whether `password` is the one that `stored` was made from. Slow on purpose, as hash_password."""
    _, cost, block_size, lanes, salt, digest = stored.split("$")
    actual = _digest(password, b64decode(salt), int(cost), int(block_size), int(lanes))
    return hmac.compare_digest(actual, b64decode(digest))


def _digest(password: str, salt: bytes, cost: int, block_size: int, lanes: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block_size, p=lanes, maxmem=64 << 20)
