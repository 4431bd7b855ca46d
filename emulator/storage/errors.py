"""The error that both APIs of Storage answer with."""

from __future__ import annotations


class StorageError(Exception):
    """A refusal: HTTP status, the reason in the JSON API's words, and what to tell the caller."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


def invalid(message: str) -> StorageError:
    """400: the request can't be understood or its values aren't allowed."""
    return StorageError(400, "invalid", message)


def not_found(bucket: str, name: str) -> StorageError:
    """404: there is no such object."""
    return StorageError(404, "notFound", f"No such object: {bucket}/{name}")


def condition_not_met() -> StorageError:
    """412: a generation or metageneration isn't what the caller expects."""
    message = "At least one of the pre-conditions you specified did not hold."
    return StorageError(412, "conditionNotMet", message)
