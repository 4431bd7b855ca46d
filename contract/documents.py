"""What every document has in common: a model of its fields, and how a bad one is told."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, WithJsonSchema

from contract.errors import InvalidTask

# Firestore's own timestamp type in the page, a timezone-aware datetime in Python.
Timestamp = Annotated[datetime, WithJsonSchema({"tsType": "Timestamp"})]


class Document(BaseModel):
    """A Firestore document, or a map inside one, parsed once at the edge."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    @classmethod
    def parse(cls, data: Mapping[str, Any], within: str = "") -> Self:
        """A typed document from Firestore's fields; `InvalidTask` names the first bad field.

        `within` is put before the field's name when `data` is a map inside a larger document.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise invalid(error, within) from None

    def fields(self) -> dict[str, Any]:
        """The fields to write, without those that are None."""
        return self.model_dump(exclude_none=True, mode="python")


def invalid(error: ValidationError, within: str = "") -> InvalidTask:
    """The first field that pydantic found wrong, as an error with its value and what is accepted."""
    problems = error.errors(include_url=False)
    first = problems[0]
    field = ".".join(([within] if within else []) + _path(first["loc"]))
    if first["type"] == "missing":
        return InvalidTask(field, None, "there")
    if first["type"] == "extra_forbidden":
        return InvalidTask(field, first["input"], "left out: there is no such option")
    # A field of several types has one problem for each type that was tried.
    accepted = [
        _accepted(problem["msg"]) for problem in problems if _path(problem["loc"]) == _path(first["loc"])
    ]
    return InvalidTask(field, first["input"], " or ".join(accepted))


def _path(location: tuple[int | str, ...]) -> list[str]:
    """The way to a field; pydantic adds the name of the type that was tried, which is no part of it."""
    return [
        str(part) for part in location if not re.fullmatch(r"(constrained-)?(int|str|float|bool)", str(part))
    ]


def _accepted(message: str) -> str:
    """pydantic's 'Input should be less than 5' as the end of 'x is 7, but must be …'."""
    for start in ("Input should be ", "String should have ", "Value should have ", "Value error, "):
        if message.startswith(start):
            rest = message.removeprefix(start)
            return f"of {rest}" if start.endswith("have ") else rest
    return message
