"""The path patterns of firebase.json: globs (`**`, `{a,b}`, `@(a|b)`, `:captures`) or regular expressions."""

from __future__ import annotations

import re

from emulator.config import Match

EXTENDED = re.compile(r"([@!+?*])\(")
CAPTURE = re.compile(r":([A-Za-z_]\w*)(\*)?")


class PathPattern:
    """One compiled pattern. Raises ValueError for an expression that can't be compiled."""

    def __init__(self, match: Match) -> None:
        try:
            if match.regex is not None:
                self._regex, self._whole = re.compile(match.regex), False
            else:
                self._regex, self._whole = re.compile(glob_to_regex(match.source or "")), True
        except re.error as error:
            raise ValueError(f"the pattern {match.regex or match.source!r} can't be read: {error}") from None

    def match(self, path: str) -> dict[str, str] | None:
        """The captures by name and number where `path` (`/a/b`) matches, else None."""
        found = self._regex.fullmatch(path.lstrip("/")) if self._whole else self._regex.search(path)
        if found is None:
            return None
        numbered = {str(i): value or "" for i, value in enumerate(found.groups(), 1)}
        return numbered | {name: value or "" for name, value in found.groupdict().items()}


def fill(destination: str, captures: dict[str, str]) -> str:
    """`destination` with `:name` and `:1` replaced by what was captured."""
    return re.sub(r":(\w+)\*?", lambda found: captures.get(found.group(1), found.group()), destination)


def glob_to_regex(glob: str) -> str:
    """The expression that a whole path without its leading slash must match."""
    text, closers, out, at = glob.lstrip("/"), list[str](), list[str](), 0
    while at < len(text):
        extended, capture = EXTENDED.match(text, at), CAPTURE.match(text, at)
        if text.startswith("**/", at):
            out.append("(?:.*/)?")
            at += 3
        elif text.startswith("**", at):
            out.append(".*")
            at += 2
        elif extended:
            opener, closer = _group(extended.group(1))
            out.append(opener)
            closers.append(closer)
            at += 2
        elif capture:
            out.append(f"(?P<{capture.group(1)}>{'.*' if capture.group(2) else '[^/]+'})")
            at = capture.end()
        else:
            out.append(_single(text[at], closers))
            at += 1
    return "".join(out)


def _group(kind: str) -> tuple[str, str]:
    """How an extended group (`@(…)`, `!(…)`, …) opens and closes."""
    if kind == "!":
        return "(?!(?:", ")(?:/|$))[^/]*"
    return "(?:", ")" + {"@": "", "+": "+", "?": "?", "*": "*"}[kind]


def _single(char: str, closers: list[str]) -> str:
    if char == "*":
        return "[^/]*"
    if char == "?":
        return "[^/]"
    if char == "{":
        closers.append(")")
        return "(?:"
    if char in "})" and closers:
        return closers.pop()
    if char in ",|" and closers:
        return "|"
    return re.escape(char)
