"""Which name means what where: resolved once, when the rules are read.

Functions can't call themselves, so each has at most one activation at a time, and every parameter, `let` and
wildcard gets a slot of its own for good. Evaluating a name is then one index into a list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.rules import syntax
from emulator.rules.errors import RulesSyntaxError
from emulator.rules.lookups import Lookups
from emulator.rules.values import Value

MAX_CALL_DEPTH = 20
MAX_CALLS = 1000
"""Calls of functions while one request is decided; production counts expressions up to the same number."""


class Frame:
    """All that changes while one request is decided."""

    __slots__ = ("calls", "false_at", "lookups", "request", "resource", "slots")

    def __init__(self, slots: int, request: Value, resource: Value, lookups: Lookups) -> None:
        self.slots: list[Value] = [None] * slots
        self.request = request
        self.resource = resource
        self.lookups = lookups
        self.calls = 0
        self.false_at: tuple[int, int] | None = None
        """Line and column of the operand of `&&` that made the condition at hand false."""


Evaluator = Callable[[Frame], Value]


@dataclass(slots=True)
class FunctionEntry:
    """A function and the scope that it was written in; compiled on the first call that is compiled."""

    definition: syntax.Function
    scope: Scope
    parameters: tuple[int, ...] = ()
    body: Evaluator | None = None
    depth: int = 1
    """How many calls deep a call of it goes, itself included."""
    in_progress: bool = False


@dataclass(slots=True)
class Program:
    """What all scopes of one file share."""

    filename: str
    service: str
    slots: int = 0
    warnings: list[str] = field(default_factory=list)

    def warn(self, problem: str, node: syntax.Node) -> None:
        self.warnings.append(f"{self.filename}:{node.line}:{node.column}: {problem}")

    def error(self, problem: str, node: syntax.Node) -> RulesSyntaxError:
        return RulesSyntaxError(problem, self.filename, node.line, node.column)


class Scope:
    """The names of one block; those it lacks it asks of the block around it."""

    def __init__(
        self, program: Program, parent: Scope | None = None, function_entry: FunctionEntry | None = None
    ) -> None:
        self.program = program
        self.function_entry = function_entry
        """The function whose body this is; None for a block."""
        self._parent = parent
        self._slots: dict[str, int] = {}
        self._functions: dict[str, FunctionEntry] = {}

    def declare(self, name: str) -> int:
        """The slot of a new name; it hides the same name further out."""
        self._slots[name] = self.program.slots
        self.program.slots += 1
        return self._slots[name]

    def define(self, functions: tuple[syntax.Function, ...]) -> list[FunctionEntry]:
        for function in functions:
            if function.name in self._functions:
                raise self.program.error(f"{function.name}() is defined twice in this block", function)
            self._functions[function.name] = FunctionEntry(function, self)
        return list(self._functions.values())

    def slot(self, name: str) -> int | None:
        if name in self._slots:
            return self._slots[name]
        return self._parent.slot(name) if self._parent else None

    def function(self, name: str) -> FunctionEntry | None:
        if name in self._functions:
            return self._functions[name]
        return self._parent.function(name) if self._parent else None
