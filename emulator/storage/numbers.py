"""Numbers that requests bear."""

from __future__ import annotations

import re

from emulator.storage.errors import invalid

_DIGITS = re.compile(r"[0-9]{1,18}")


def whole_number(name: str, text: str) -> int:
    """A size, an offset or a generation: 0 to 10^18 - 1. Raises StorageError (400) naming the parameter."""
    if not _DIGITS.fullmatch(text):
        raise invalid(f"{name} is {text!r:.40}; it must be a whole number of up to 18 digits")
    return int(text)
