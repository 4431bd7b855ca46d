"""Methods of strings and bytes. https://firebase.google.com/docs/reference/rules/rules.String"""

from __future__ import annotations

import base64
from typing import Final

from emulator.rules.errors import EvaluationError
from emulator.rules.methods.signature import Signature, Table
from emulator.rules.regex import compiled

_TEXT: Final = ("string",)


def split(text: str, pattern: str) -> list[str]:
    """The pieces between the matches; a match of nothing at either end makes no piece."""
    pieces, begin = [], 0
    for start, end in compiled(pattern).find_all(text):
        if end == 0 or start == end == len(text):
            continue
        pieces.append(text[begin:start])
        begin = end
    return [*pieces, text[begin:]]


def replace(text: str, pattern: str, substitute: str) -> str:
    """Every match becomes `substitute`, taken literally."""
    pieces, begin = [], 0
    for start, end in compiled(pattern).find_all(text):
        pieces += [text[begin:start], substitute]
        begin = end
    return "".join([*pieces, text[begin:]])


def to_utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise EvaluationError("The string holds half of a surrogate pair.") from None


STRING: Final[Table] = {
    "lower": Signature(lambda text: text.lower()),
    "matches": Signature(lambda text, pattern: compiled(pattern).full_match(text), (_TEXT,)),
    "replace": Signature(replace, (_TEXT, _TEXT)),
    "size": Signature(len),
    "split": Signature(split, (_TEXT,)),
    "toUtf8": Signature(to_utf8),
    "trim": Signature(lambda text: text.strip()),
    "upper": Signature(lambda text: text.upper()),
}

BYTES: Final[Table] = {
    "size": Signature(len),
    "toBase64": Signature(lambda data: base64.urlsafe_b64encode(data).decode()),
    "toHexString": Signature(lambda data: data.hex().upper()),
}
