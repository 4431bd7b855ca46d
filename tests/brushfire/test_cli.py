"""The command line."""

import subprocess
import sys

import pytest

from brushfire import cli
from brushfire.picture import checked
from contract.errors import InvalidTask

HEAVY = ("torch", "transformers", "google.api_core", "grpc", "pydantic", "aiohttp", "numpy", "rich")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from brushfire import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "submit" in ended.stdout
    assert ended.stderr.strip() == "[]"


@pytest.mark.parametrize("command", ["up", "listen", "submit", "render", "status"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert f"brushfire {command}" in capsys.readouterr().out


def test_options_are_written_only_if_given_and_typed_by_their_looks() -> None:
    args = cli.parser().parse_args(
        [
            "submit",
            "a star",
            "--quality",
            "draft",
            "--seed",
            "7",
            "--param",
            "cells=20",
            "--param",
            "palette=pastel",
        ]
    )
    params, options = checked(args)
    assert params == {"quality": "draft", "seed": 7, "cells": 20, "palette": "pastel"}
    assert options.quality == "draft"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["", "--seed", "1"], "prompt"),
        (["a", "--quality", "great"], "params.quality"),
        (["a", "--size", "1"], "params.size"),
        (["a", "--param", "brush=3"], "params.brush"),
        (["a", "--param", "brush"], "--param"),
        (["a", "--renderer", "oilpaint"], "renderer"),
    ],
)
def test_what_cannot_be_rendered_is_told_before_it_is_sent(words: list[str], field: str) -> None:
    with pytest.raises(InvalidTask) as caught:
        checked(cli.parser().parse_args(["submit", *words]))
    assert caught.value.field == field


def test_a_wrong_option_ends_with_status_2_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["submit", "a", "--quality", "great"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "params.quality is 'great', but must be 'draft', 'normal', 'better' or 'best'" in said


def test_who_reads_only_the_beginning_of_what_is_said_hears_of_no_error() -> None:
    command = [sys.executable, "-m", "brushfire.cli", "models", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as said:
        assert said.stdout is not None
        assert said.stderr is not None
        said.stdout.close()
        assert said.stderr.read() == ""
    assert said.returncode == 141
