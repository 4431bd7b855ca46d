"""A request's JSON, read field by field with checked types."""

from __future__ import annotations

from typing import Any, TypeVar

from aiohttp import web

from emulator import json_text
from emulator.auth.errors import AuthError

T = TypeVar("T")


class Body:
    """One JSON object. A field of the wrong type raises AuthError as the real API words it."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    @classmethod
    async def of(cls, request: web.Request) -> Body:
        try:
            values = json_text.parse(await request.read())
        except ValueError as error:
            raise AuthError(f"Invalid JSON payload received. {error}") from None
        if not isinstance(values, dict):
            raise AuthError("Invalid JSON payload received. It must be a JSON object")
        return cls(values)

    def text(self, name: str) -> str | None:
        """A string; one that is empty counts as absent, as it does in protocol buffers."""
        return self._typed(name, str, "TYPE_STRING") or None

    def flag(self, name: str) -> bool | None:
        return self._typed(name, bool, "TYPE_BOOL")

    def number(self, name: str) -> int | None:
        """A whole number, which JSON of 64 bits carries as a string."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            number = int(value)
            if not -(1 << 63) <= number < 1 << 63:
                raise OverflowError
        except (TypeError, ValueError, OverflowError):
            raise self._error(name, "TYPE_INT64") from None
        return number

    def texts(self, name: str) -> list[str]:
        """A list of strings; a single string stands for a list of one."""
        value = self._values.get(name) or []
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise self._error(name, "TYPE_STRING list")
        return values

    def objects(self, name: str) -> list[Body]:
        values = self._typed(name, list, "list of objects") or []
        if not all(isinstance(value, dict) for value in values):
            raise self._error(name, "list of objects")
        return [Body(value) for value in values]

    def is_emptied(self, name: str) -> bool:
        """Whether the field is there as an empty string, which takes a value away."""
        return self._values.get(name) == ""

    def has(self, name: str) -> bool:
        return name in self._values

    def _typed(self, name: str, kind: type[T], expected: str) -> T | None:
        value = self._values.get(name)
        if value is not None and not isinstance(value, kind):
            raise self._error(name, expected)
        return value

    def _error(self, name: str, expected: str) -> AuthError:
        return AuthError(f"Invalid value at '{name}' ({expected}), {self._values[name]!r:.80}")
