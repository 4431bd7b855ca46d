"""Auth: every method with JSON of any shape, tokens that are none, and forms."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.fuzz.shapes import JSON, NOT_JSON, TEXTS, WHOLE
from tests.emulator.fuzz.victim import OWNER, PROJECT, Victim, ask, assert_told, bounded

API = "/identitytoolkit.googleapis.com/v1"
CLIENT = [
    "createAuthUri",
    "delete",
    "lookup",
    "resetPassword",
    "sendOobCode",
    "signInWithCustomToken",
    "signInWithPassword",
    "signUp",
    "update",
    "nonsense",
]
ADMIN = ["", ":batchCreate", ":batchDelete", ":delete", ":lookup", ":sendOobCode", ":update"]
FIELDS = [
    "allowDuplicateEmails",
    "continueUrl",
    "createdAt",
    "customAttributes",
    "deleteAttribute",
    "deleteProvider",
    "disableUser",
    "disabled",
    "displayName",
    "email",
    "emailVerified",
    "federatedUserId",
    "force",
    "hashAlgorithm",
    "idToken",
    "identifier",
    "linkProviderUserInfo",
    "localId",
    "localIds",
    "newPassword",
    "oobCode",
    "password",
    "passwordHash",
    "phoneNumber",
    "photoUrl",
    "provider",
    "providerUserInfo",
    "requestType",
    "returnOobLink",
    "salt",
    "signerKey",
    "token",
    "users",
    "validSince",
]
PLAUSIBLE = st.sampled_from(
    [
        "ann@example.org",
        "secret1",
        "ann",
        ["ann"],
        [{"localId": "ann", "email": "ann@example.org"}],
        [{"localId": "bob", "providerUserInfo": [{"providerId": "x", "rawId": 1}], "passwordHash": "%%"}],
        "PASSWORD_RESET",
        "VERIFY_EMAIL",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.",
        "a.b.c",
        '{"uid": "ann"}',
        '{"uid": 5}',
        '{"admin": true}',
        '{"sub": 1}',
        "[" * 5_000,
        "9" * 5_000,
        True,
    ]
)
BODIES = st.dictionaries(st.sampled_from(FIELDS), PLAUSIBLE | PLAUSIBLE | JSON, max_size=6)


@bounded
@given(method=st.sampled_from(CLIENT), body=BODIES | JSON)
def test_any_json_of_a_client_is_served_or_refused(victim: Victim, method: str, body: Any) -> None:
    path = f"{API}/accounts:{method}?key=demo"
    assert_told(ask(victim["auth"], "POST", path, json.dumps(body).encode()))
    victim.check()


@bounded
@given(
    method=st.sampled_from(ADMIN),
    project=st.sampled_from([PROJECT, "%00", "é".encode().hex(), "a" * 3_000]),
    body=BODIES | JSON,
)
def test_any_json_of_an_administrator_is_served_or_refused(
    victim: Victim, method: str, project: str, body: Any
) -> None:
    path = f"{API}/projects/{project}/accounts{method}"
    assert_told(ask(victim["auth"], "POST", path, json.dumps(body).encode(), OWNER))
    victim.check()


@bounded
@given(
    target=st.sampled_from(
        [
            f"{API}/accounts:signUp",
            f"{API}/projects/{PROJECT}/accounts:update",
            "/securetoken.googleapis.com/v1/token",
        ]
    ),
    body=st.sampled_from(NOT_JSON) | st.binary(max_size=20),
    coding=st.sampled_from(
        [
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "x; charset=nonsense",
        ]
    ),
)
def test_what_is_no_json_is_refused(victim: Victim, target: str, body: bytes, coding: str) -> None:
    assert_told(ask(victim["auth"], "POST", target, body, OWNER | {"Content-Type": coding}))
    victim.check()


@bounded
@given(
    target=st.sampled_from(
        ["/emulator/action", f"{API}/projects/{PROJECT}/accounts:batchGet", f"{API}/projects", "/%ff"]
    ),
    query=st.dictionaries(
        st.sampled_from(["mode", "oobCode", "continueUrl", "newPassword", "maxResults", "nextPageToken"]),
        TEXTS
        | WHOLE.map(str)
        | st.sampled_from(["resetPassword", "verifyEmail", "9" * 5_000, "http://x/\r\nA: b"]),
    ).map(lambda query: urlencode(query, quote_via=quote)),
)
def test_any_address_is_served_or_refused(victim: Victim, target: str, query: str) -> None:
    assert_told(ask(victim["auth"], "GET", f"{target}?{query}", headers=OWNER))
    victim.check()
