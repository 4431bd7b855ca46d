"""Results and errors that lack nothing but what is said."""

from typing import Any

from contract.task import Result, StoredFile

FILE = StoredFile(path="results/t/1/image.png", url="http://127.0.0.1/image.png")


def a_result(**fields: Any) -> Result:
    """A result of one picture."""
    return Result(
        **{"images": [FILE], "thumbnail": FILE, "width": 8, "height": 8, "seed": 1, "seconds": 0.5, **fields}
    )
