"""Renderers that are set up, each on its first task, and kept; and what can't be rendered here."""

import time
from collections.abc import Mapping
from typing import Any

import renderers
from contract.errors import SetupError, WeightsError
from listener.logs import log
from listener.order import Ask
from renderers.base import Weights

LACKING_SECONDS = 600.0


class Shelf:
    """This machine's renderers."""

    def __init__(self, device: str, models: Weights, names: tuple[str, ...]) -> None:
        self.names = names
        self.device = device
        # Models that tasks asked for by key and only others have, and until when that is believed.
        self._lacks: dict[str, float] = {}
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
        return Ask(self.served(), at_most, self._has if several else None, self.lacks())

    def _has(self, fields: Mapping[str, Any]) -> bool:
        return fields.get("renderer") in self._ready

    def lack(self, key: str) -> None:
        """Leave tasks that name a model to the others who have it, for a while: they may be gone by then."""
        self._lacks[key] = time.monotonic() + LACKING_SECONDS

    def lacks(self) -> frozenset[str]:
        """The models that are left to others now."""
        now = time.monotonic()
        return frozenset(key for key, until in self._lacks.items() if now < until)

    def models_here(self) -> list[str]:
        """The keys of the models whose files are on this machine, as far as its weights can tell."""
        table, is_here = getattr(self._models, "models", {}), getattr(self._models, "is_here", None)
        return [] if is_here is None else [key for key in table if is_here(key)]

    def give_up(self, name: str) -> None:
        """Serve a renderer no more. Raises `SetupError` when none is left."""
        self.names = tuple(other for other in self.names if other != name)
        if not self.names:
            raise SetupError("no renderer can run on this machine; the log says why")
