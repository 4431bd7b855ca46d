"""What firebase-admin calls: `/identitytoolkit.googleapis.com/v1/projects/{project}/accounts…`."""

from __future__ import annotations

import json
from typing import Any

from emulator.auth.accounts import Account, AccountStore
from emulator.auth.body import Body
from emulator.auth.errors import AuthError
from emulator.auth.mail import Mail
from emulator.auth.profile import checked_email, edit, hashed, new_account, show
from emulator.auth.sessions import Sessions
from emulator.auth.tokens import RESERVED_CLAIMS

KIND = "identitytoolkit#"
LONGEST_CLAIMS = 1000


class AdminApi:
    """Each public method answers the request of its name for the project of its sessions."""

    def __init__(self, accounts: AccountStore, sessions: Sessions, mail: Mail, base_url: str) -> None:
        self._base_url = base_url
        self._accounts, self._sessions, self._mail = accounts, sessions, mail
        self._project = sessions.project

    async def create(self, body: Body) -> dict[str, Any]:
        account = await self._insert(body)
        return {"kind": KIND + "SignupNewUserResponse"} | show(account)

    async def lookup(self, body: Body) -> dict[str, Any]:
        """Those that exist among the ids, e-mails and phone numbers named."""
        named = [self._accounts.by_uid(self._project, uid) for uid in body.texts("localId")]
        named += [self._accounts.by_email(self._project, email) for email in body.texts("email")]
        named += [self._accounts.by_phone(self._project, phone) for phone in body.texts("phoneNumber")]
        users = [show(account) for account in named if account]
        return {"kind": KIND + "GetAccountInfoResponse"} | ({"users": users} if users else {})

    async def update(self, body: Body) -> dict[str, Any]:
        password_hash = await hashed(body.text("password"))
        account = self._account(body)
        self._edit(account, body, password_hash)
        self._accounts.save(self._project, account)
        return {"kind": KIND + "SetAccountInfoResponse"} | show(account)

    async def delete(self, body: Body) -> dict[str, Any]:
        self._forget(self._account(body).uid)
        return {"kind": KIND + "DeleteAccountResponse"}

    async def batch_delete(self, body: Body) -> dict[str, Any]:
        """Deletes those named; without `force` the enabled ones stay and are listed as errors."""
        errors = []
        for index, uid in enumerate(body.texts("localIds")):
            account = self._accounts.by_uid(self._project, uid)
            if account and not account.disabled and not body.flag("force"):
                message = "NOT_DISABLED : Disable the account before batch deletion."
                errors.append({"index": index, "localId": uid, "message": message})
            elif account:
                self._forget(uid)
        return {"errors": errors} if errors else {}

    async def batch_create(self, body: Body) -> dict[str, Any]:
        """Imports users. Password hashes can't be taken over: a user who has one is refused."""
        errors = []
        for index, user in enumerate(body.objects("users")):
            try:
                if user.has("passwordHash"):
                    raise AuthError("password hashes can't be imported here: import without, then reset")
                await self._insert(user)
            except AuthError as error:
                errors.append({"index": index, "message": error.message})
        return {"kind": KIND + "UploadAccountResponse"} | ({"error": errors} if errors else {})

    def batch_get(self, limit: int, page_token: str) -> dict[str, Any]:
        """A page of all users in the order of their ids."""
        page = self._accounts.after(self._project, page_token, limit)
        answer: dict[str, Any] = {"kind": KIND + "DownloadAccountResponse"}
        if page:
            answer["users"] = [show(account) for account in page]
        if len(page) == limit:
            answer["nextPageToken"] = page[-1].uid
        return answer

    async def send_oob_code(self, body: Body) -> dict[str, Any]:
        email = checked_email(body.text("email") or "")
        if self._accounts.by_email(self._project, email) is None:
            raise AuthError("EMAIL_NOT_FOUND")
        self._mail.send(body, None, self._base_url)
        return {"kind": KIND + "GetOobConfirmationCodeResponse", "email": email,
                "oobLink": self._mail.link_for(email)}  # fmt: skip

    def clear(self) -> None:
        """Deletes every user and session of the project."""
        self._accounts.clear(self._project)
        self._sessions.clear()

    async def _insert(self, body: Body) -> Account:
        account = new_account(body.text("localId"))
        self._edit(account, body, await hashed(body.text("password")))
        self._accounts.insert(self._project, account)
        return account

    def _edit(self, account: Account, body: Body, password_hash: str | None) -> None:
        edit(account, body, password_hash)
        account.phone = body.text("phoneNumber") or account.phone
        verified, valid_since = body.flag("emailVerified"), body.number("validSince")
        # A new user says `disabled`, a change says `disableUser`.
        disabled = body.flag("disableUser") if body.has("disableUser") else body.flag("disabled")
        account.email_verified = account.email_verified if verified is None else verified
        account.disabled = account.disabled if disabled is None else disabled
        account.valid_since = account.valid_since if valid_since is None else valid_since
        attributes = body.text("customAttributes")
        if attributes is not None:
            account.claims = _claims(attributes)

    def _account(self, body: Body) -> Account:
        uid = body.text("localId")
        if uid is None:
            raise AuthError("MISSING_LOCAL_ID")
        account = self._accounts.by_uid(self._project, uid)
        if account is None:
            raise AuthError("USER_NOT_FOUND")
        return account

    def _forget(self, uid: str) -> None:
        self._accounts.delete(self._project, uid)
        self._sessions.forget_user(uid)


def _claims(attributes: str) -> dict[str, Any]:
    if len(attributes) > LONGEST_CLAIMS:
        raise AuthError("CLAIMS_TOO_LARGE")
    try:
        claims = json.loads(attributes)
    except ValueError:
        raise AuthError("INVALID_CLAIMS") from None
    if not isinstance(claims, dict):
        raise AuthError("INVALID_CLAIMS")
    reserved = sorted(RESERVED_CLAIMS & claims.keys())
    if reserved:
        raise AuthError(f"FORBIDDEN_CLAIM : {reserved[0]}")
    return claims
