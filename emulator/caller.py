"""Who makes a request: the server itself, a signed-in user, or nobody."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WEB = "web"
OTHER = "other"
# What Google's own libraries call themselves in x-goog-api-client and user-agent.
_GOOGLE_TOKENS = re.compile(
    r"(gl-|grpc|fire$|fire-admin$|gax$|gapic$|gccl$|rest$|pb$|auth$|cred-type$|python|mozilla)"
)


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's caller.

    owner: the server (Admin and server libraries): rules don't apply to it.
    uid, claims: the signed-in user and the claims of its token; None and empty for nobody.
    client: the product that sent the request, for the meter: its own token, "web" or "other".
    """

    owner: bool = False
    uid: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    client: str = OTHER

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> "Caller":
        """From request headers with lower-case names.

        Raises ValueError when a bearer token is neither "owner" nor a JSON web token.
        """
        client = client_label(headers)
        scheme, _, token = headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() not in ("bearer", "firebase") or not token:
            return cls(client=client)
        if token == "owner":
            return cls(owner=True, client=client)
        claims = decode_claims(token)
        uid = claims.get("sub") or claims.get("user_id") or claims.get("uid")
        return cls(uid=str(uid) if uid else None, claims=claims, client=client)


def decode_claims(token: str) -> dict[str, Any]:
    """The claims of a JSON web token. Its signature is not checked: local tokens carry none.

    Raises ValueError when the token is malformed.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError(f"authorization: a token has three parts separated by '.', this one {len(parts)}")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"authorization: the token's second part is not JSON in base64url: {error}"
        ) from error
    if not isinstance(claims, dict):
        raise ValueError("authorization: the token's claims are not a JSON object")
    return claims


def client_label(headers: Mapping[str, str]) -> str:
    """The name of the product that sent a request, from its own token in the user agent."""
    products = " ".join((headers.get("x-goog-api-client", ""), headers.get("user-agent", ""))).split()
    names = [product.partition("/")[0].lower() for product in products if "/" in product]
    if "gl-js" in names or "mozilla" in names:
        return WEB
    return next((name for name in names if not _GOOGLE_TOKENS.match(name)), OTHER)
