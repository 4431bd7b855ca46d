"""Rules as a tree: what the parser makes and the compiler reads. Every node knows where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """What a request does; the five words an `allow` may end up with."""

    GET = "get"
    LIST = "list"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


GRANTS: dict[str, frozenset[Method]] = {
    "read": frozenset({Method.GET, Method.LIST}),
    "write": frozenset({Method.CREATE, Method.UPDATE, Method.DELETE}),
    **{method.value: frozenset({method}) for method in Method},
}
"""The words that may follow `allow`, and the methods each of them grants."""


@dataclass(frozen=True, slots=True)
class Node:
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Variable(Node):
    name: str


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MapLiteral(Node):
    entries: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class PathLiteral(Node):
    segments: tuple[str | Expression, ...]


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    target: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Subscript(Node):
    target: Expression
    key: Expression


@dataclass(frozen=True, slots=True)
class Slice(Node):
    target: Expression
    start: Expression
    stop: Expression


@dataclass(frozen=True, slots=True)
class FunctionCall(Node):
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MethodCall(Node):
    target: Expression
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negation(Node):
    operand: Expression


@dataclass(frozen=True, slots=True)
class Minus(Node):
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Membership(Node):
    item: Expression
    container: Expression


@dataclass(frozen=True, slots=True)
class TypeTest(Node):
    operand: Expression
    type_name: str


@dataclass(frozen=True, slots=True)
class Conjunction(Node):
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Disjunction(Node):
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    condition: Expression
    then: Expression
    otherwise: Expression


Expression = (
    Literal
    | Variable
    | ListLiteral
    | MapLiteral
    | PathLiteral
    | Attribute
    | Subscript
    | Slice
    | FunctionCall
    | MethodCall
    | Negation
    | Minus
    | Binary
    | Membership
    | TypeTest
    | Conjunction
    | Disjunction
    | Conditional
)


@dataclass(frozen=True, slots=True)
class Let(Node):
    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Function(Node):
    name: str
    parameters: tuple[str, ...]
    lets: tuple[Let, ...]
    result: Expression


@dataclass(frozen=True, slots=True)
class Allow(Node):
    methods: frozenset[Method]
    condition: Expression | None


class SegmentKind(StrEnum):
    LITERAL = "literal"
    """`users`: this very segment."""
    WILDCARD = "wildcard"
    """`{user}`: any one segment."""
    GLOB = "glob"
    """`{rest=**}`: all that follow; none at all is enough from version 2 on."""


@dataclass(frozen=True, slots=True)
class Segment(Node):
    kind: SegmentKind
    text: str


@dataclass(frozen=True, slots=True)
class Match(Node):
    segments: tuple[Segment, ...]
    matches: tuple[Match, ...]
    allows: tuple[Allow, ...]
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class Service(Node):
    name: str
    matches: tuple[Match, ...]
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A whole file of rules. `functions` are those outside of the service; every block sees them."""

    version: int
    service: Service
    functions: tuple[Function, ...]
