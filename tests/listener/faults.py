"""A bad line between the client and Firestore: answers that get lost on the way back."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest

from listener import firebase


class Lost(grpc.RpcError):  # type: ignore[misc]  # the library ships no types
    """What a client sees when the connection breaks before the answer: an error that is also a call."""

    def result(self) -> None:
        raise self

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        return "the answer was lost"

    def initial_metadata(self) -> tuple[()]:
        return ()

    def trailing_metadata(self) -> tuple[()]:
        return ()


class BadLine(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]
    """Applies a commit, then loses its answer, as often as `lose` says."""

    def __init__(self) -> None:
        self.lose = 0
        self.commits = 0

    def intercept_unary_unary(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        call = continuation(details, request)
        if details.method.endswith("/Commit"):
            self.commits += 1
            if self.lose > 0:
                call.result()
                self.lose -= 1
                raise Lost
        return call


def put_on(monkeypatch: pytest.MonkeyPatch) -> BadLine:
    """Every client made from now on speaks over a bad line."""
    line, good = BadLine(), firebase._FirestoreClient._channel
    monkeypatch.setattr(
        firebase._FirestoreClient, "_channel", lambda self: grpc.intercept_channel(good(self), line)
    )
    return line
