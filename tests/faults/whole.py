"""Whether a file of an accepted result is whole: its picture, and the task that it carries."""

import io

import numpy as np
from PIL import Image as Pillow

from listener.png import read_recipe
from listener.seeds import seed_number
from tests.faults.renderer import patch


def wrong_with(task: str, path: str, data: bytes) -> str:
    """What is wrong with a file of `tests.faults.renderer`'s, or nothing."""
    try:
        with Pillow.open(io.BytesIO(data)) as picture:
            size, pixels = picture.size, np.asarray(picture.convert("RGB"))
    except OSError as error:
        return f"it can't be opened: {error}"
    if size != (8, 8):
        return f"it is {size}"
    if path.endswith(".png"):
        recipe = read_recipe(data)
        if recipe is None or recipe.prompt != f"picture {task}":
            return "it is another task's"
        if not np.array_equal(pixels, patch(seed_number(None, task))):
            return "it is another picture"
    return ""
