"""The seed of a task without one."""

from renderers.seeds import resolve_seed


def seed_number(seed: int | str | None, task: str) -> int:
    """The number that the renderer is given: as `brushfire render` understands the seed, if there is one.

    Without one the task's id stands in, so that another attempt at the task gives the same picture.
    """
    return resolve_seed(f"task {task}" if seed is None else seed)
