"""ID tokens as the official emulator makes them: JSON Web Tokens with `alg: none` and no signature.

Whoever can reach the server can forge one, which is why it listens on loopback alone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from emulator.auth.accounts import Account

LIFETIME = 3600
"""Seconds that an ID token is good for."""

RESERVED_CLAIMS = frozenset(
    [
        "acr",
        "amr",
        "at_hash",
        "aud",
        "auth_time",
        "azp",
        "c_hash",
        "cnf",
        "exp",
        "firebase",
        "iat",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "sub",
        "user_id",
    ]
)
"""Names that custom claims can't take."""


def encode_token(claims: Mapping[str, Any]) -> str:
    """An unsigned JWT with these claims."""
    return f"{_encode({'alg': 'none', 'typ': 'JWT'})}.{_encode(claims)}."


def id_token(
    account: Account, project: str, provider: str, extra: Mapping[str, Any], *, auth_time: int, now: int
) -> str:
    """The ID token of a session that began at `auth_time` by `provider` (times in seconds since 1970).

    `extra` are the claims that a custom token brought along; the account's own claims come before them.
    """
    identities = {
        name: [value] for name, value in (("email", account.email), ("phone", account.phone)) if value
    }
    profile = {
        "provider_id": "anonymous" if provider == "anonymous" else None,
        "name": account.display_name,
        "picture": account.photo_url,
        "email": account.email,
        "email_verified": account.email_verified if account.email else None,
        "phone_number": account.phone,
    }
    return encode_token(
        {name: value for name, value in profile.items() if value is not None}
        | dict(extra)
        | account.claims
        | {
            "auth_time": auth_time,
            "user_id": account.uid,
            "firebase": {"identities": identities, "sign_in_provider": provider},
            "iat": now,
            "exp": now + LIFETIME,
            "aud": project,
            "iss": f"https://securetoken.google.com/{project}",
            "sub": account.uid,
        }
    )


def _encode(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()
