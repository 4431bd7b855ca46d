"""Weights that the tests of renderers share, made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from renderers.weights import ModelTable
from tests.renderers.factories import make_models
from tests.renderers.file_server import server, start_server

__all__ = ["server", "start_server"]  # fixtures


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with a tiny CLIP. Not to be written to."""
    return make_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def models(models_folder: Path) -> ModelTable:
    return ModelTable(models_folder)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Pictures this small are slower on many threads, and their sums then depend on how many."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
