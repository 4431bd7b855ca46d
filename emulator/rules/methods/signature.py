"""How a callable of the language is written down: a Python function, and the types of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.rules.errors import unsupported
from emulator.rules.values import Symbol, Value, is_type, type_name

ANY = ("any",)
LISTLIKE = ("list", "set")


@dataclass(frozen=True, slots=True)
class Signature:
    """`accepts`: for each argument, the names of the types it may have. `run` takes the target first."""

    run: Callable[..., Value]
    accepts: tuple[tuple[str, ...], ...] = ()

    def check(self, name: str, arguments: list[Value]) -> None:
        """Raises `EvaluationError` where number or types are wrong, `Undetermined` where one is open."""
        if len(arguments) == len(self.accepts) and all(map(_fits, arguments, self.accepts)):
            return
        received = ", ".join(type_name(argument) for argument in arguments)
        expected = ", ".join(" or ".join(kinds) for kinds in self.accepts)
        raise unsupported(f"{name}({received})", f"{name}({expected})")


def _fits(argument: Value, kinds: tuple[str, ...]) -> bool:
    if isinstance(argument, Symbol):
        raise argument.open()
    return kinds is ANY or any(is_type(argument, kind) for kind in kinds)


Table = dict[str, Signature]
