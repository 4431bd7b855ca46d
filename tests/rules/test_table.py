"""docs/rules.md says what the rules say: a row for each `allow`, and tests that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.rules.world import ROOT

DOC = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
JAVASCRIPT = (ROOT / "tests" / "js" / "rules" / "both.mjs").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    section = DOC.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def allows(file: str) -> Iterator[tuple[str, str]]:
    """Each `allow` of a rules file: the path that it is for, and the methods."""
    paths: list[str | None] = []
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        code = line.partition("//")[0].strip()
        if found := re.match(r"match (\S+) \{", code):
            paths.append(found[1])
        elif code.endswith("{"):
            paths.append(None)
        elif code == "}":
            paths.pop()
        elif found := re.match(r"allow ([\w, ]+):", code):
            yield "".join(path for path in paths[2:] if path), found[1]


def names_of_tests() -> set[str]:
    """Of every test in this folder."""
    trees = [
        ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "tests" / "rules").glob("test_*.py")
    ]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_table_has_a_row_for_each_allow_in_their_order() -> None:
    said = [(path.strip("`"), methods) for path, methods, _, _ in rows("Every `allow`")]
    assert said == [*allows("firestore.rules"), *allows("storage.rules")]


@pytest.mark.parametrize("heading", ["Every `allow`", "Attacks that were tried"])
def test_whatever_proves_a_row_exists(heading: str) -> None:
    for row in rows(heading):
        python, javascript = re.findall(r"`(\w+)`", row[-1]), re.findall(r'"([^"]+)"', row[-1])
        assert python
        assert set(python) <= names_of_tests()
        assert all(f'test("{title}"' in JAVASCRIPT for title in javascript)


def test_every_attack_that_is_tried_is_in_the_list() -> None:
    tree = ast.parse((ROOT / "tests" / "rules" / "test_attacks.py").read_text(encoding="utf-8"))
    tried = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    listed = set(re.findall(r"`(test_\w+)`", str(rows("Attacks that were tried"))))
    # One says what an owner may do, beside those that others may not.
    assert {name for name in tried if name.startswith("test_")} - listed == {
        "test_an_owner_deletes_the_files_that_name_them"
    }
