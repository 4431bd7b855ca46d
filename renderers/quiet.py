"""Hugging Face's libraries without their bars, tables and warnings: a log has no use for them."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal


@contextmanager
def quiet(library: Literal["diffusers", "transformers"]) -> Iterator[None]:
    """It draws no progress bar and says nothing but errors, as long as the block runs."""
    theirs = importlib.import_module(f"{library}.utils.logging")
    verbosity, bars = theirs.get_verbosity(), theirs.is_progress_bar_enabled()
    theirs.set_verbosity_error()
    theirs.disable_progress_bar()
    try:
        yield
    finally:
        theirs.set_verbosity(verbosity)
        if bars:
            theirs.enable_progress_bar()
