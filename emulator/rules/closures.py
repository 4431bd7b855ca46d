"""What expressions become: closures over the closures of their operands.

What one of them raises bears the position of its node, unless an inner one has already left its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from emulator.rules import operators, syntax
from emulator.rules.errors import EvaluationError, LimitExceeded, unsupported
from emulator.rules.lookups import Lookups
from emulator.rules.methods.signature import Signature
from emulator.rules.scopes import MAX_CALLS, Evaluator, Frame
from emulator.rules.values import Value

LOOKUPS: Final[dict[str, Callable[[Lookups, Value], Value]]] = {
    "get": Lookups.get,
    "exists": Lookups.exists,
    "getAfter": Lookups.get_after,
    "existsAfter": Lookups.exists_after,
}
Placed = Sequence[tuple[Evaluator, syntax.Node]]
"""Operands, each with the node that it was made of."""


def failing(node: syntax.Node, error: Callable[[], EvaluationError]) -> Evaluator:
    def run(frame: Frame) -> Value:
        raise error().located(node.line, node.column)

    return run


def applied(node: syntax.Node, operation: Callable[..., Value], operands: list[Evaluator]) -> Evaluator:
    """`operation` on the operands' values; what it raises bears the node's position."""

    def run(frame: Frame) -> Value:
        values = [operand(frame) for operand in operands]
        try:
            return operation(*values)
        except EvaluationError as error:
            raise error.located(node.line, node.column) from None

    return run


def conjunction(parts: Placed) -> Evaluator:
    """False as soon as one operand is, even when another fails."""

    def run(frame: Frame) -> Value:
        failure: EvaluationError | None = None
        for operand, where in parts:
            try:
                value = operand(frame)
                if value is True:
                    frame.false_at = None
                elif not operators.as_bool(value):
                    frame.false_at = frame.false_at or (where.line, where.column)
                    return False
            except EvaluationError as error:
                failure = failure or error.located(where.line, where.column)
        if failure:
            raise failure
        return True

    return run


def disjunction(parts: Placed) -> Evaluator:
    """True as soon as one operand is, even when another fails."""

    def run(frame: Frame) -> Value:
        failure: EvaluationError | None = None
        for operand, where in parts:
            try:
                if operators.as_bool(operand(frame)):
                    return True
            except EvaluationError as error:
                failure = failure or error.located(where.line, where.column)
        if failure:
            raise failure
        return False

    return run


def user_call(body: Evaluator, slots: tuple[int, ...], arguments: list[Evaluator]) -> Evaluator:
    """A function of the rules: its arguments into its slots, then its body."""

    def run(frame: Frame) -> Value:
        frame.calls += 1
        if frame.calls > MAX_CALLS:
            raise LimitExceeded(f"The rules call functions more than {MAX_CALLS} times.")
        values = [argument(frame) for argument in arguments]
        for slot, value in zip(slots, values, strict=True):
            frame.slots[slot] = value
        return body(frame)

    return run


def built_in(node: syntax.Node, name: str, signature: Signature, arguments: list[Evaluator]) -> Evaluator:
    """A function of the language."""
    check, run = signature.check, signature.run

    def checked(*given: Value) -> Value:
        check(name, list(given))
        return run(*given)

    return applied(node, checked, arguments)


def lookup(node: syntax.Node, name: str, arguments: list[Evaluator]) -> Evaluator:
    if len(arguments) != 1:
        return failing(node, lambda: unsupported(f"{name} with {len(arguments)} arguments", f"{name}(path)"))
    find, path = LOOKUPS[name], arguments[0]

    def run(frame: Frame) -> Value:
        try:
            return find(frame.lookups, path(frame))
        except EvaluationError as error:
            raise error.located(node.line, node.column) from None

    return run
