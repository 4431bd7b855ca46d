"""One function for each rule of the grammar: its children, built already, → a node of `syntax.py`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from emulator.rules import syntax
from emulator.rules.values import TYPE_NAMES

_MAX_INT = 2**63 - 1
_CONSTANTS: dict[str, bool | None] = {"null": None, "true": True, "false": False}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_RESERVED = frozenset(
    {*_CONSTANTS, "in", "is", "if", "let", "return", "allow", "match", "function", "service"}
)
_NodeT = TypeVar("_NodeT")


class Position(NamedTuple):
    line: int
    column: int


class Misplaced(Exception):
    """Well-formed, and still not allowed where it stands."""

    def __init__(self, problem: str, position: Position) -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position


def _of(children: list[Any], kind: type[_NodeT]) -> tuple[_NodeT, ...]:
    return tuple(child for child in children if isinstance(child, kind))


def _at(token: Any) -> Position:
    return Position(token.line, token.column)


def _name(token: Any) -> str:
    if token in _RESERVED:
        raise Misplaced(f"{str(token)!r} is a word of the language and can't be a name", _at(token))
    return str(token)


def _start(at: Position, children: list[Any]) -> syntax.Source:
    services = _of(children, syntax.Service)
    if len(services) != 1:
        where = Position(services[1].line, services[1].column) if services else at
        raise Misplaced(f"a file holds one service, not {len(services)}", where)
    versions = _of(children, int)
    if len(versions) > 1:
        raise Misplaced("rules_version is given twice", at)
    version = versions[0] if versions else 1
    if version == 1:
        _check_version_1_globs(services[0].matches)
    return syntax.Source(version, services[0], _of(children, syntax.Function))


def _check_version_1_globs(matches: tuple[syntax.Match, ...]) -> None:
    for match in matches:
        for segment in match.segments[:-1]:
            if segment.kind is syntax.SegmentKind.GLOB:
                problem = "before rules_version '2' a recursive wildcard must be the last segment"
                raise Misplaced(problem, Position(segment.line, segment.column))
        _check_version_1_globs(match.matches)


def _version(at: Position, children: list[Any]) -> int:
    text = str(children[0])[1:-1]
    if text not in {"1", "2"}:
        raise Misplaced(f"rules_version is '1' or '2', not {text!r}", _at(children[0]))
    return int(text)


def _service(at: Position, children: list[Any]) -> syntax.Service:
    name = str(children[0])
    if name not in {"cloud.firestore", "firebase.storage"}:
        raise Misplaced(f"the service is cloud.firestore or firebase.storage, not {name}", _at(children[0]))
    return syntax.Service(*at, name, _of(children, syntax.Match), _of(children, syntax.Function))


def _match(at: Position, children: list[Any]) -> syntax.Match:
    segments: tuple[syntax.Segment, ...] = children[0]
    globs = [segment for segment in segments if segment.kind is syntax.SegmentKind.GLOB]
    if len(globs) > 1:
        where = Position(globs[1].line, globs[1].column)
        raise Misplaced("one match holds at most one recursive wildcard", where)
    return syntax.Match(
        *at,
        segments,
        _of(children, syntax.Match),
        _of(children, syntax.Allow),
        _of(children, syntax.Function),
    )


def _match_path(at: Position, children: list[Any]) -> tuple[syntax.Segment, ...]:
    return _of(children, syntax.Segment)


def _segment(kind: syntax.SegmentKind) -> Callable[[Position, list[Any]], syntax.Segment]:
    def build(at: Position, children: list[Any]) -> syntax.Segment:
        literal = kind is syntax.SegmentKind.LITERAL
        return syntax.Segment(*at, kind, str(children[0]) if literal else _name(children[0]))

    return build


def _allow(at: Position, children: list[Any]) -> syntax.Allow:
    words = [child for child in children if getattr(child, "type", "") == "METHOD"]
    methods: frozenset[syntax.Method] = frozenset()
    for word in words:
        if word not in syntax.GRANTS:
            accepted = ", ".join(syntax.GRANTS)
            raise Misplaced(f"a method is one of {accepted}; not {str(word)!r}", _at(word))
        methods |= syntax.GRANTS[word]
    condition = children[-1] if isinstance(children[-1], syntax.Node) else None
    return syntax.Allow(*at, methods, condition)  # type: ignore[arg-type]  # the grammar puts only an expression there


def _function(at: Position, children: list[Any]) -> syntax.Function:
    name, parameters, *lets, result = children
    names = [*parameters, *(let.name for let in lets)]
    for index, word in enumerate(names):
        if word in names[:index]:
            raise Misplaced(f"{name}() names {word} twice", at)
    if len(parameters) > 7:
        raise Misplaced(f"{name}() takes {len(parameters)} arguments; at most 7 are allowed", at)
    if len(lets) > 10:
        raise Misplaced(f"{name}() has {len(lets)} let bindings; at most 10 are allowed", at)
    return syntax.Function(*at, _name(name), tuple(parameters), tuple(lets), result)


def _string(at: Position, children: list[Any]) -> syntax.Literal:
    token = children[0]

    def replace(found: re.Match[str]) -> str:
        escape = found[1]
        if escape[0] == "u" and len(escape) > 1:
            return chr(int(escape[1:], 16))
        if escape in _ESCAPES:
            return _ESCAPES[escape]
        if escape in "\\'\"/`":
            return escape
        raise Misplaced(
            f"unknown escape \\{escape} in a string; a backslash itself is written \\\\", _at(token)
        )

    text = re.sub(r"\\(u[0-9a-fA-F]{4}|[\s\S])", replace, str(token)[1:-1])
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Misplaced("a string holds half of a surrogate pair", _at(token))
    return syntax.Literal(*at, text)


def _integer(at: Position, children: list[Any]) -> syntax.Literal:
    digits = str(children[0])
    if len(digits) > 19 or int(digits) > _MAX_INT:
        raise Misplaced(f"an integer is at most {_MAX_INT}", at)
    return syntax.Literal(*at, int(digits))


def _variable(at: Position, children: list[Any]) -> syntax.Expression:
    name = str(children[0])
    return syntax.Literal(*at, _CONSTANTS[name]) if name in _CONSTANTS else syntax.Variable(*at, name)


def _type_test(at: Position, children: list[Any]) -> syntax.TypeTest:
    operand, name = children
    if name not in TYPE_NAMES:
        raise Misplaced(f"a type is one of {', '.join(sorted(TYPE_NAMES))}; not {str(name)!r}", _at(name))
    return syntax.TypeTest(*at, operand, str(name))


BUILDERS: dict[str, Callable[[Position, list[Any]], Any]] = {
    "start": _start,
    "version": _version,
    "service": _service,
    "match": _match,
    "match_path": _match_path,
    "literal_segment": _segment(syntax.SegmentKind.LITERAL),
    "wildcard_segment": _segment(syntax.SegmentKind.WILDCARD),
    "glob_segment": _segment(syntax.SegmentKind.GLOB),
    "allow": _allow,
    "function": _function,
    "parameters": lambda at, children: tuple(_name(child) for child in children),
    "let": lambda at, children: syntax.Let(*at, _name(children[0]), children[1]),
    "conditional": lambda at, children: syntax.Conditional(*at, *children),
    "disjunction": lambda at, children: syntax.Disjunction(*at, tuple(children)),
    "conjunction": lambda at, children: syntax.Conjunction(*at, tuple(children)),
    "binary": lambda at, children: syntax.Binary(*at, str(children[1]), children[0], children[2]),
    "membership": lambda at, children: syntax.Membership(*at, *children),
    "type_test": _type_test,
    "negation": lambda at, children: syntax.Negation(*at, children[0]),
    "minus": lambda at, children: syntax.Minus(*at, children[1]),
    "attribute": lambda at, children: syntax.Attribute(*at, children[0], str(children[1])),
    "method_call": lambda at, children: syntax.MethodCall(*at, children[0], str(children[1]), children[2]),
    "function_call": lambda at, children: syntax.FunctionCall(*at, str(children[0]), children[1]),
    "subscript": lambda at, children: syntax.Subscript(*at, *children),
    "slice": lambda at, children: syntax.Slice(*at, *children),
    "arguments": lambda at, children: tuple(children),
    "variable": _variable,
    "integer": _integer,
    "float": lambda at, children: syntax.Literal(*at, float(children[0])),
    "string": _string,
    "list": lambda at, children: syntax.ListLiteral(*at, children[0]),
    "map": lambda at, children: syntax.MapLiteral(*at, tuple(children)),
    "entry": lambda at, children: (children[0], children[1]),
    "path": lambda at, children: syntax.PathLiteral(
        *at, tuple(child for child in children if getattr(child, "type", "") != "SLASH")
    ),
    "path_text": lambda at, children: str(children[0]),
    "path_expression": lambda at, children: children[0],
}
"""Keyed by the rule's name, or its alias where it has one."""
