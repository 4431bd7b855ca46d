"""Every error of the API, as RFC 9457 problem details: one table, from which the documents are made, too."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from contract.errors import InvalidTask

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of error: its HTTP status, and what to do about it."""

    status: int
    title: str
    remedy: str


KINDS = {
    "malformed": Kind(400, "The body can't be read", "Send one JSON object in UTF-8."),
    "unauthenticated": Kind(
        401, "Who asks is unknown", "Send `Authorization: Bearer` with an API key or a Firebase ID token."
    ),
    "not-found": Kind(
        404, "There is no such thing", "Look at the path and the id; tasks of others are not shown."
    ),
    "not-allowed": Kind(405, "The path has no such method", "The header `Allow` lists those it has."),
    "conflict": Kind(
        409,
        "The id is another task's",
        "Choose a new id or Idempotency-Key, or repeat the request as it was.",
    ),
    "too-large": Kind(413, "The body is too large", "At most 1 MiB; pictures are uploaded by themselves."),
    "not-json": Kind(415, "The body isn't JSON", "Send `Content-Type: application/json`."),
    "invalid": Kind(
        422,
        "A field can't be used",
        "`field` names it, `value` is what came, `accepted` what may come. Nothing was written.",
    ),
    "too-many": Kind(
        429,
        "More tasks than one user may ask for",
        "100 may wait at once, 500 are for a day. Nothing was written.",
    ),
    "too-fast": Kind(429, "Too many requests", "Wait for as many seconds as `Retry-After` says."),
    "broken": Kind(500, "An error that nobody foresaw", "The functions' log tells more; try again later."),
    "unavailable": Kind(
        503, "Firebase doesn't answer", "Repeat the request with its id or Idempotency-Key after a while."
    ),
}
BY_STATUS = {400: "malformed", 404: "not-found", 405: "not-allowed", 413: "too-large", 415: "not-json"}


class ProblemDetails(BaseModel):
    """The body of every error: RFC 9457, and the field that is at fault, where one is."""

    type: str = Field(description="The path of this kind of error's description")
    title: str
    status: int
    detail: str = Field(description="A sentence for people: what is wrong, and what to do")
    field: str | None = Field(None, description="The field that is at fault, such as `params.size`")
    value: Any = Field(None, description="What came in that field, shortened")
    accepted: str | None = Field(None, description="What may come in it")
    retry_after: int | None = Field(None, description="Seconds to wait, as in the header `Retry-After`")


class Problem(Exception):
    """Ends a request with an error of the table."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        value: object = None,
        accepted: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        kind = KINDS[code]
        self.status = kind.status
        self.details = ProblemDetails(
            type=f"/api/problems/{code}",
            title=kind.title,
            status=kind.status,
            detail=detail,
            field=field,
            value=_short(value),
            accepted=accepted,
            retry_after=retry_after,
        )

    @classmethod
    def of(cls, error: InvalidTask, within: str = "") -> "Problem":
        """What the contract refused; `within` is put before the field, as in `tasks.3`."""
        field = f"{within}.{error.field}" if within and error.field else error.field or within
        message = str(error)
        if within and error.field and message.startswith(error.field):
            message = f"{field}{message.removeprefix(error.field)}"
        return cls("invalid", message, field=field, value=error.value, accepted=error.accepted)


def _short(value: object) -> object:
    """A value as JSON can hold it, and no longer than somebody would read."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= 100 else f"{text[:80]}… ({len(text)} characters)"
