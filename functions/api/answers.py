"""What every answer has: problem details for errors, and the headers that programs in browsers need."""

import logging
from typing import Any

from flask import Flask, Response, make_response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from contract.documents import invalid
from contract.errors import BrushfireError, InvalidTask, Unreachable
from functions.api.problems import BY_STATUS, MEDIA_TYPE, Problem
from listener.logs import log

# Whoever asks is named by a header that no browser adds by itself; so any page may ask.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, Retry-After",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "7200",
}


def answer(body: BaseModel, status: int = 200, **headers: str) -> Response:
    """A model as JSON; what is None is left out."""
    response = make_response(body.model_dump_json(exclude_none=True), status, headers)
    response.mimetype = "application/json"
    return response


def told(problem: Problem) -> Response:
    """An error as problem details."""
    details = problem.details
    response = make_response(details.model_dump_json(exclude_none=True), problem.status)
    response.mimetype = MEDIA_TYPE
    if details.retry_after is not None:
        response.headers["Retry-After"] = str(details.retry_after)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="brushfire"'
    return response


def not_valid(error: ValidationError) -> Response:
    """What a model refused."""
    return told(Problem.of(invalid(error)))


def install(app: Flask) -> None:
    """Every error of the application as problem details, and the headers on every answer."""

    @app.errorhandler(Problem)
    def problem(error: Problem) -> Response:
        return told(error)

    @app.errorhandler(InvalidTask)
    def refused(error: InvalidTask) -> Response:
        return told(Problem.of(error))

    @app.errorhandler(Unreachable)
    def unreachable(error: Unreachable) -> Response:
        log("api_unavailable", logging.WARNING, error=str(error))
        return told(
            Problem("unavailable", "Firebase doesn't answer; nothing may have been written", retry_after=5)
        )

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        code = BY_STATUS.get(error.code or 500)
        if error.response is not None or code is None:
            return error.get_response()
        response = told(Problem(code, f"{request.method} {request.path}: {error.description}"))
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        logging.getLogger(__name__).exception("%s %s", request.method, request.path)
        kind = type(error).__name__
        said = f": {error}" if isinstance(error, BrushfireError) else ""
        return told(Problem("broken", f"an error that nobody foresaw ({kind}{said})"))

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.update(CORS)
        if request.method == "OPTIONS":
            response.headers.update(PREFLIGHT)
        # Hosting would keep it for others.
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
