"""Auto-stop: noticing that a picture gets no better, as pixray does."""

import math
from collections.abc import Mapping
from typing import Any

# The loss of one step depends on its cuts: it is averaged over about this many.
AVERAGED = 5
# What counts as better: less than this is noise. A loss is about 1.
GAIN = 1e-3


class Patience:
    """Watches the loss: `steps` without a better one, and learning should slow down; as many again, and end.

    With None for `steps` it waits for ever.
    """

    def __init__(self, steps: int | None) -> None:
        self._steps = steps
        self.slowed = False
        self.exhausted = False
        self.forget()

    def forget(self) -> None:
        """What counts as good has changed: look anew."""
        self._mean = math.nan
        self._best = math.inf
        self._waited = 0

    def see(self, loss: float) -> None:
        """One step's loss."""
        if self._steps is None:
            return
        self._mean = loss if math.isnan(self._mean) else self._mean + (loss - self._mean) / AVERAGED
        self._waited += 1
        if self._mean < self._best - GAIN:
            self._best, self._waited = self._mean, 0
        if self._waited >= self._steps:
            self.exhausted = self.slowed
            self.slowed, self._waited = True, 0

    def state(self) -> dict[str, float]:
        """All that is needed to go on the same."""
        return {
            "patience.mean": self._mean,
            "patience.best": self._best,
            "patience.waited": float(self._waited),
            "patience.slowed": float(self.slowed),
        }

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from a state. Raises KeyError, TypeError or ValueError if it isn't one."""
        self._mean, self._best = float(state["patience.mean"]), float(state["patience.best"])
        self._waited, self.slowed = int(state["patience.waited"]), bool(state["patience.slowed"])
