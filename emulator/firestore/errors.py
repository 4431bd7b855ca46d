"""What a request can fail with: the canonical status codes, as Firestore uses them.

FirestoreError
├── InvalidArgument     400   the request is malformed
├── NotFound            404   a document that must exist doesn't
├── AlreadyExists       409   a document that mustn't exist does
├── PermissionDenied    403   the rules say no
├── ResourceExhausted   429   a limit is passed
├── FailedPrecondition  400   the document has changed, or an index is missing
├── Aborted             409   lost to another transaction; retry
├── Unimplemented       501   not supported here
├── Unavailable         503   the server is stopping; retry
├── Unauthenticated     401   the authorization header is malformed
└── Internal            500   the disk or the server failed
"""

from typing import ClassVar


class FirestoreError(Exception):
    """An answer other than OK. `code` is the gRPC status number, `http` its HTTP twin."""

    code: ClassVar[int] = 2
    http: ClassVar[int] = 500
    status: ClassVar[str] = "UNKNOWN"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def to_json(self) -> dict[str, object]:
        """The body of a REST or WebChannel error."""
        return {"error": {"code": self.http, "message": self.message, "status": self.status}}


class InvalidArgument(FirestoreError):
    code, http, status = 3, 400, "INVALID_ARGUMENT"


class NotFound(FirestoreError):
    code, http, status = 5, 404, "NOT_FOUND"


class AlreadyExists(FirestoreError):
    code, http, status = 6, 409, "ALREADY_EXISTS"


class PermissionDenied(FirestoreError):
    code, http, status = 7, 403, "PERMISSION_DENIED"


class ResourceExhausted(FirestoreError):
    code, http, status = 8, 429, "RESOURCE_EXHAUSTED"


class FailedPrecondition(FirestoreError):
    code, http, status = 9, 400, "FAILED_PRECONDITION"


class Aborted(FirestoreError):
    code, http, status = 10, 409, "ABORTED"


class Unimplemented(FirestoreError):
    code, http, status = 12, 501, "UNIMPLEMENTED"


class Internal(FirestoreError):
    code, http, status = 13, 500, "INTERNAL"


class Unauthenticated(FirestoreError):
    code, http, status = 16, 401, "UNAUTHENTICATED"


class Unavailable(FirestoreError):
    code, http, status = 14, 503, "UNAVAILABLE"
