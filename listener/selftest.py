"""A worker's test of itself: a tiny render at nobody's expense, before it claims again."""

import logging
import threading

from contract.errors import Draining
from contract.params import params_of
from contract.prompts import parse_prompts
from listener.logs import log
from listener.shelf import Shelf
from renderers import memory
from renderers.base import Image, Job, Silent

PROMPT = "a red circle on a blue background"
# What makes a render small, where a renderer has the option.
SMALL = {"quality": "draft", "size": 64, "iterations": 2, "steps": 2}


class _Leaving(Silent):
    def __init__(self, leaving: threading.Event) -> None:
        self._leaving = leaving

    def step(self, i: int, n: int, image: Image | None, score: float | None, *, job: int = 0) -> None:
        if self._leaving.is_set():
            raise Draining("this worker is leaving")


def passes(shelf: Shelf, renderer: str, leaving: threading.Event) -> bool:
    """Whether a renderer renders. Raises `Draining` if the worker is told to leave meanwhile."""
    try:
        model = params_of(renderer)
        params = model.model_validate({k: v for k, v in SMALL.items() if k in model.model_fields})
        made = shelf.get(renderer).render([Job(parse_prompts(PROMPT), params, 0)], _Leaving(leaving))
    except Draining:
        raise
    except Exception as error:
        log("self_test_failed", logging.WARNING, renderer=renderer, error=f"{type(error).__name__}: {error}")
        memory.forget(error)
        memory.free()
        return False
    return len(made) == 1 and len(made[0].images) > 0
