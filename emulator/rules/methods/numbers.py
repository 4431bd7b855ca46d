"""The namespaces `math` and `hashing`, and the conversions `int()`, `float()` and `string()`.

https://firebase.google.com/docs/reference/rules/rules.math and .hashing. `math.isInfinite`, which the
reference names, is unknown to production; so it is here.
"""

from __future__ import annotations

import hashlib
import math
import re
import zlib
from collections.abc import Callable
from typing import Final

from emulator.rules.errors import EvaluationError
from emulator.rules.methods.signature import ANY, Signature, Table
from emulator.rules.methods.strings import to_utf8
from emulator.rules.operators import whole
from emulator.rules.values import Path, Value, type_name

_NUMBER: Final = ("number",)
_TEXT_OR_BYTES: Final = ("string", "bytes")
_CASTAGNOLI: Final = 0x82F63B78


def _to_whole(rounding: Callable[[float], int]) -> Callable[[float], int]:
    def convert(value: float) -> int:
        if not math.isfinite(value):
            raise EvaluationError(f"{value} has no integer.")
        return whole(rounding(value))

    return convert


def _square_root(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except ValueError:
        return math.nan
    except OverflowError:
        return math.inf


def to_int(value: Value) -> int:
    if type(value) is int:
        return value
    if type(value) is float:
        return _to_whole(math.trunc)(value)
    if type(value) is str and re.fullmatch(r"[+-]?[0-9]{1,19}", value):
        return whole(int(value))
    raise EvaluationError(f"int() takes a number or its digits; not {_shown(value)}.")


def to_float(value: Value) -> float:
    if type(value) in (int, float):
        return float(value)
    if type(value) is str and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", value):
        return float(value)
    raise EvaluationError(f"float() takes a number or its digits; not {_shown(value)}.")


def to_string(value: Value) -> str:
    if type(value) is str:
        return value
    if value is None or type(value) is bool:
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) in (int, float, Path):
        return str(value)
    raise EvaluationError(f"string() takes null, a bool, a number, a string or a path; not {_shown(value)}.")


def _shown(value: Value) -> str:
    return repr(value[:40]) if type(value) is str else f"a {type_name(value)}"


def _hash(digest: Callable[[bytes], bytes]) -> Signature:
    return Signature(lambda data: digest(to_utf8(data) if type(data) is str else data), (_TEXT_OR_BYTES,))


def _crc32c(data: bytes) -> bytes:
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (_CASTAGNOLI if remainder & 1 else 0)
    return (remainder ^ 0xFFFFFFFF).to_bytes(4, "little")


NAMESPACES: Final[dict[str, Table]] = {
    "math": {
        "abs": Signature(lambda value: whole(abs(value)) if type(value) is int else abs(value), (_NUMBER,)),
        "ceil": Signature(_to_whole(math.ceil), (_NUMBER,)),
        "floor": Signature(_to_whole(math.floor), (_NUMBER,)),
        "isNaN": Signature(lambda value: value != value, (_NUMBER,)),
        "pow": Signature(_power, (_NUMBER, _NUMBER)),
        "round": Signature(_to_whole(lambda value: math.floor(value + 0.5)), (_NUMBER,)),
        "sqrt": Signature(_square_root, (_NUMBER,)),
    },
    "hashing": {
        "crc32": _hash(lambda data: zlib.crc32(data).to_bytes(4, "little")),
        "crc32c": _hash(_crc32c),
        "md5": _hash(lambda data: hashlib.md5(data, usedforsecurity=False).digest()),
        "sha256": _hash(lambda data: hashlib.sha256(data).digest()),
    },
}

CONVERSIONS: Final[Table] = {
    "debug": Signature(lambda value: value, (ANY,)),
    "float": Signature(to_float, (ANY,)),
    "int": Signature(to_int, (ANY,)),
    "string": Signature(to_string, (ANY,)),
}
