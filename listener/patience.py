"""Saying something to Firebase until it is heard: what was rendered should not be lost to a bad line."""

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from contract.errors import Unreachable
from listener.outage import Outage

T = TypeVar("T")

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 5.0


class Patience:
    """Tries again and again, with growing pauses, until the worker is told to leave."""

    def __init__(self, leaving: threading.Event) -> None:
        self._leaving = leaving

    def insist(self, say: Callable[[], T], outage: Outage, between: Callable[[], None] | None = None) -> T:
        """What `say` returns once the service answers.

        `between` is called before each further try, and may raise to give up. Raises `Unreachable` if the
        service is away while the worker leaves.
        """
        pause = SHORTEST_PAUSE
        while True:
            try:
                said = say()
            except Unreachable as error:
                outage.met(error)
                if self._leaving.wait(pause * random.uniform(0.5, 1.0)):
                    raise
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                outage.over()
                return said
            if between is not None:
                between()
