"""JSON as it comes in requests."""

from __future__ import annotations

import json
import re
from typing import Any

_HALF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")  # perhaps: one half of a surrogate pair


def parse(data: bytes | str) -> Any:
    """What the text says; nothing counts as an empty object. Bytes are UTF-8, whatever a header may claim.

    Raises ValueError, also for what is nested too deeply to be read, and for text that is no Unicode.
    """
    text = data if isinstance(data, str) else data.decode()
    try:
        value = json.loads(text or "{}")
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if _HALF_A_PAIR.search(text):
        json.dumps(value, ensure_ascii=False).encode()
    return value
