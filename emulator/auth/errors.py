"""The error that Auth answers with."""

from __future__ import annotations


class AuthError(Exception):
    """A refusal in the words of the Identity Toolkit API, by which the SDKs know it (`EMAIL_EXISTS`, …)."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status
