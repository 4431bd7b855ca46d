"""Who looks on as a listener works, in its own process: a notebook, say. It costs the queue nothing."""

from collections.abc import Callable

from contract.events import Event
from listener.holding import HeldTask
from listener.logs import log_event
from renderers.base import Image


class Onlooker:
    """Nobody. Its methods are called from several threads, and must not raise nor take long."""

    def happened(self, event: Event) -> None:
        """Something happened to a task or to the worker."""

    def took(self, held: HeldTask) -> None:
        """A task that was claimed is about to be rendered."""

    def shown(self, held: HeldTask, step: int, steps: int, image: Image | None, score: float | None) -> None:
        """A step was made. `image` is the renderer's own: whoever keeps it copies it."""


def telling(onlooker: Onlooker) -> Callable[[Event], None]:
    """What happens goes into the log, and to the onlooker."""

    def tell(event: Event) -> None:
        log_event(event)
        onlooker.happened(event)

    return tell
