"""Pictures that the starter VQGAN learns from, drawn in a process of their own while the model learns.

That process needs no torch.
"""

import multiprocessing
from concurrent.futures import Future, ProcessPoolExecutor

import numpy as np
from numpy.typing import NDArray

from training.scenes import draw_scene, draw_window, picture

# Half of all scenes are landscapes, of which there is more to learn.
SHAPES = 0.5

# The step, how many pictures, and their size.
Asked = tuple[int, int, int]


def draw(seed: int, step: int, count: int, size: int) -> NDArray[np.float32]:
    """The pictures of a step, of scenes seen through random windows: count × 3 × size × size in [0, 1]."""
    rng = np.random.default_rng((seed, step))
    drawn = []
    for _ in range(count):
        scene = draw_scene(rng, shapes=SHAPES)
        drawn.append(picture(scene, draw_window(rng, scene), size))
    return np.ascontiguousarray(np.stack(drawn).transpose(0, 3, 1, 2))


class Drawer:
    """Draws the next step's pictures while this step's are learned from."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._process = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        self._next: tuple[Asked, Future[NDArray[np.float32]]] | None = None

    def pictures(self, step: int, count: int, size: int) -> NDArray[np.float32]:
        """Those of `step`; those of the step after it are begun, in the same number and size."""
        asked = (step, count, size)
        ready = self._next is not None and self._next[0] == asked
        drawn = self._next[1] if self._next is not None and ready else self._begin(asked)
        found = drawn.result()
        after = (step + 1, count, size)
        self._next = (after, self._begin(after))
        return found

    def close(self) -> None:
        """End the process."""
        self._process.shutdown(cancel_futures=True)

    def _begin(self, asked: Asked) -> Future[NDArray[np.float32]]:
        return self._process.submit(draw, self._seed, *asked)
