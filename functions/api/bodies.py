"""Bodies of requests, read strictly: what Firestore can't hold is refused here, with the field's name."""

import json
from typing import Any

from flask import Request

from contract.errors import InvalidTask
from functions.api.problems import Problem

MOST_BYTES = 1 << 20
MOST_DEPTH = 20
SMALLEST, LARGEST = -(2**63), 2**63 - 1


def read_body(request: Request) -> dict[str, Any]:
    """The JSON object that a request brings. Raises `Problem` (400, 413, 415, 422)."""
    data = request.get_data(cache=True)
    if request.mimetype != "application/json":
        raise Problem(
            "not-json",
            f"Content-Type is {request.mimetype or 'missing'!r:.100}, but must be application/json",
            field="Content-Type",
            value=request.mimetype or None,
            accepted="application/json",
        )
    try:
        body = json.loads(data.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Problem("malformed", f"the body is no JSON in UTF-8 ({error})") from error
    if not isinstance(body, dict):
        raise Problem.of(InvalidTask("body", type(body).__name__, "a JSON object"))
    _check(body, [])
    return body


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _check(value: Any, path: list[str]) -> None:
    field = ".".join(path)
    if len(path) > MOST_DEPTH:
        raise Problem.of(InvalidTask(".".join(path[:3]), "a deep tree", f"at most {MOST_DEPTH} levels deep"))
    if isinstance(value, dict):
        for name, part in value.items():
            _check_text(name, ".".join([*path, "a name"]))
            _check(part, [*path, name])
    elif isinstance(value, list):
        for number, part in enumerate(value):
            _check(part, [*path, str(number)])
    elif isinstance(value, str):
        _check_text(value, field)
    elif isinstance(value, int) and not SMALLEST <= value <= LARGEST:
        raise Problem.of(InvalidTask(field, value, "a number of at most 64 bits"))
    elif value in (float("inf"), float("-inf")):
        raise Problem.of(InvalidTask(field, str(value), "a finite number"))


def _check_text(text: str, field: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Problem.of(InvalidTask(field, text, "whole Unicode characters, no halves of one")) from None
