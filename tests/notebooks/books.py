"""Notebooks executed as a person would: in a kernel of their own, from top to bottom."""

import asyncio
import os
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "notebooks"
SECONDS = 110


def book(name: str, **parameters: Any) -> Any:
    """A notebook of ours, its cell of parameters followed by one that sets these."""
    notebook = nbformat.read(FOLDER / name, as_version=4)
    tagged = [n for n, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1, f"{name} has {len(tagged)} cells tagged `parameters`"
    given = "\n".join(f"{key} = {value!r}" for key, value in parameters.items())
    notebook.cells.insert(tagged[0] + 1, nbformat.v4.new_code_cell(given))
    return notebook


class Kernel:
    """A kernel for a notebook, in an empty folder, with one thread for torch."""

    def __init__(self, notebook: Any, folder: Path, **environment: str) -> None:
        self._client = NotebookClient(
            notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        )
        self._environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), **environment}

    def execute(self) -> None:
        """Run all cells; raises what a cell raised."""
        self._client.execute(env=self._environment)

    def interrupt(self) -> None:
        """Press the stop button, from another thread."""
        assert self._client.km is not None
        asyncio.run(self._client.km.interrupt_kernel())


def text_of(cell: Any) -> str:
    """All that a cell has put out, as text or HTML."""
    parts = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        parts.append(output.get("text") or data.get("text/html") or data.get("text/plain") or "")
    return "\n".join(parts)


def all_of(notebook: Any) -> str:
    """What all its cells have put out."""
    return "\n".join(text_of(cell) for cell in notebook.cells)


def cell_with(notebook: Any, words: str) -> Any:
    """The code cell whose source contains the words."""
    return next(cell for cell in notebook.cells if cell.cell_type == "code" and words in cell.source)
