"""Both notebooks, executed from top to bottom in kernels of their own, and what is committed of them."""

import base64
import re
import sys
import threading
from pathlib import Path
from typing import Any

import av
import nbformat
import pytest

from brushfire.running import Addresses
from contract.task import NewTask, Status
from listener.firebase import connect
from listener.settings import Settings
from listener.task_queue import TaskQueue
from tests.listener.running import eventually
from tests.notebooks.books import FOLDER, Kernel, all_of, book, cell_with, text_of

if sys.platform == "win32":
    pytest.skip("kernels are interrupted by signals", allow_module_level=True)

# Executed in the tests' own Python: nothing is to be installed.
SMALL = {"quality": "draft", "size": 64, "iterations": 2, "cuts": 2, "cells": 8, "strokes": 16, "steps": 2}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.ipynb")), ids=lambda file: file.name)
def test_what_is_committed_of_a_notebook_holds_no_output(file: Path) -> None:
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [], f"{file.name}: clear the outputs of\n{cell.source}"
            assert cell.execution_count is None
            assert len(cell.source.splitlines()) <= 20, f"{file.name}: too much for a cell\n{cell.source}"


@pytest.mark.slow
def test_the_rendering_notebook_draws_with_all_four_and_shows_tables_sheets_and_a_film(
    tmp_path: Path,
) -> None:
    notebook = book(
        "render.ipynb",
        OPTIONS=SMALL,
        COUNT=3,
        KEYWORDS=["at night"],
        BLENDS=[0.0, 1.0],
        CHOICES=[{"renderer": "diffusion"}, {"renderer": "pixeldraw", "shape": "hexagon"}],
    )
    Kernel(notebook, tmp_path).execute()
    pictures = text_of(cell_with(notebook, "sheet(all_of_them)"))
    for renderer in ("clipdraw", "diffusion", "pixeldraw", "vqgan_clip"):
        assert f"{renderer} (seed 1): a red circle" in pictures
    assert pictures.count("<img") == 4
    lots = text_of(cell_with(notebook, "table(lots)"))
    assert lots.count("<tr>") == 4
    assert len(re.findall(r"<td>[\d,]+ MB</td>", lots)) == 3, lots
    assert text_of(cell_with(notebook, "studio.at_random")).count("<img") == 3
    assert text_of(cell_with(notebook, "with_keywords")).count("<img") == 2
    blended = re.findall(r'base64,([^"]+)"', text_of(cell_with(notebook, "studio.blended")))
    assert len(set(blended)) == 2, "the LoRA changes the picture"
    [film] = re.findall(r"data:video/mp4;base64,([^\"]+)", text_of(cell_with(notebook, "video(")))
    (tmp_path / "film.mp4").write_bytes(base64.b64decode(film))
    with av.open(str(tmp_path / "film.mp4")) as opened:
        assert sum(1 for _ in opened.decode(video=0)) >= 2


@pytest.mark.slow
def test_the_listening_notebook_draws_shows_it_live_and_gives_back_its_task_when_it_is_interrupted(
    empty_firestore: Addresses, tmp_path: Path
) -> None:
    environment = empty_firestore.environment() | {"BRUSHFIRE_STATE": str(tmp_path / "state")}
    settings = Settings.from_environment(environment)
    connected = connect(settings)
    queue = TaskQueue(connected.db)

    def submit(task: str, uid: str, prompt: str, iterations: int) -> None:
        params: dict[str, Any] = {"quality": "draft", "size": 64, "iterations": iterations, "cuts": 2}
        queue.submit(NewTask(uid=uid, prompt=prompt, renderer="pixeldraw", params=params), task)

    submit("short", "ann", "a red circle | <b>bold</b>:0.1", 3)
    submit("long", "bob", "a blue star", 2000)
    notebook = book("listener.ipynb", RENDERERS=["pixeldraw"])
    kernel = Kernel(notebook, tmp_path, **environment, BRUSHFIRE_WORKER="from-a-notebook")

    def interrupt_once_it_draws() -> None:
        eventually(lambda: queue.edge.read(_progress(connected.db, "long")), seconds=100, every=0.2)
        kernel.interrupt()

    watching = threading.Thread(target=interrupt_once_it_draws, daemon=True)
    watching.start()
    kernel.execute()
    watching.join()
    short, long = queue.get("short"), queue.get("long")
    connected.close()
    assert short is not None
    assert short.status is Status.DONE
    assert long is not None
    assert (long.status, long.attempt) == (Status.QUEUED, 0), "given back, uncounted"
    assert long.checkpoint is not None, "and saved"
    board = text_of(cell_with(notebook, "listen(settings"))
    assert "from-a-notebook on cpu: stopped, 1 finished" in board
    assert "a blue star" in board
    assert "<td>released</td>" in board
    assert "<td>done</td>" in board
    assert "&lt;b&gt;bold" in board, "what users wrote is text"
    assert "data:image/webp;base64," in board
    assert "1 finished; stopped" in board
    assert "the local Firebase at" in text_of(cell_with(notebook, "sign_in"))
    assert "Traceback" not in all_of(notebook)


def _progress(db: Any, task: str) -> Any:
    return db.collection("queue").document(task).collection("live").document("progress")
