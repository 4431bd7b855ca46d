"""What the server keeps and refuses, seen on the wire."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from emulator.auth import AuthServer
from emulator.auth.passwords import hash_password, verify_password
from emulator.caller import decode_claims
from tests.emulator.auth.conftest import PROJECT
from tests.emulator.suite.running import call, run_node, running

ACCOUNTS = "/identitytoolkit.googleapis.com/v1/accounts"
TOKEN = "/securetoken.googleapis.com/v1/token"


def ask(address: str, method: str, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = call(address, "POST", f"{ACCOUNTS}:{method}?key=demo", body).json()
    return answer


def refusal(address: str, method: str, **body: Any) -> str:
    return str(ask(address, method, **body)["error"]["message"])


@pytest.mark.slow
def test_the_web_sdk_signs_up_in_and_out(address: str) -> None:
    run_node("storage_auth/auth.mjs", {"PROJECT": PROJECT, "AUTH_HOST": address})


def test_users_and_sessions_outlive_the_server(tmp_path: Path) -> None:
    with running(AuthServer(tmp_path, project=PROJECT)) as address:
        user = ask(address, "signUp", email="ann@example.test", password="secret1")
    with running(AuthServer(tmp_path, project=PROJECT)) as address:
        back = ask(address, "signInWithPassword", email="ann@example.test", password="secret1")
        assert back["localId"] == user["localId"]
        form = f"grant_type=refresh_token&refresh_token={user['refreshToken']}".encode()
        answer = call(address, "POST", TOKEN, form, {"Content-Type": "application/x-www-form-urlencoded"})
        fresh = answer.json()
        assert fresh["user_id"] == user["localId"]
        assert decode_claims(fresh["id_token"])["sub"] == user["localId"]


def test_secrets_aren_t_kept_as_they_are(tmp_path: Path) -> None:
    with running(AuthServer(tmp_path, project=PROJECT)) as address:
        user = ask(address, "signUp", email="ann@example.test", password="correct horse")
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"ann@example.test" in kept
    assert b"correct horse" not in kept
    assert user["refreshToken"].encode() not in kept


def test_a_password_matches_its_own_hash_only() -> None:
    first, second = hash_password("secret ü"), hash_password("secret ü")
    assert first != second
    assert verify_password("secret ü", first)
    assert not verify_password("secret u", first)


def test_refusals_are_in_the_words_of_the_api(address: str) -> None:
    ask(address, "signUp", email="ann@example.test", password="secret1")
    new = {"email": "new@example.test", "password": "secret1"}
    assert refusal(address, "signUp", **new | {"email": "ann@example.test"}) == "EMAIL_EXISTS"
    assert refusal(address, "signUp", **new | {"email": "nowhere"}) == "INVALID_EMAIL"
    assert refusal(address, "signUp", **new | {"password": "12345"}).startswith("WEAK_PASSWORD : ")
    assert refusal(address, "signUp", email="new@example.test") == "MISSING_PASSWORD"
    assert refusal(address, "signUp", password="secret1") == "MISSING_EMAIL"
    assert refusal(address, "signUp", email=7).startswith("Invalid value at 'email' (TYPE_STRING), 7")
    assert refusal(address, "signInWithPassword", **new) == "INVALID_LOGIN_CREDENTIALS"
    assert refusal(address, "lookup") == "INVALID_ID_TOKEN"
    assert refusal(address, "lookup", idToken="a.b.c") == "INVALID_ID_TOKEN"
    assert refusal(address, "signInWithIdp").startswith("OPERATION_NOT_ALLOWED : ")


def test_a_token_of_a_deleted_user_is_worth_nothing(address: str) -> None:
    user = ask(address, "signUp")
    ask(address, "delete", idToken=user["idToken"])
    assert refusal(address, "lookup", idToken=user["idToken"]) == "USER_NOT_FOUND"
    body = {"grant_type": "refresh_token", "refresh_token": user["refreshToken"]}
    assert call(address, "POST", TOKEN, body).json()["error"]["message"] == "INVALID_REFRESH_TOKEN"


def test_a_token_of_another_project_or_time_is_refused(address: str, tmp_path: Path) -> None:
    with running(AuthServer(tmp_path / "other", project="demo-other")) as other:
        foreign = ask(other, "signUp")["idToken"]
    assert refusal(address, "lookup", idToken=foreign) == "INVALID_ID_TOKEN"
    claims = decode_claims(ask(address, "signUp")["idToken"]) | {"exp": 1_700_000_000}
    assert refusal(address, "lookup", idToken=unsigned(claims)) == "TOKEN_EXPIRED"


def test_all_users_of_a_project_are_cleared(address: str) -> None:
    user = ask(address, "signUp", email="ann@example.test", password="secret1")
    assert call(address, "DELETE", f"/emulator/v1/projects/{PROJECT}/accounts").status == 200
    assert refusal(address, "lookup", idToken=user["idToken"]) == "USER_NOT_FOUND"
    ask(address, "signUp", email="ann@example.test", password="secret1")


def test_a_foreign_page_can_t_sign_up_or_clear(address: str) -> None:
    foreign = {"Origin": "https://evil.example"}
    assert call(address, "POST", f"{ACCOUNTS}:signUp", {}, foreign).status == 403
    assert call(address, "DELETE", f"/emulator/v1/projects/{PROJECT}/accounts", None, foreign).status == 403
    rebound = {"Host": "evil.example"}
    assert call(address, "POST", f"{ACCOUNTS}:signUp", {}, rebound).status == 403


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff"])
def test_a_body_that_isn_t_a_json_object_is_refused(address: str, body: bytes) -> None:
    answer = call(address, "POST", f"{ACCOUNTS}:signUp", body)
    assert answer.status == 400
    assert "Invalid JSON payload" in answer.json()["error"]["message"]


def unsigned(claims: dict[str, Any]) -> str:
    return f"e30.{urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}."
