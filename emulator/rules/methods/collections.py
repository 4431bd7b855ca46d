"""Methods of lists, sets, maps and map differences.

https://firebase.google.com/docs/reference/rules/rules.List, .Set, .Map and .MapDiff
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from emulator.rules.errors import unsupported
from emulator.rules.methods.signature import ANY, LISTLIKE, Signature, Table
from emulator.rules.operators import concat
from emulator.rules.values import MapDiff, RulesSet, Value, equal, identity, type_name

_LIST: Final = ("list",)
_SET: Final = ("set",)


def _identities(items: Value) -> set[Hashable]:
    return set(items.members) if isinstance(items, RulesSet) else {identity(item) for item in items}


def has_all(items: Value, wanted: Value) -> bool:
    return _identities(items) >= _identities(wanted)


def has_any(items: Value, wanted: Value) -> bool:
    return not _identities(items).isdisjoint(_identities(wanted))


def has_only(items: Value, allowed: Value) -> bool:
    return _identities(items) <= _identities(allowed)


def join(items: list[Value], separator: str) -> str:
    for item in items:
        if type(item) is not str:
            raise unsupported(f"list.join on a {type_name(item)}", "strings")
    return separator.join(items)


def remove_all(items: list[Value], unwanted: list[Value]) -> list[Value]:
    gone = _identities(unwanted)
    return [item for item in items if identity(item) not in gone]


def difference(left: RulesSet, right: RulesSet) -> RulesSet:
    return RulesSet(item for key, item in left.members.items() if key not in right.members)


def intersection(left: RulesSet, right: RulesSet) -> RulesSet:
    return RulesSet(item for key, item in left.members.items() if key in right.members)


def union(left: RulesSet, right: RulesSet) -> RulesSet:
    return RulesSet([*left.members.values(), *right.members.values()])


def get(fields: dict[str, Value], key: Value, default: Value) -> Value:
    """The value at a key, or at a list of keys that leads into nested maps; `default` where there is none."""
    here: Value = fields
    for step in key if type(key) is list else [key]:
        if type(step) is not str:
            raise unsupported(f"map.get({type_name(step)})", "map.get(string or list of strings, default)")
        if type(here) is not dict or step not in here:
            return default
        here = here[step]
    return here


def diff(after: dict[str, Value], before: dict[str, Value]) -> MapDiff:
    common = after.keys() & before.keys()
    changed = frozenset(key for key in common if not equal(after[key], before[key]))
    return MapDiff(
        added=frozenset(after.keys() - before.keys()),
        removed=frozenset(before.keys() - after.keys()),
        changed=changed,
        unchanged=frozenset(common - changed),
    )


_MEMBERSHIP: Final[Table] = {
    "hasAll": Signature(has_all, (LISTLIKE,)),
    "hasAny": Signature(has_any, (LISTLIKE,)),
    "hasOnly": Signature(has_only, (LISTLIKE,)),
}

LIST: Final[Table] = {
    **_MEMBERSHIP,
    "concat": Signature(concat, (_LIST,)),
    "join": Signature(join, (("string",),)),
    "removeAll": Signature(remove_all, (_LIST,)),
    "size": Signature(len),
    "toSet": Signature(RulesSet),
}

SET: Final[Table] = {
    **_MEMBERSHIP,
    "difference": Signature(difference, (_SET,)),
    "intersection": Signature(intersection, (_SET,)),
    "size": Signature(lambda items: len(items.members)),
    "union": Signature(union, (_SET,)),
}

MAP: Final[Table] = {
    "diff": Signature(diff, (("map",),)),
    "get": Signature(get, (("string", "list"), ANY)),
    "keys": Signature(lambda fields: list(fields)),
    "size": Signature(len),
    "values": Signature(lambda fields: list(fields.values())),
}

MAP_DIFF: Final[Table] = {
    "addedKeys": Signature(lambda found: RulesSet(found.added)),
    "affectedKeys": Signature(lambda found: RulesSet(found.added | found.removed | found.changed)),
    "changedKeys": Signature(lambda found: RulesSet(found.changed)),
    "removedKeys": Signature(lambda found: RulesSet(found.removed)),
    "unchangedKeys": Signature(lambda found: RulesSet(found.unchanged)),
}
