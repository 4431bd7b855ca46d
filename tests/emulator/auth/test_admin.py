"""firebase-admin against the local Auth."""

from __future__ import annotations

import time
from typing import Any

import firebase_admin
import pytest
from firebase_admin import auth

from tests.emulator.auth.conftest import PROJECT
from tests.emulator.suite.running import call, until

IDENTITY = "/identitytoolkit.googleapis.com/v1"


def sign_up(address: str, **body: Any) -> dict[str, Any]:
    answer = call(address, "POST", f"{IDENTITY}/accounts:signUp?key=demo", {"returnSecureToken": True} | body)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


def refresh(address: str, token: str) -> Any:
    body = {"grant_type": "refresh_token", "refresh_token": token}
    return call(address, "POST", "/securetoken.googleapis.com/v1/token?key=demo", body)


def test_a_users_token_is_verified(address: str, admin: firebase_admin.App) -> None:
    user = sign_up(address)
    claims = auth.verify_id_token(user["idToken"], admin, check_revoked=True)
    assert (claims["uid"], claims["aud"]) == (user["localId"], PROJECT)
    assert claims["firebase"] == {"identities": {}, "sign_in_provider": "anonymous"}
    assert claims["exp"] - claims["iat"] == 3600


def test_custom_claims_come_with_the_next_token(address: str, admin: firebase_admin.App) -> None:
    user = sign_up(address)
    auth.set_custom_user_claims(user["localId"], {"moderator": True, "level": 3}, admin)
    fresh = refresh(address, user["refreshToken"]).json()["id_token"]
    claims = auth.verify_id_token(fresh, admin)
    assert (claims["moderator"], claims["level"]) == (True, 3)
    assert auth.get_user(user["localId"], admin).custom_claims == {"moderator": True, "level": 3}
    auth.set_custom_user_claims(user["localId"], None, admin)
    assert auth.get_user(user["localId"], admin).custom_claims in (None, {})


def test_a_user_is_made_found_changed_and_deleted(admin: firebase_admin.App) -> None:
    made = auth.create_user(
        uid="ann",
        email="Ann@Example.test",
        email_verified=True,
        password="secret1",
        phone_number="+15555550100",
        display_name="Ann",
        photo_url="http://localhost/ann.png",
        app=admin,
    )
    assert (made.uid, made.email, made.email_verified) == ("ann", "ann@example.test", True)
    assert auth.get_user_by_email("ANN@example.test", admin).uid == "ann"
    assert auth.get_user_by_phone_number("+15555550100", admin).uid == "ann"
    assert [entry.provider_id for entry in made.provider_data] == ["password", "phone"]
    changed = auth.update_user(
        "ann",
        display_name=auth.DELETE_ATTRIBUTE,
        phone_number=auth.DELETE_ATTRIBUTE,
        disabled=True,
        app=admin,
    )
    assert (changed.display_name, changed.phone_number, changed.disabled) == (None, None, True)
    assert changed.photo_url == "http://localhost/ann.png"
    auth.delete_user("ann", admin)
    with pytest.raises(auth.UserNotFoundError):
        auth.get_user("ann", admin)


def test_what_must_be_unique_is(admin: firebase_admin.App) -> None:
    auth.create_user(uid="ann", email="ann@example.test", phone_number="+15555550100", app=admin)
    with pytest.raises(auth.UidAlreadyExistsError):
        auth.create_user(uid="ann", app=admin)
    with pytest.raises(auth.EmailAlreadyExistsError):
        auth.create_user(email="ANN@example.test", app=admin)
    with pytest.raises(auth.PhoneNumberAlreadyExistsError):
        auth.create_user(phone_number="+15555550100", app=admin)
    other = auth.create_user(app=admin)
    with pytest.raises(auth.EmailAlreadyExistsError):
        auth.update_user(other.uid, email="ann@example.test", app=admin)


def test_all_users_are_listed_page_by_page(admin: firebase_admin.App) -> None:
    made = {auth.create_user(app=admin).uid for _ in range(5)}
    page = auth.list_users(max_results=2, app=admin)
    assert len(page.users) == 2
    listed = [user.uid for user in page.iterate_all()]
    assert listed == sorted(made)


def test_several_users_are_found_and_deleted_at_once(admin: firebase_admin.App) -> None:
    ann = auth.create_user(email="ann@example.test", app=admin)
    bob = auth.create_user(app=admin)
    wanted = [
        auth.EmailIdentifier("ann@example.test"),
        auth.UidIdentifier(bob.uid),
        auth.UidIdentifier("none"),
    ]
    found = auth.get_users(wanted, admin)
    assert {user.uid for user in found.users} == {ann.uid, bob.uid}
    assert [missing.uid for missing in found.not_found] == ["none"]
    assert auth.delete_users([ann.uid, bob.uid, "none"], admin).success_count == 3
    assert auth.list_users(app=admin).users == []


def test_users_are_imported_without_passwords_of_other_makes(admin: firebase_admin.App) -> None:
    users = [
        auth.ImportUserRecord("ann", email="ann@example.test", custom_claims={"a": 1}),
        auth.ImportUserRecord("bob", password_hash=b"hash"),
    ]
    result = auth.import_users(users, hash_alg=auth.UserImportHash.standard_scrypt(1, 1, 1, 1), app=admin)
    assert (result.success_count, result.failure_count) == (1, 1)
    assert "can't be imported here" in result.errors[0].reason
    assert auth.get_user("ann", admin).custom_claims == {"a": 1}


def test_revoked_sessions_end(address: str, admin: firebase_admin.App) -> None:
    user = sign_up(address)
    # Revocation has the resolution of a second.
    issued = auth.verify_id_token(user["idToken"], admin)["iat"]
    until(lambda: int(time.time()) > issued)
    auth.revoke_refresh_tokens(user["localId"], admin)
    with pytest.raises(auth.RevokedIdTokenError):
        auth.verify_id_token(user["idToken"], admin, check_revoked=True)
    assert refresh(address, user["refreshToken"]).json()["error"]["message"] == "TOKEN_EXPIRED"


def test_a_disabled_user_is_locked_out(address: str, admin: firebase_admin.App) -> None:
    user = sign_up(address, email="ann@example.test", password="secret1")
    auth.update_user(user["localId"], disabled=True, app=admin)
    assert refresh(address, user["refreshToken"]).json()["error"]["message"] == "USER_DISABLED"
    credentials = {"email": "ann@example.test", "password": "secret1"}
    answer = call(address, "POST", f"{IDENTITY}/accounts:signInWithPassword", credentials)
    assert answer.json()["error"]["message"] == "USER_DISABLED"


def test_a_custom_token_of_the_server_signs_a_user_in(address: str, admin: firebase_admin.App) -> None:
    token = auth.create_custom_token("painter", {"studio": 7}, admin).decode()
    answer = call(address, "POST", f"{IDENTITY}/accounts:signInWithCustomToken", {"token": token}).json()
    claims = auth.verify_id_token(answer["idToken"], admin)
    assert (claims["uid"], claims["studio"]) == ("painter", 7)
    assert answer["isNewUser"] is True
    assert auth.get_user("painter", admin).uid == "painter"


def test_a_link_to_reset_the_password_does_so(address: str, admin: firebase_admin.App) -> None:
    auth.create_user(email="ann@example.test", password="secret1", app=admin)
    link = auth.generate_password_reset_link("ann@example.test", app=admin)
    path = link.partition(address)[2]
    assert "newPassword" in call(address, "GET", path).json()["error"]["message"]
    assert call(address, "GET", f"{path}&newPassword=secret2").status == 200
    credentials = {"email": "ann@example.test", "password": "secret2"}
    assert call(address, "POST", f"{IDENTITY}/accounts:signInWithPassword", credentials).status == 200
    with pytest.raises(auth.EmailNotFoundError):
        auth.generate_password_reset_link("nobody@example.test", app=admin)


def test_projects_don_t_see_each_others_users(address: str, admin: firebase_admin.App) -> None:
    other = firebase_admin.initialize_app(options={"projectId": "demo-other"}, name="other")
    auth.create_user(uid="ann", email="ann@example.test", app=admin)
    auth.create_user(uid="ann", email="ann@example.test", app=other)
    auth.delete_user("ann", other)
    assert auth.get_user("ann", admin).uid == "ann"
    firebase_admin.delete_app(other)


def test_administration_needs_credentials(address: str) -> None:
    answer = call(address, "POST", f"{IDENTITY}/projects/{PROJECT}/accounts:lookup", {"localId": ["x"]})
    assert answer.status == 401
