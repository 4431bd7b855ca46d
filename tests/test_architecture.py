"""The house's floors: imports run down, never back up."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What each of our packages may import of ours.
MAY_IMPORT = {
    "contract": {"contract"},
    "renderers": {"renderers", "contract"},
    "listener": {"listener", "renderers", "contract"},
    "functions": {"functions", "listener", "contract"},
    "brushfire": {"brushfire", "functions", "listener", "renderers", "contract", "emulator"},
    "emulator": {"emulator"},
    "training": {"training", "renderers", "contract"},
}
# brushfire alone starts the local Firebase, and only from here.
STARTS_THE_EMULATOR = {"brushfire/up.py", "brushfire/local_firebase.py"}
# It builds what is deployed, and knows nothing of what the functions do.
BUILDS_THE_FUNCTIONS = {"brushfire/up.py"}
ALLOWED_IN_CONTRACT = {"contract", "pydantic", *sys.stdlib_module_names}


def sources(package: str) -> list[Path]:
    return [
        path
        for path in sorted((ROOT / package).rglob("*.py"))
        if not {"node_modules", "dist"} & set(path.parts)
    ]


def imported(path: Path) -> Iterator[str]:
    """The top packages that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides which way it goes"
            yield str(node.module).partition(".")[0]


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_imports_run_down_the_floors(package: str) -> None:
    ours = {*MAY_IMPORT, "tests", "benchmarks"}
    for path in sources(package):
        wrong = set(imported(path)) & ours - MAY_IMPORT[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))}"


def test_only_the_starter_of_the_whole_system_knows_the_emulator() -> None:
    knowing = {
        str(path.relative_to(ROOT)) for path in sources("brushfire") if "emulator" in set(imported(path))
    }
    assert knowing <= STARTS_THE_EMULATOR


def test_only_the_starter_of_the_whole_system_builds_the_functions() -> None:
    knowing = {
        str(path.relative_to(ROOT)) for path in sources("brushfire") if "functions" in set(imported(path))
    }
    assert knowing <= BUILDS_THE_FUNCTIONS


def test_the_contract_imports_pydantic_and_nothing_else() -> None:
    for path in sources("contract"):
        foreign = set(imported(path)) - ALLOWED_IN_CONTRACT
        assert not foreign, f"{path.relative_to(ROOT)} imports {', '.join(sorted(foreign))}"


@pytest.mark.parametrize("package", ["contract", "functions", "listener", "brushfire", "renderers"])
def test_nothing_heavy_is_imported_before_it_is_needed(package: str) -> None:
    """Every module of the package, but for those that render, in a fresh interpreter."""
    light = {
        "renderers": ["renderers", "renderers.base", "renderers.devices", "renderers.run", "renderers.seeds"]
    }
    modules = light.get(package) or [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sources(package)
        if path.name != "__main__.py"
    ]
    script = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        "print(*{'torch', 'transformers', 'kornia'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
