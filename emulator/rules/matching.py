"""`match` and `allow`, compiled: from a path and a method to the conditions that speak of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.rules import syntax
from emulator.rules.compiler import compile_expression, compile_function
from emulator.rules.lists import AnyDepth
from emulator.rules.scopes import Evaluator, Frame, Program, Scope
from emulator.rules.values import Path, Symbol, Value


@dataclass(frozen=True, slots=True)
class Condition:
    """One `allow`; `line` is its own. Without an expression it is always true."""

    line: int
    column: int
    evaluate: Evaluator


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: syntax.SegmentKind
    text: str
    slot: int


@dataclass(frozen=True, slots=True)
class Block:
    """One `match`."""

    segments: tuple[_Segment, ...]
    conditions: dict[syntax.Method, tuple[Condition, ...]]
    blocks: tuple[Block, ...]
    glob_minimum: int
    """Segments that a recursive wildcard takes at least: 1 in version 1, none from version 2 on."""

    def find(
        self, path: tuple[Value, ...], method: syntax.Method, frame: Frame, at: int = 0
    ) -> Iterator[Condition]:
        """Conditions that apply, the wildcards of each bound in `frame` until the next is asked for."""
        for end in self._ends(path, 0, at, frame):
            if end == len(path):
                yield from self.conditions.get(method, ())
            for block in self.blocks:
                yield from block.find(path, method, frame, end)

    def _ends(self, path: tuple[Value, ...], index: int, at: int, frame: Frame) -> Iterator[int]:
        """Where in the path the segments from `index` on may end, when they begin at `at`."""
        if index == len(self.segments):
            yield at
            return
        segment = self.segments[index]
        if segment.kind is syntax.SegmentKind.GLOB:
            for end in range(len(path), at + self.glob_minimum - 1, -1):
                frame.slots[segment.slot] = _rest(path[at:end])
                yield from self._ends(path, index + 1, end, frame)
        elif at < len(path):
            here = path[at]
            if segment.kind is syntax.SegmentKind.LITERAL:
                if type(here) is str and here == segment.text:
                    yield from self._ends(path, index + 1, at + 1, frame)
            elif not isinstance(here, AnyDepth):
                frame.slots[segment.slot] = here
                yield from self._ends(path, index + 1, at + 1, frame)


def _rest(segments: tuple[Value, ...]) -> Value:
    """What a recursive wildcard is bound to."""
    for segment in segments:
        if isinstance(segment, AnyDepth):
            return Symbol("the document's path")
    return Path(segments)


def compile_source(source: syntax.Source, program: Program) -> tuple[Block, ...]:
    outer = Scope(program)
    entries = outer.define(source.functions)
    scope = Scope(program, outer)
    entries += scope.define(source.service.functions)
    blocks = tuple(_compile_match(match, scope, source.version) for match in source.service.matches)
    for entry in entries:
        compile_function(entry)
    return blocks


def _compile_match(match: syntax.Match, parent: Scope, version: int) -> Block:
    scope = Scope(parent.program, parent)
    segments = tuple(
        _Segment(
            each.kind, each.text, -1 if each.kind is syntax.SegmentKind.LITERAL else scope.declare(each.text)
        )
        for each in match.segments
    )
    entries = scope.define(match.functions)
    conditions: dict[syntax.Method, tuple[Condition, ...]] = {}
    for allow in match.allows:
        condition = Condition(allow.line, allow.column, _condition(allow, scope))
        for method in allow.methods:
            conditions[method] = (*conditions.get(method, ()), condition)
    blocks = tuple(_compile_match(inner, scope, version) for inner in match.matches)
    for entry in entries:
        compile_function(entry)
    return Block(segments, conditions, blocks, 1 if version == 1 else 0)


def _condition(allow: syntax.Allow, scope: Scope) -> Evaluator:
    if allow.condition is None:
        return lambda frame: True
    return compile_expression(allow.condition, scope)
