"""Everything that can be called, in three tables: on a value, in a namespace, and by its bare name."""

from __future__ import annotations

from typing import Final

from emulator.rules.errors import EvaluationError, unknown_function
from emulator.rules.methods import collections, numbers, places, strings, times
from emulator.rules.methods.signature import Signature, Table
from emulator.rules.values import (
    Duration,
    LatLng,
    MapDiff,
    Path,
    RulesSet,
    Symbol,
    Timestamp,
    Value,
    type_name,
)

METHODS: Final[dict[type, Table]] = {
    str: strings.STRING,
    bytes: strings.BYTES,
    list: collections.LIST,
    RulesSet: collections.SET,
    dict: collections.MAP,
    MapDiff: collections.MAP_DIFF,
    Timestamp: times.TIMESTAMP,
    Duration: times.DURATION,
    Path: places.PATH,
    LatLng: places.LATLNG,
}

NAMESPACES: Final[dict[str, Table]] = {
    **numbers.NAMESPACES,
    **times.NAMESPACES,
    **places.NAMESPACES,
}

FUNCTIONS: Final[Table] = {
    **numbers.CONVERSIONS,
    "path": Signature(places.path_of, (("string",),)),
}


def call_method(target: Value, name: str, arguments: list[Value]) -> Value:
    methods = METHODS.get(type(target))
    if methods is not None and (method := methods.get(name)) is not None:
        method.check(f"{type_name(target)}.{name}", arguments)
        return method.run(target, *arguments)
    if target is None:
        raise EvaluationError("Null value error.")
    if isinstance(target, Symbol):
        return target.call(name, arguments)
    raise unknown_function(name)
