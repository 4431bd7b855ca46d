"""Sets of characters: what brackets, classes and escapes of a regular expression stand for."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

LAST_CODE: Final = 0x10FFFF
_DIGIT: Final = ((48, 57),)
_SPACE: Final = ((9, 10), (12, 13), (32, 32))
_WORD: Final = ((48, 57), (65, 90), (95, 95), (97, 122))
PERL: Final = {"d": _DIGIT, "s": _SPACE, "w": _WORD}
POSIX: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": _DIGIT,
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": _WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
CONTROL: Final = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}


@dataclass(frozen=True, slots=True)
class CharSet:
    """One character out of some."""

    ranges: tuple[tuple[int, int], ...] = ()
    categories: tuple[tuple[str, bool], ...] = ()
    """Prefixes of Unicode general categories, and whether they are meant (True) or excluded (False)."""
    negated: bool = False
    fold: bool = False

    def matches(self, char: str) -> bool:
        if self._holds(char):
            return not self.negated
        if self.fold and any(
            len(other) == 1 and self._holds(other) for other in (char.lower(), char.upper())
        ):
            return not self.negated
        return self.negated

    def _holds(self, char: str) -> bool:
        code = ord(char)
        if any(low <= code <= high for low, high in self.ranges):
            return True
        if not self.categories:
            return False
        category = unicodedata.category(char)
        return any(category.startswith(prefix) is meant for prefix, meant in self.categories)


def complement(ranges: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    gaps, start = [], 0
    for low, high in sorted(ranges):
        if low > start:
            gaps.append((start, low - 1))
        start = high + 1
    return [*gaps, (start, LAST_CODE)] if start <= LAST_CODE else gaps
