"""Codes that would go out by e-mail: a password to reset, an address to prove or to change.

Nothing is sent. The links are in the log and at `/emulator/v1/projects/{project}/oobCodes`; they last until
a restart.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from emulator.auth.accounts import Account, AccountStore
from emulator.auth.body import Body
from emulator.auth.errors import AuthError
from emulator.auth.profile import checked_email

log = logging.getLogger(__name__)

MODES = {
    "PASSWORD_RESET": "resetPassword",
    "VERIFY_EMAIL": "verifyEmail",
    "VERIFY_AND_CHANGE_EMAIL": "verifyAndChangeEmail",
}


@dataclass(frozen=True, slots=True)
class SentCode:
    code: str
    request: str
    email: str
    link: str
    new_email: str | None = None


class Mail:
    """The post office of one project."""

    def __init__(self, accounts: AccountStore, project: str) -> None:
        self._accounts, self._project = accounts, project
        self._sent: dict[str, SentCode] = {}

    def send(self, body: Body, account: Account | None, base_url: str) -> str:
        """Makes a code for `account`, or for the user of the e-mail named; returns the address.

        Its link is under `base_url`, where the caller reached Auth.

        A reset for an unknown address looks as if it had been sent, so that nobody can probe for users.
        Raises AuthError: MISSING_REQ_TYPE, MISSING_EMAIL, INVALID_EMAIL, EMAIL_EXISTS.
        """
        request, email = body.text("requestType"), body.text("email")
        if request not in MODES:
            raise AuthError(f"MISSING_REQ_TYPE : {request} isn't one of {', '.join(MODES)}")
        email = account.email if account else email
        if email is None:
            raise AuthError("MISSING_EMAIL")
        email = checked_email(email)
        if self._accounts.by_email(self._project, email) is None:
            return email
        new_email = body.text("newEmail")
        if new_email and self._accounts.by_email(self._project, checked_email(new_email)):
            raise AuthError("EMAIL_EXISTS")
        code = secrets.token_urlsafe(40)
        query = {"mode": MODES[request], "oobCode": code, "lang": "en", "apiKey": "demo"}
        query |= {"continueUrl": body.text("continueUrl") or ""}
        link = f"{base_url}/emulator/action?{urlencode({k: v for k, v in query.items() if v})}"
        self._sent[code] = SentCode(
            code, request, email, link, checked_email(new_email) if new_email else None
        )
        log.info("%s for %s: %s", MODES[request], email, link)
        return email

    def look_at(self, code: str) -> SentCode:
        """Raises AuthError (INVALID_OOB_CODE)."""
        if code not in self._sent:
            raise AuthError("INVALID_OOB_CODE")
        return self._sent[code]

    def redeem(self, code: str, request: str | None = None) -> Account:
        """Uses the code up; the account with its address proved or changed, not yet saved.

        Raises AuthError (INVALID_OOB_CODE), also for a code of another kind than `request`.
        """
        sent = self.look_at(code)
        account = self._accounts.by_email(self._project, sent.email)
        if account is None or request not in (None, sent.request):
            raise AuthError("INVALID_OOB_CODE")
        del self._sent[code]
        account.email = sent.new_email or account.email
        account.email_verified = True
        return account

    def all(self) -> list[dict[str, str]]:
        """What was sent and not yet used, the latest last, in the official emulator's words."""
        return [
            {"email": sent.email, "oobCode": sent.code, "oobLink": sent.link, "requestType": sent.request}
            for sent in self._sent.values()
        ]

    def link_for(self, email: str) -> str:
        """The link that was last sent to this address."""
        return next(sent.link for sent in reversed(self._sent.values()) if sent.email == email)
