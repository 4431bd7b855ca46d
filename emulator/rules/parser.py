"""Text of rules → the tree in `syntax.py`, or a `RulesSyntaxError` that says where and what was expected."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken

from emulator.rules import syntax
from emulator.rules.builder import BUILDERS, Misplaced, Position
from emulator.rules.errors import RulesSyntaxError

MAX_BYTES = 256 * 1024
"""Production refuses larger files."""
MAX_NESTING = 150
"""Levels of the tree; keeps the compiler and the evaluator within Python's stack."""

_WORDS = {
    "NAME": "a name",
    "SEGMENT": "a path segment",
    "PARENTHESISED": "a segment such as (default)",
    "SERVICE": "a service such as cloud.firestore",
    "METHOD": "a method: " + ", ".join(syntax.GRANTS),
    "INTEGER": "a number",
    "FLOAT": "a number",
    "STRING": "a string",
    "EQUALITY": "'=='",
    "COMPARISON": "'<'",
    "$END": "the end of the file",
}
_OPERAND = frozenset({"NAME", "INTEGER", "STRING", "LPAR"})


def parse(text: str, filename: str = "rules") -> syntax.Source:
    """The tree of one file. Raises `RulesSyntaxError` for everything that isn't rules, and nothing else."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise RulesSyntaxError(f"the file is larger than {MAX_BYTES // 1024} KiB", filename, 1, 1)
    try:
        tree = _grammar().parse(text)
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise _at_end(error.expected, text, filename) from None
        problem = f"unexpected {str(error.token)!r}; expected {_expected(error.accepts or error.expected)}"
        raise RulesSyntaxError(problem, filename, error.line, error.column) from None
    except UnexpectedCharacters as error:
        problem = f"unexpected {text[error.pos_in_stream]!r}; expected {_expected(error.allowed)}"
        raise RulesSyntaxError(problem, filename, error.line, error.column) from None
    except UnexpectedEOF as error:
        raise _at_end(error.expected, text, filename) from None
    try:
        return _build(tree)
    except Misplaced as error:
        raise RulesSyntaxError(error.problem, filename, error.position.line, error.position.column) from None


@cache
def _grammar() -> Any:
    text = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="contextual", propagate_positions=True)


def _at_end(expected: set[str] | None, text: str, filename: str) -> RulesSyntaxError:
    lines = text.split("\n")
    problem = f"the file ends too early; expected {_expected(expected)}"
    return RulesSyntaxError(problem, filename, len(lines), len(lines[-1]) + 1)


def _expected(terminals: set[str] | None) -> str:
    """What could have stood there, in the words of the language; a whole operand counts as one word."""
    names = set(terminals or ())
    words = set()
    if names >= _OPERAND:
        words.add("an expression")
        names -= {*_OPERAND, "FLOAT", "SLASH", "BANG", "MINUS", "LSQB", "LBRACE"}
    words |= {_WORDS[name] if name in _WORDS else _literal(name) for name in names}
    ordered = sorted(words)
    return ordered[0] if len(ordered) == 1 else ", ".join(ordered[:-1]) + " or " + ordered[-1]


def _literal(terminal: str) -> str:
    for definition in _grammar().terminals:
        if definition.name == terminal:
            return repr(definition.pattern.value)
    return terminal


def _build(tree: Any) -> syntax.Source:
    """Bottom up and without recursion, so that wild nesting can't exhaust the stack."""
    built: dict[int, Any] = {}
    stack: list[tuple[Any, int, bool]] = [(tree, 1, False)]
    while stack:
        node, depth, ready = stack.pop()
        position = _position(node)
        if depth > MAX_NESTING:
            raise Misplaced(f"nested deeper than {MAX_NESTING} levels", position)
        if ready:
            children = [built.pop(id(child)) if isinstance(child, Tree) else child for child in node.children]
            built[id(node)] = BUILDERS[node.data](position, children)
            continue
        stack.append((node, depth, True))
        stack.extend((child, depth + 1, False) for child in node.children if isinstance(child, Tree))
    source: syntax.Source = built[id(tree)]
    return source


def _position(node: Any) -> Position:
    if isinstance(node, Token):
        return Position(node.line or 1, node.column or 1)
    return Position(getattr(node.meta, "line", 1), getattr(node.meta, "column", 1))
