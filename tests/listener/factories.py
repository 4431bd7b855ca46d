"""Results and claims that lack nothing but what is said."""

from collections.abc import Sequence
from typing import Any

from contract.task import Result, StoredFile
from listener.holding import HeldTask
from listener.order import Ask
from listener.task_queue import TaskQueue

FILE = StoredFile(path="results/t/1/image.png", url="http://127.0.0.1/image.png")


def a_result(**fields: Any) -> Result:
    """A result of one picture."""
    return Result(
        **{"images": [FILE], "thumbnail": FILE, "width": 8, "height": 8, "seed": 1, "seconds": 0.5, **fields}
    )


def take(queue: TaskQueue, renderers: Sequence[str] = ()) -> HeldTask | None:
    """The first task in line, None if there is none."""
    held = queue.claim(Ask(renderers))
    return held[0] if held else None
