"""Regular expressions in time linear in the text, as RE2 promises: no pattern can hang the server.

The tree becomes a small program (Thompson 1968; Cox, "Regular Expression Matching: the Virtual Machine
Approach"). `full_match` walks it as a lazily built automaton; `find` keeps the threads in order of
preference, which gives the leftmost match that Perl would take first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from emulator.rules import regex_syntax as syntax
from emulator.rules.charsets import CharSet
from emulator.rules.errors import EvaluationError

MAX_PROGRAM: Final = 10_000
_MAX_STATES: Final = 2_000
_WORD: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")

_State = tuple[frozenset[int], str]
"""Where the threads stand before a character, and the kind of the character before it."""


class Regex:
    """One compiled pattern. Get it by `compiled`, which remembers the latest."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._chars: list[CharSet | None] = []
        self._jumps: list[tuple[int, ...]] = []
        self._asserts: list[str] = []
        self._emit(syntax.parse(pattern))
        self._accept = self._add()
        self._steps: dict[_State, dict[str, _State | None]] = {}

    def full_match(self, text: str) -> bool:
        """Whether the whole text fits."""
        state: _State = (frozenset({0}), "")
        for char in text:
            steps = self._steps.get(state)
            if steps is None:
                steps = self._remember(state)
            following = steps.get(char, state)
            if following is state:
                following = steps[char] = self._step(state, char)
            if following is None:
                return False
            state = following
        return self._accept in self._leaves(state[0], state[1], "")

    def find_all(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of each match, leftmost first, not overlapping."""
        at, last = 0, -1
        while at <= len(text) and (found := self._find(text, at)):
            start, end = found
            if end > start or end != last:
                yield start, end
            last = end
            at = end if end > start else end + 1

    def _find(self, text: str, begin: int) -> tuple[int, int] | None:
        threads: list[tuple[int, int]] = []
        found: tuple[int, int] | None = None
        for index in range(begin, len(text) + 1):
            if found is None:
                threads.append((0, index))
            before, after = text[index - 1 : index] if index else "", text[index : index + 1]
            ready: list[tuple[int, int]] = []
            seen: set[int] = set()
            for pc, start in threads:
                leaves = self._closure(pc, _kind(before), _kind(after), seen)
                if self._accept in leaves:
                    ready.extend((leaf, start) for leaf in leaves[: leaves.index(self._accept)])
                    found = (start, index)
                    break
                ready.extend((leaf, start) for leaf in leaves)
            if found and not ready:
                break
            threads = [(leaf + 1, start) for leaf, start in ready if after and self._fits(leaf, after)]
        return found

    def _fits(self, pc: int, char: str) -> bool:
        chars = self._chars[pc]
        return chars is not None and chars.matches(char)

    def _remember(self, state: _State) -> dict[str, _State | None]:
        if len(self._steps) >= _MAX_STATES:
            self._steps.clear()
        return self._steps.setdefault(state, {})

    def _step(self, state: _State, char: str) -> _State | None:
        kind = _kind(char)
        reached = frozenset(pc + 1 for pc in self._leaves(state[0], state[1], kind) if self._fits(pc, char))
        return (reached, kind) if reached else None

    def _leaves(self, pcs: frozenset[int], before: str, after: str) -> list[int]:
        seen: set[int] = set()
        return [leaf for pc in pcs for leaf in self._closure(pc, before, after, seen)]

    def _closure(self, pc: int, before: str, after: str, seen: set[int]) -> list[int]:
        """The instructions that take a character (or accept), reached from `pc`, the preferred first."""
        leaves, stack = [], [pc]
        while stack:
            pc = stack.pop()
            if pc in seen:
                continue
            seen.add(pc)
            if self._jumps[pc]:
                if _holds(self._asserts[pc], before, after):
                    stack.extend(reversed(self._jumps[pc]))
            else:
                leaves.append(pc)
        return leaves

    def _add(self, chars: CharSet | None = None, jumps: tuple[int, ...] = (), kind: str = "") -> int:
        if len(self._jumps) >= MAX_PROGRAM:
            raise EvaluationError(f"Invalid regular expression {self.pattern!r}: it is too large.")
        self._chars.append(chars)
        self._jumps.append(jumps)
        self._asserts.append(kind)
        return len(self._jumps) - 1

    def _emit(self, node: syntax.Node) -> None:
        here = len(self._jumps)
        match node:
            case CharSet():
                self._add(chars=node)
            case syntax.Assertion(kind):
                self._add(jumps=(here + 1,), kind=kind)
            case syntax.Sequence(parts):
                for part in parts:
                    self._emit(part)
            case syntax.Choice(options):
                self._emit_choice(options)
            case syntax.Repeat():
                self._emit_repeat(node)

    def _emit_choice(self, options: tuple[syntax.Node, ...]) -> None:
        fork = self._add(jumps=(0,))
        starts, exits = [], []
        for option in options:
            starts.append(len(self._jumps))
            self._emit(option)
            exits.append(self._add(jumps=(0,)))
        self._jumps[fork] = tuple(starts)
        for leave in exits:
            self._jumps[leave] = (len(self._jumps),)

    def _emit_repeat(self, repeat: syntax.Repeat) -> None:
        """`x*` is written as `(x+)?`, so that a turn that takes nothing leaves the loop, as in Perl."""
        endless = repeat.high is None
        for _ in range(repeat.low - 1 if endless else repeat.low):
            self._emit(repeat.node)
        forks = []
        for _ in range(int(not repeat.low) if repeat.high is None else repeat.high - repeat.low):
            forks.append(self._add(jumps=(0,)))
            if not endless:
                self._emit(repeat.node)
        if endless:
            start = len(self._jumps)
            self._emit(repeat.node)
            again = self._add(jumps=(0,))
            self._jumps[again] = self._ordered(start, again + 1, repeat.greedy)
        for fork in forks:
            self._jumps[fork] = self._ordered(fork + 1, len(self._jumps), repeat.greedy)

    @staticmethod
    def _ordered(body: int, leave: int, greedy: bool) -> tuple[int, int]:
        return (body, leave) if greedy else (leave, body)


def _kind(char: str) -> str:
    """All that an assertion wants to know of a neighbour: none, newline, part of a word, or other."""
    if not char or char == "\n":
        return char
    return "w" if char in _WORD else "."


def _holds(assertion: str, before: str, after: str) -> bool:
    match assertion:
        case "A":
            return not before
        case "z":
            return not after
        case "^":
            return before in ("", "\n")
        case "$":
            return after in ("", "\n")
        case "b":
            return (before == "w") != (after == "w")
        case "B":
            return (before == "w") == (after == "w")
    return True


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Regex:
    """Raises `EvaluationError` where RE2 would refuse the pattern."""
    return Regex(pattern)
