"""Regular expressions as RE2 writes them: text → tree. https://github.com/google/re2/wiki/Syntax

Back references and look-around don't exist: without them every match takes time linear in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from emulator.rules.charsets import CONTROL, LAST_CODE, PERL, POSIX, CharSet, complement
from emulator.rules.errors import EvaluationError

MAX_REPEAT: Final = 1000
_MAX_NESTING: Final = 100

_QUOTED: Final = re.compile(r"\\Q(.*?)(?:\\E|\Z)|\\[^Q]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Assertion:
    """A place between characters: one of ^ $ A z b B; ^ and $ are those of multi-line mode."""

    kind: str


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    node: Node
    low: int
    high: int | None
    greedy: bool


Node = CharSet | Assertion | Sequence | Choice | Repeat


def parse(pattern: str) -> Node:
    """Raises `EvaluationError` where RE2 would refuse the pattern."""
    parser = _Parser(_QUOTED.sub(_unquoted, pattern))
    node = parser.choice("", 0)
    if parser.at < len(parser.pattern):
        raise parser.error("unmatched )")
    return node


def _unquoted(found: re.Match[str]) -> str:
    """`\\Q…\\E` is literal text."""
    return found[0] if found[1] is None else re.escape(found[1])


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def error(self, problem: str) -> EvaluationError:
        return EvaluationError(f"Invalid regular expression {self.pattern!r} at {self.at}: {problem}.")

    def peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def take(self, text: str) -> bool:
        found = self.peek(text)
        if found:
            self.at += len(text)
        return found

    def next(self) -> str:
        if self.at >= len(self.pattern):
            raise self.error("it ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def choice(self, flags: str, depth: int) -> Node:
        if depth > _MAX_NESTING:
            raise self.error("nested too deeply")
        options: list[Node] = []
        parts: list[Node] = []
        while self.at < len(self.pattern) and not self.peek(")"):
            if self.take("|"):
                options.append(Sequence(tuple(parts)))
                parts = []
            elif self.peek("(?") and (changed := self._flags_alone(flags)) is not None:
                flags = changed
            else:
                parts.append(self._repeated(self._atom(flags, depth), flags))
        options.append(Sequence(tuple(parts)))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _flags_alone(self, flags: str) -> str | None:
        """`(?i)`: holds from here to the end of the group."""
        end = self.pattern.find(")", self.at)
        text = self.pattern[self.at + 2 : end]
        if end < 0 or not text or set(text) - set("imsU-"):
            return None
        self.at = end + 1
        return _changed(flags, text)

    def _atom(self, flags: str, depth: int) -> Node:
        char = self.next()
        if char == "(":
            return self._group(flags, depth)
        if char == "[":
            return self._class(flags)
        if char == ".":
            return CharSet(negated=True) if "s" in flags else CharSet(((10, 10),), negated=True)
        if char == "^":
            return Assertion("^" if "m" in flags else "A")
        if char == "$":
            return Assertion("$" if "m" in flags else "z")
        if char in "*+?":
            raise self.error(f"nothing to repeat before {char}")
        if char == "\\":
            return self._escape(flags)
        return _one(char, flags)

    def _group(self, flags: str, depth: int) -> Node:
        if self.take("?"):
            if self.take("P<") or (
                self.peek("<") and not self.peek("<=") and not self.peek("<!") and self.take("<")
            ):
                end = self.pattern.find(">", self.at)
                if end < 0 or not self.pattern[self.at : end].isidentifier():
                    raise self.error("a group's name is made of letters, digits and _, and ends with >")
                self.at = end + 1
            else:
                end = self.pattern.find(":", self.at)
                text = self.pattern[self.at : end]
                if end < 0 or set(text) - set("imsU-"):
                    raise self.error("look-around and the like do not exist in RE2")
                self.at = end + 1
                flags = _changed(flags, text)
        node = self.choice(flags, depth + 1)
        if not self.take(")"):
            raise self.error("missing )")
        return node

    def _repeated(self, node: Node, flags: str) -> Node:
        repeated = False
        while (bounds := self._bounds()) is not None:
            if repeated:
                raise self.error("a repetition is repeated; put it in a group")
            low, high = bounds
            greedy = self.take("?") == ("U" in flags)
            node = Repeat(node, low, high, greedy)
            repeated = True
        return node

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(sign):
                return bounds
        end = self.pattern.find("}", self.at)
        if not self.peek("{") or end < 0:
            return None
        low, comma, high = self.pattern[self.at + 1 : end].partition(",")
        if not (low.isdecimal() and low.isascii() and (not high or (high.isdecimal() and high.isascii()))):
            return None
        if max(len(low), len(high)) > 4 or max(int(low), int(high or 0)) > MAX_REPEAT:
            raise self.error(f"more than {MAX_REPEAT} repetitions")
        if high and int(high) < int(low):
            raise self.error("repetition bounds are the wrong way round")
        self.at = end + 1
        return int(low), (int(high) if high else None if comma else int(low))

    def _escape(self, flags: str) -> Node:
        char = self.next()
        if char in "bBAz":
            return Assertion(char)
        found = self._escaped_set(char)
        return replace(found, fold="i" in flags)

    def _escaped_set(self, char: str) -> CharSet:
        """What a backslash means both inside of brackets and outside."""
        if char.lower() in PERL and char.isascii():
            return CharSet(PERL[char.lower()], negated=char.isupper())
        if char in "pP":
            return CharSet(categories=((self._category(), char == "p"),))
        if char in CONTROL:
            return CharSet(((CONTROL[char], CONTROL[char]),))
        if char == "x":
            code = self._hex()
            return CharSet(((code, code),))
        if char == "0":
            return CharSet(((0, 0),))
        if char.isalnum() and char.isascii():
            raise self.error(
                "back references do not exist in RE2" if char.isdigit() else f"unknown escape \\{char}"
            )
        return CharSet(((ord(char), ord(char)),))

    def _category(self) -> str:
        name = self.next()
        if name == "{":
            end = self.pattern.find("}", self.at)
            name = self.pattern[self.at : end] if end >= 0 else ""
            self.at = end + 1
        if name[:1] not in set("LMNPSZC") or len(name) > 2 or not name:
            raise self.error("\\p takes a Unicode category such as L or Lu")
        return name

    def _hex(self) -> int:
        if self.take("{"):
            end = self.pattern.find("}", self.at)
            digits = self.pattern[self.at : end] if end >= 0 else ""
            self.at = end + 1
        else:
            digits = self.next() + self.next()
        if (
            not digits
            or len(digits) > 6
            or set(digits) - set("0123456789abcdefABCDEF")
            or int(digits, 16) > LAST_CODE
        ):
            raise self.error("\\x takes two hexadecimal digits, or a code point in braces")
        return int(digits, 16)

    def _class(self, flags: str) -> CharSet:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        categories: list[tuple[str, bool]] = []
        first = True
        while first or not self.take("]"):
            first = False
            item = self._class_item()
            categories.extend(item.categories)
            if item.negated:
                ranges.extend(complement(item.ranges))
            elif self._range_follows() and len(item.ranges) == 1 and item.ranges[0][0] == item.ranges[0][1]:
                ranges.append(self._range(item.ranges[0][0]))
            else:
                ranges.extend(item.ranges)
        return CharSet(tuple(ranges), tuple(categories), negated, "i" in flags)

    def _class_item(self) -> CharSet:
        char = self.next()
        if char == "\\":
            return self._escaped_set(self.next())
        if char == "[" and self.take(":"):
            end = self.pattern.find(":]", self.at)
            name = self.pattern[self.at : end] if end >= 0 else ""
            self.at = end + 2
            if name.lstrip("^") not in POSIX:
                raise self.error("unknown class in [: :]")
            return CharSet(POSIX[name.lstrip("^")], negated=name.startswith("^"))
        return CharSet(((ord(char), ord(char)),))

    def _range_follows(self) -> bool:
        return self.peek("-") and not self.peek("-]")

    def _range(self, low: int) -> tuple[int, int]:
        self.take("-")
        item = self._class_item()
        if item.negated or item.categories or len(item.ranges) != 1 or item.ranges[0][1] < low:
            raise self.error("a range in brackets runs from a lower character to a higher one")
        return low, item.ranges[0][1]


def _one(char: str, flags: str) -> CharSet:
    return CharSet(((ord(char), ord(char)),), fold="i" in flags)


def _changed(flags: str, text: str) -> str:
    on, _, off = text.partition("-")
    return "".join(sorted((set(flags) | set(on)) - set(off)))
