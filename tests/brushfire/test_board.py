"""What a notebook shows of its listener, and of a series of pictures."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np

from brushfire.board import MOST_ROWS, Board
from brushfire.studio import Drawn, fitting
from brushfire.studio_view import sheet, table, video
from contract.events import Claimed, Failed, Reaped, Released, WorkerStarted
from contract.task import Claim, Failure

NOW = datetime.now(UTC)


def claim(worker: str = "me") -> Claim:
    return Claim(worker=worker, id="c", epoch=1, at=NOW, lease_until=NOW + timedelta(seconds=30))


def held(task: str, prompt: str = "a star") -> Any:
    return SimpleNamespace(id=task, fields={"prompt": prompt, "renderer": "pixeldraw"})


def test_a_task_is_followed_to_its_end_and_others_errors_are_left_out() -> None:
    board = Board()
    board.happened(WorkerStarted.build("me", "cpu", ["pixeldraw"]))
    board.happened(Claimed.build("t", claim(), 1))
    board.took(held("t", "<script>alert(1)</script>"))
    board.shown(held("t"), 3, 9, np.zeros((8, 8, 3), np.uint8), 0.25)
    failure = Failure(code="render_failed", message="a black picture")
    board.happened(Reaped.build("other", claim("another"), failure, 1))
    shown = board.html()
    assert "3 of 9" in shown
    assert "0.25" in shown
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    board.happened(Failed.build("t", claim(), failure, 1))
    assert board.rows["t"].state == "failed"
    assert "a black picture" in board.html()
    assert list(board.rows) == ["t"]


def test_only_the_last_tasks_are_kept() -> None:
    board = Board()
    for number in range(MOST_ROWS + 5):
        board.happened(Claimed.build(f"t{number}", claim(), 1))
        board.happened(Released.build(f"t{number}", claim()))
    assert len(board.rows) == MOST_ROWS
    assert next(iter(board.rows)) == "t5"


def test_an_option_goes_to_the_renderers_that_have_it_and_a_misspelt_one_to_all() -> None:
    options = {"cells": 8, "steps": 2, "quality": "draft", "qualty": "draft"}
    assert fitting("pixeldraw", options) == {"cells": 8, "quality": "draft", "qualty": "draft"}
    assert fitting("diffusion", options) == {"steps": 2, "quality": "draft", "qualty": "draft"}


def test_what_could_not_be_drawn_says_why_in_its_place() -> None:
    failed = Drawn("a <b>star</b>", "diffusion", {"model": "sdxl"}, error="sdxl isn't there")
    for shown in (table([failed]).text, sheet([failed]).text):
        assert "sdxl isn&#x27;t there" in shown
        assert "<b>" not in shown
    assert "no film" in video(failed).text
