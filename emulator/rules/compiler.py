"""Expressions → closures. Names are resolved here, once, so that a decision only computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from emulator.rules import closures, operators, syntax
from emulator.rules.errors import (
    EvaluationError,
    unknown_function,
    unknown_property,
    unsupported,
)
from emulator.rules.methods.signature import Signature
from emulator.rules.methods.table import FUNCTIONS, NAMESPACES, call_method
from emulator.rules.scopes import MAX_CALL_DEPTH, Evaluator, Frame, FunctionEntry, Scope
from emulator.rules.values import Path, Symbol, Value, is_type, type_name

_STORAGE_LOOKUPS: Final = ("get", "exists")


def compile_expression(node: syntax.Expression, scope: Scope) -> Evaluator:
    return _COMPILERS[type(node)](node, scope)


def compile_function(entry: FunctionEntry) -> Evaluator:
    """The body with its `let` bindings; raises `RulesSyntaxError` for a function that reaches itself."""
    if entry.body is not None:
        return entry.body
    definition, program = entry.definition, entry.scope.program
    if entry.in_progress:
        raise program.error(f"{definition.name}() calls itself; recursion is not allowed", definition)
    entry.in_progress = True
    scope = Scope(program, entry.scope, entry)
    entry.parameters = tuple(scope.declare(name) for name in definition.parameters)
    lets = []
    for let in definition.lets:
        value = compile_expression(let.value, scope)
        lets.append((scope.declare(let.name), value))
    result = compile_expression(definition.result, scope)

    def run(frame: Frame) -> Value:
        for slot, value in lets:
            frame.slots[slot] = value(frame)
        return result(frame)

    entry.body = run if lets else result
    entry.in_progress = False
    if entry.depth > MAX_CALL_DEPTH:
        raise program.error(
            f"{definition.name}() leads to calls {entry.depth} deep; at most {MAX_CALL_DEPTH}", definition
        )
    return entry.body


def _literal(node: syntax.Literal, scope: Scope) -> Evaluator:
    value = node.value
    return lambda frame: value


def _variable(node: syntax.Variable, scope: Scope) -> Evaluator:
    slot = scope.slot(node.name)
    if slot is not None:
        return lambda frame: frame.slots[slot]
    if node.name == "request":
        return lambda frame: frame.request
    if node.name == "resource":
        return lambda frame: frame.resource
    scope.program.warn(f"unknown variable {node.name}", node)
    return closures.failing(node, lambda: EvaluationError(f"Variable not found error: Name: [{node.name}]."))


def _many(nodes: tuple[syntax.Expression, ...], scope: Scope) -> list[Evaluator]:
    return [compile_expression(node, scope) for node in nodes]


def _list(node: syntax.ListLiteral, scope: Scope) -> Evaluator:
    if all(isinstance(item, syntax.Literal) for item in node.items):
        constant = [item.value for item in node.items if isinstance(item, syntax.Literal)]
        return lambda frame: constant
    items = _many(node.items, scope)
    return lambda frame: [item(frame) for item in items]


def _map(node: syntax.MapLiteral, scope: Scope) -> Evaluator:
    entries = [
        (compile_expression(key, scope), compile_expression(value, scope)) for key, value in node.entries
    ]

    def run(frame: Frame) -> Value:
        found = {}
        for key, value in entries:
            name = key(frame)
            if type(name) is not str:
                raise unsupported(f"a {type_name(name)} as a key", "a string").located(node.line, node.column)
            found[name] = value(frame)
        return found

    return run


def _path(node: syntax.PathLiteral, scope: Scope) -> Evaluator:
    if all(isinstance(segment, str) for segment in node.segments):
        constant = Path(node.segments)
        return lambda frame: constant
    parts = [each if isinstance(each, str) else compile_expression(each, scope) for each in node.segments]

    def run(frame: Frame) -> Value:
        segments: list[Value] = []
        for part in parts:
            value = part if isinstance(part, str) else part(frame)
            if type(value) is Path:
                segments += value.segments
            elif type(value) is str or isinstance(value, Symbol):
                segments.append(value)
            else:
                raise unsupported(f"a {type_name(value)} in a path", "a string").located(
                    node.line, node.column
                )
        return Path(tuple(segments))

    return run


def _attribute(node: syntax.Attribute, scope: Scope) -> Evaluator:
    target, name = compile_expression(node.target, scope), node.name

    def run(frame: Frame) -> Value:
        value = target(frame)
        if type(value) is dict:
            try:
                return value[name]
            except KeyError:
                raise unknown_property(name).located(node.line, node.column) from None
        try:
            return operators.attribute(value, name)
        except EvaluationError as error:
            raise error.located(node.line, node.column) from None

    return run


def _subscript(node: syntax.Subscript, scope: Scope) -> Evaluator:
    return closures.applied(node, operators.subscript, _many((node.target, node.key), scope))


def _slice(node: syntax.Slice, scope: Scope) -> Evaluator:
    return closures.applied(node, operators.cut, _many((node.target, node.start, node.stop), scope))


def _binary(node: syntax.Binary, scope: Scope) -> Evaluator:
    sign = node.operator
    operation = operators.BINARY.get(sign) or (lambda left, right: operators.compare(sign, left, right))
    left, right = compile_expression(node.left, scope), compile_expression(node.right, scope)

    def run(frame: Frame) -> Value:
        try:
            return operation(left(frame), right(frame))
        except EvaluationError as error:
            raise error.located(node.line, node.column) from None

    return run


def _membership(node: syntax.Membership, scope: Scope) -> Evaluator:
    return closures.applied(node, operators.contains, _many((node.item, node.container), scope))


def _type_test(node: syntax.TypeTest, scope: Scope) -> Evaluator:
    operand, name = compile_expression(node.operand, scope), node.type_name
    return lambda frame: is_type(operand(frame), name)


def _minus(node: syntax.Minus, scope: Scope) -> Evaluator:
    return closures.applied(node, operators.minus, _many((node.operand,), scope))


def _negation(node: syntax.Negation, scope: Scope) -> Evaluator:
    return closures.applied(node, lambda value: not operators.as_bool(value), _many((node.operand,), scope))


def _conjunction(node: syntax.Conjunction, scope: Scope) -> Evaluator:
    return closures.conjunction([(compile_expression(each, scope), each) for each in node.operands])


def _disjunction(node: syntax.Disjunction, scope: Scope) -> Evaluator:
    return closures.disjunction([(compile_expression(each, scope), each) for each in node.operands])


def _conditional(node: syntax.Conditional, scope: Scope) -> Evaluator:
    condition = closures.applied(node, operators.as_bool, _many((node.condition,), scope))
    then, otherwise = compile_expression(node.then, scope), compile_expression(node.otherwise, scope)
    return lambda frame: then(frame) if condition(frame) else otherwise(frame)


def _function_call(node: syntax.FunctionCall, scope: Scope) -> Evaluator:
    arguments = _many(node.arguments, scope)
    entry = scope.function(node.name)
    if entry is not None:
        return _user_call(node, entry, arguments, scope)
    if node.name in closures.LOOKUPS and scope.program.service == "cloud.firestore":
        return closures.lookup(node, node.name, arguments)
    return _built_in(node, node.name, FUNCTIONS.get(node.name), arguments, scope)


def _user_call(
    node: syntax.FunctionCall, entry: FunctionEntry, arguments: list[Evaluator], scope: Scope
) -> Evaluator:
    expected = len(entry.definition.parameters)
    if len(arguments) != expected:
        raise scope.program.error(f"{node.name}() takes {expected} arguments, not {len(arguments)}", node)
    body = compile_function(entry)
    if scope.function_entry:
        scope.function_entry.depth = max(scope.function_entry.depth, entry.depth + 1)
    return closures.user_call(body, entry.parameters, arguments)


def _method_call(node: syntax.MethodCall, scope: Scope) -> Evaluator:
    target, name = node.target, node.name
    arguments = _many(node.arguments, scope)
    if isinstance(target, syntax.Variable) and scope.slot(target.name) is None:
        if target.name in NAMESPACES:
            full_name = f"{target.name}.{name}"
            return _built_in(node, full_name, NAMESPACES[target.name].get(name), arguments, scope)
        if (
            target.name == "firestore"
            and scope.program.service == "firebase.storage"
            and name in _STORAGE_LOOKUPS
        ):
            return closures.lookup(node, name, arguments)
    return closures.applied(
        node,
        lambda value, *given: call_method(value, name, list(given)),
        [compile_expression(target, scope), *arguments],
    )


def _built_in(
    node: syntax.Node, name: str, signature: Signature | None, arguments: list[Evaluator], scope: Scope
) -> Evaluator:
    if signature is None:
        scope.program.warn(f"unknown function {name}()", node)
        return closures.failing(node, lambda: unknown_function(name))
    return closures.built_in(node, name, signature, arguments)


_COMPILERS: Final[dict[type, Callable[[Any, Scope], Evaluator]]] = {
    syntax.Literal: _literal,
    syntax.Variable: _variable,
    syntax.ListLiteral: _list,
    syntax.MapLiteral: _map,
    syntax.PathLiteral: _path,
    syntax.Attribute: _attribute,
    syntax.Subscript: _subscript,
    syntax.Slice: _slice,
    syntax.FunctionCall: _function_call,
    syntax.MethodCall: _method_call,
    syntax.Negation: _negation,
    syntax.Minus: _minus,
    syntax.Binary: _binary,
    syntax.Membership: _membership,
    syntax.TypeTest: _type_test,
    syntax.Conjunction: _conjunction,
    syntax.Disjunction: _disjunction,
    syntax.Conditional: _conditional,
}
