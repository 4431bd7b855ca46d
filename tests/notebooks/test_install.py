"""What a notebook installs beside what its machine came with."""

import runpy
from typing import Any

import pytest

from tests.notebooks.books import FOLDER, ROOT

INSTALL = runpy.run_path(str(FOLDER / "install.py"))
REQUIREMENTS = (ROOT / "requirements.txt").read_text("utf-8")
COLAB = {
    "torch": "2.9.0+cu126",
    "torchvision": "0.24.0+cu126",
    "numpy": "2.0.2",
    "nvidia-cublas-cu12": "12.6.4.1",
    "pillow": "11.3.0",
    "pydantic": "2.11.0",
}


def plan(here: dict[str, str]) -> tuple[list[str], list[str]]:
    planned: tuple[list[str], list[str]] = INSTALL["plan"](REQUIREMENTS, here)
    return planned


def test_torch_and_what_was_built_against_it_stay_exactly_as_they_are() -> None:
    wanted, constraints = plan(COLAB)
    assert not [line for line in wanted if line.startswith(("torch", "numpy", "pillow"))]
    assert "torch==2.9.0+cu126" in constraints
    assert "torchvision==0.24.0+cu126" in constraints
    assert "nvidia-cublas-cu12==12.6.4.1" in constraints
    assert not [line for line in constraints if line.startswith("pydantic")], "the rest is as we pin it"
    assert [line for line in wanted if line.startswith("pydantic==")]


def test_a_machine_with_nothing_gets_all_of_it() -> None:
    wanted, constraints = plan({})
    lines = [line.split("#")[0].strip() for line in REQUIREMENTS.splitlines()]
    assert wanted == [line for line in lines if line]
    assert constraints == []


def test_no_line_asks_for_torchvision() -> None:
    assert not [line for line in plan({})[0] if line.startswith("torchvision")]


def test_it_shows_what_it_would_do(capsys: pytest.CaptureFixture[str]) -> None:
    main: Any = INSTALL["main"]
    assert main(["--show"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("kept as they are: torch ")
    assert "firebase-admin==" in said
