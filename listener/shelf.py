"""Renderers that are set up, each on its first task, and kept; and what can't be rendered here."""

import time
from collections.abc import Mapping
from typing import Any

import renderers
from contract.errors import SetupError, WeightsError
from listener.logs import log
from listener.order import Ask
from renderers.base import Weights


class Shelf:
    """This machine's renderers."""

    def __init__(self, device: str, models: Weights, names: tuple[str, ...]) -> None:
        self.names = names
        self.device = device
        self._models = models
        self._ready: dict[str, Any] = {}
        self._all = frozenset(renderers.known())

    def get(self, name: str) -> Any:
        """A renderer with its weights loaded. Raises `SetupError` for one that can't run here.

        Weights that every task of it would need are part of that; `brushfire models pull` gets them.
        """
        if name not in self._ready:
            began = time.monotonic()
            renderer = renderers.load(name)
            try:
                renderer.setup(self.device, self._models)
            except WeightsError as error:
                raise SetupError(f"{name} can't run here: {error}") from error
            self._ready[name] = renderer
            log("renderer_ready", renderer=name, seconds=round(time.monotonic() - began, 1))
        return self._ready[name]

    def served(self) -> tuple[str, ...]:
        """The renderers to ask the queue for; none are named if it is all that there are."""
        return () if self._all <= set(self.names) else self.names

    def ask(self, at_most: int) -> Ask:
        """What to claim: so many tasks at once, rather of renderers that are set up already."""
        several = len(self.names) > 1 and self._ready
        return Ask(self.served(), at_most, self._has if several else None)

    def _has(self, fields: Mapping[str, Any]) -> bool:
        return fields.get("renderer") in self._ready

    def give_up(self, name: str) -> None:
        """Serve a renderer no more. Raises `SetupError` when none is left."""
        self.names = tuple(other for other in self.names if other != name)
        if not self.names:
            raise SetupError("no renderer can run on this machine; the log says why")
