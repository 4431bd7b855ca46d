"""The documentation is true where a machine can tell: its links lead somewhere, its commands parse."""

import re
import shlex
from pathlib import Path

import pytest

from benchmarks.cost import SECONDS, sums
from brushfire import cli

ROOT = Path(__file__).parent.parent.parent
FILES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "functions" / "README.md"])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"^\s*(?:\.venv/bin/)?brushfire (.+)$", re.MULTILINE)
SHORT = ("deploy.md", "listeners.md", "cost.md", "renderers.md", "security.md", "untried.md")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    for target in LINK.findall(file.read_text("utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


def test_every_brushfire_command_of_the_documentation_is_understood() -> None:
    understood = 0
    for file in FILES:
        for line in COMMAND.findall(file.read_text("utf-8")):
            words = shlex.split(line.partition("   #")[0].partition("  #")[0])
            if any("…" in word for word in words):
                continue
            cli.parser().parse_args(words)
            understood += 1
    assert understood >= 15


@pytest.mark.parametrize("name", SHORT)
def test_the_guides_are_short_and_linked_from_the_readme(name: str) -> None:
    assert f"docs/{name}" in (ROOT / "README.md").read_text("utf-8")
    assert len((ROOT / "docs" / name).read_text("utf-8").splitlines()) <= 130


def test_files_that_the_guides_name_are_there() -> None:
    for name in SHORT:
        text = (ROOT / "docs" / name).read_text("utf-8")
        for path in re.findall(
            r"`((?:ops|notebooks|listener|models|tests|renderers|brushfire|benchmarks)/[\w./-]+)`", text
        ):
            assert (ROOT / path).exists(), f"docs/{name}: {path}"


def test_the_sum_of_the_cost_is_that_of_the_program() -> None:
    text = (ROOT / "docs" / "cost.md").read_text("utf-8")
    rows = sums(1000, SECONDS, 1.0, 2.0, 0.0)
    for what, amount, dollars in rows:
        assert f"| {what} | {amount} | ${dollars:.4f} |" in text
    assert f"**${sum(row[2] for row in rows):.4f}**" in text
