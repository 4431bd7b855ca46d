"""A JSON file's objects, read field by field. Every complaint names the file and the field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class ConfigError(ValueError):
    """firebase.json, or a file that it names, can't be used as it stands."""


class Section:
    """One JSON object of a file, which remembers where it stands so that errors can tell."""

    def __init__(self, file: Path, name: str, values: object) -> None:
        self.file, self.name = file, name
        if not isinstance(values, dict):
            raise ConfigError(f"{file}: {name or 'the file'} is {values!r:.80}; it must be a JSON object")
        self._values: dict[str, Any] = values

    def error(self, key: str, expected: str) -> ConfigError:
        return ConfigError(f"{self.file}: {self._path(key)} is {self._values.get(key)!r:.80}; {expected}")

    def has(self, key: str) -> bool:
        return self._values.get(key) is not None

    def is_list(self, key: str) -> bool:
        return isinstance(self._values.get(key), list)

    def is_object(self, key: str) -> bool:
        return isinstance(self._values.get(key), dict)

    def text(self, key: str) -> str | None:
        return self._typed(key, str, "it must be a string")

    def required_text(self, key: str) -> str:
        value = self.text(key)
        if not value:
            raise self.error(key, "it must be a string that isn't empty")
        return value

    def flag(self, key: str) -> bool | None:
        return self._typed(key, bool, "it must be true or false")

    def number(self, key: str, default: int, low: int, high: int) -> int:
        expected = f"it must be a whole number from {low} to {high}"
        value = self._typed(key, int, expected)
        if value is None:
            return default
        if isinstance(value, bool) or not low <= value <= high:
            raise self.error(key, expected)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._typed(key, list, "it must be a list of strings") or []
        if not all(isinstance(value, str) for value in values):
            raise self.error(key, "it must be a list of strings")
        return tuple(values)

    def section(self, key: str) -> Section | None:
        if self.is_list(key):
            raise self.error(key, "several of them aren't supported here: it must be one JSON object")
        return Section(self.file, self._path(key), self._values[key]) if self.has(key) else None

    def sections(self, key: str) -> Iterator[Section]:
        for i, value in enumerate(self._typed(key, list, "it must be a list of objects") or []):
            yield Section(self.file, f"{self._path(key)}[{i}]", value)

    def file_path(self, key: str) -> Path | None:
        """A path relative to firebase.json, which must exist."""
        value = self.text(key)
        if value is None:
            return None
        path = (self.file.parent / value).resolve()
        if not path.is_file():
            raise self.error(key, f"there is no file {path}")
        return path

    def _path(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _typed(self, key: str, kind: type[T], expected: str) -> T | None:
        value = self._values.get(key)
        if value is not None and not isinstance(value, kind):
            raise self.error(key, expected)
        return value


def read_json(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such file; name yours with --config") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: it isn't JSON: {error}") from None
