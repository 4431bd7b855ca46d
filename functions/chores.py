"""Several things to do at one time, none of which keeps the others from being done."""

import logging
from collections.abc import Callable

from listener.logs import log


def each(**chores: Callable[[], object]) -> None:
    """Do all of them, in order; then raise what the first of those met that failed."""
    failed: Exception | None = None
    for name, chore in chores.items():
        try:
            chore()
        except Exception as error:
            log("chore_failed", logging.ERROR, exc_info=error, chore=name)
            failed = failed or error
    if failed is not None:
        raise failed
