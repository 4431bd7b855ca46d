"""What the client SDKs call: `/identitytoolkit.googleapis.com/v1/accounts:…`."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from emulator.auth.accounts import Account, AccountStore
from emulator.auth.body import Body
from emulator.auth.errors import AuthError
from emulator.auth.mail import Mail
from emulator.auth.passwords import verify_password
from emulator.auth.profile import (
    checked_email,
    edit,
    hashed,
    new_account,
    providers_of,
    set_password,
    show,
)
from emulator.auth.sessions import Sessions
from emulator.caller import decode_claims

KIND = "identitytoolkit#"


class ClientApi:
    """Each public method answers the request of its name; e-mail enumeration protection is on."""

    def __init__(self, accounts: AccountStore, sessions: Sessions, mail: Mail, base_url: str) -> None:
        self._base_url = base_url
        self._accounts, self._sessions, self._mail = accounts, sessions, mail
        self._project = sessions.project

    async def sign_up(self, body: Body) -> dict[str, Any]:
        """A new anonymous user; with e-mail and password one who can come back; with an ID token too, the
        anonymous user of that token gets them."""
        token, email, password = body.text("idToken"), body.text("email"), body.text("password")
        if email is None and (password is not None or token):
            raise AuthError("MISSING_EMAIL")
        if email is not None and password is None:
            raise AuthError("MISSING_PASSWORD")
        password_hash = await hashed(password)
        if email is not None and self._accounts.by_email(self._project, checked_email(email)):
            raise AuthError("EMAIL_EXISTS")
        account = self._sessions.account_of(token) if token else new_account()
        edit(account, body, password_hash)
        if token:
            self._accounts.save(self._project, account)
        else:
            self._accounts.insert(self._project, account)
        tokens = self._sessions.start(account, "password" if email else "anonymous")
        return {"kind": KIND + "SignupNewUserResponse"} | _who(account) | tokens

    async def sign_in_with_password(self, body: Body) -> dict[str, Any]:
        email, password = body.text("email"), body.text("password")
        if email is None:
            raise AuthError("MISSING_EMAIL")
        if password is None:
            raise AuthError("MISSING_PASSWORD")
        account = self._accounts.by_email(self._project, checked_email(email))
        if account is None or account.password_hash is None:
            raise AuthError("INVALID_LOGIN_CREDENTIALS")
        matches = await asyncio.to_thread(verify_password, password, account.password_hash)
        # Read again: much may have happened while the password was checked.
        checked, account = account, self._accounts.by_uid(self._project, account.uid)
        if not matches or account is None or account.password_hash != checked.password_hash:
            raise AuthError("INVALID_LOGIN_CREDENTIALS")
        if account.disabled:
            raise AuthError("USER_DISABLED")
        tokens = self._sessions.start(account, "password")
        return {"kind": KIND + "VerifyPasswordResponse", "registered": True} | _who(account) | tokens

    async def sign_in_with_custom_token(self, body: Body) -> dict[str, Any]:
        token = body.text("token")
        if token is None:
            raise AuthError("MISSING_CUSTOM_TOKEN")
        uid, extra = _custom_token(token)
        account = self._accounts.by_uid(self._project, uid)
        is_new = account is None
        if account is None:
            account = new_account(uid, custom=True)
            self._accounts.insert(self._project, account)
        if account.disabled:
            raise AuthError("USER_DISABLED")
        tokens = self._sessions.start(account, "custom", extra)
        return {"kind": KIND + "VerifyCustomTokenResponse", "isNewUser": is_new} | tokens

    async def lookup(self, body: Body) -> dict[str, Any]:
        account = self._account(body)
        return {"kind": KIND + "GetAccountInfoResponse", "users": [show(account)]}

    async def update(self, body: Body) -> dict[str, Any]:
        """Changes the profile of the token's user, or redeems a code that was sent by e-mail."""
        code = body.text("oobCode")
        if code is not None:
            account = self._mail.redeem(code)
            self._accounts.save(self._project, account)
            return {"kind": KIND + "SetAccountInfoResponse", "emailVerified": True} | _who(account)
        password_hash = await hashed(body.text("password"))
        account = self._account(body)
        sign_in = body.text("email") is not None or password_hash is not None
        edit(account, body, password_hash)
        if sign_in:
            account.valid_since = int(time.time())
        self._accounts.save(self._project, account)
        answer = {"kind": KIND + "SetAccountInfoResponse", "emailVerified": account.email_verified}
        answer |= _who(account) | {"providerUserInfo": providers_of(account)}
        if sign_in or body.flag("returnSecureToken"):
            answer |= self._sessions.start(account, "password" if account.password_hash else "anonymous")
        return answer

    async def delete(self, body: Body) -> dict[str, Any]:
        account = self._account(body)
        self._accounts.delete(self._project, account.uid)
        self._sessions.forget_user(account.uid)
        return {"kind": KIND + "DeleteAccountResponse"}

    async def create_auth_uri(self, body: Body) -> dict[str, Any]:
        """Tells nothing of who exists, as projects with enumeration protection don't."""
        if body.text("identifier") is None:
            raise AuthError("MISSING_IDENTIFIER")
        return {"kind": KIND + "CreateAuthUriResponse", "sessionId": secrets.token_urlsafe(20)}

    async def send_oob_code(self, body: Body) -> dict[str, Any]:
        token = body.text("idToken")
        account = self._sessions.account_of(token) if token else None
        address = self._mail.send(body, account, self._base_url)
        return {"kind": KIND + "GetOobConfirmationCodeResponse", "email": address}

    async def reset_password(self, body: Body) -> dict[str, Any]:
        """Checks a code, and with a new password redeems it."""
        code, password = body.text("oobCode"), body.text("newPassword")
        if code is None:
            raise AuthError("MISSING_OOB_CODE")
        password_hash = await hashed(password)
        sent = self._mail.look_at(code)
        if password_hash is not None:
            account = self._mail.redeem(code, "PASSWORD_RESET")
            set_password(account, password_hash)
            account.valid_since = int(time.time())
            self._accounts.save(self._project, account)
        answer = {"kind": KIND + "ResetPasswordResponse", "requestType": sent.request, "email": sent.email}
        return answer | ({"newEmail": sent.new_email} if sent.new_email else {})

    async def open_link(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Does what a link sent by e-mail is for; `newPassword` is added to it by hand."""
        if query.get("mode") == "resetPassword" and not query.get("newPassword"):
            raise AuthError("MISSING_PASSWORD : add &newPassword=… to the link")
        body = Body({"oobCode": query.get("oobCode", ""), "newPassword": query.get("newPassword", "")})
        return await (self.reset_password(body) if query.get("newPassword") else self.update(body))

    def _account(self, body: Body) -> Account:
        token = body.text("idToken")
        if token is None:
            raise AuthError("INVALID_ID_TOKEN")
        return self._sessions.account_of(token)


def _who(account: Account) -> dict[str, str]:
    named = {"email": account.email, "displayName": account.display_name, "photoUrl": account.photo_url}
    return {"localId": account.uid} | {name: value for name, value in named.items() if value}


def _custom_token(token: str) -> tuple[str, dict[str, Any]]:
    """User id and claims of a custom token, signed or not, or of plain JSON `{"uid": …, "claims": …}`."""
    try:
        claims = json.loads(token) if token.startswith("{") else decode_claims(token)
    except ValueError:
        raise AuthError("INVALID_CUSTOM_TOKEN : the token is neither a JWT nor a JSON object") from None
    uid, extra = claims.get("uid"), claims.get("claims") or {}
    if not isinstance(uid, str) or not uid or not isinstance(extra, dict):
        raise AuthError("INVALID_CUSTOM_TOKEN : the token has no `uid`, or `claims` isn't an object")
    return uid, extra
