"""Generation and metageneration preconditions of the JSON API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.storage.errors import StorageError, condition_not_met
from emulator.storage.numbers import whole_number
from emulator.storage.resource import ObjectRecord


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What the caller expects of the object as it is. Generation 0 means that there is none."""

    generation: int | None = None
    not_generation: int | None = None
    metageneration: int | None = None
    not_metageneration: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str], prefix: str = "if") -> Preconditions:
        """From `ifGenerationMatch=…` and its kin; a copy's source has them under `ifSource`.

        Raises StorageError (400).
        """
        return cls(
            _number(query, f"{prefix}GenerationMatch"),
            _number(query, f"{prefix}GenerationNotMatch"),
            _number(query, f"{prefix}MetagenerationMatch"),
            _number(query, f"{prefix}MetagenerationNotMatch"),
        )

    def check_write(self, current: ObjectRecord | None) -> None:
        """Raises StorageError (412) unless `current`, None where there is no object, is as expected."""
        if not (self._matches(current) and self._differs(current)):
            raise condition_not_met()

    def check_read(self, current: ObjectRecord) -> None:
        """As check_write, but something that the caller knows already is 304."""
        if not self._matches(current):
            raise condition_not_met()
        if not self._differs(current):
            raise StorageError(304, "notModified", "")

    def _matches(self, current: ObjectRecord | None) -> bool:
        generation, metageneration = _numbers_of(current)
        return self.generation in (None, generation) and self.metageneration in (None, metageneration)

    def _differs(self, current: ObjectRecord | None) -> bool:
        generation, metageneration = _numbers_of(current)
        return self.not_generation != generation and self.not_metageneration != metageneration


def _numbers_of(current: ObjectRecord | None) -> tuple[int, int]:
    return (current.generation, current.metageneration) if current else (0, 0)


def _number(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name)
    return None if value is None else whole_number(name, value)
