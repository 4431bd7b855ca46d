"""Which documents a trigger is for: `queue/{task}`, `rooms/{room}/messages/{message=*}`, `logs/{rest=**}`.

https://cloud.google.com/eventarc/docs/path-patterns
"""

from __future__ import annotations

import re

_CAPTURE = re.compile(r"\{[^/{}=]+(?:=([^/{}]+))?\}")


class DocumentPattern:
    """A path pattern. Raises ValueError for one that no document can match."""

    def __init__(self, text: str) -> None:
        self.text = text.strip("/")
        if not self.text or any(not segment for segment in self.text.split("/")):
            raise ValueError(f"the document pattern {text!r} has an empty segment")
        self._expression = re.compile("/".join(map(_segment, self.text.split("/"))) + r"\Z")

    def matches(self, path: str) -> bool:
        """`path` is relative to the database's documents: `queue/t1`."""
        return self._expression.match(path) is not None


def _segment(segment: str) -> str:
    """One segment as a regular expression: a capture stands for its wildcard, `*` if it names none."""
    wild = _CAPTURE.sub(lambda capture: capture[1] or "*", segment)
    if wild == "**":
        return r".+"
    return "[^/]*".join(re.escape(part) for part in wild.split("*")) if wild != "*" else "[^/]+"
