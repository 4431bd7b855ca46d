"""JSON as it comes in requests."""

from __future__ import annotations

import json
from typing import Any


def parse(data: bytes | str) -> Any:
    """What the text says; nothing counts as an empty object. Bytes are UTF-8, whatever a header may claim.

    Raises ValueError, also for what is nested too deeply to be read.
    """
    try:
        return json.loads(data or "{}")
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
