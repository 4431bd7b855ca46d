"""Builds the folder that `firebase deploy` uploads: `python3.11 -m functions.bundle`, the predeploy step.

Firebase uploads one folder and installs its requirements.txt. This one gets main.py, every module of ours
that main.py imports, directly or not, and nothing else. It needs nothing but Python, so any 3.11 runs it.
"""

import argparse
import ast
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
DEFAULT = ROOT / "functions" / "dist"
OURS = ("contract", "functions", "listener", "renderers")
# Beside main.py, where Firebase looks for them; the two with settings are the deployer's own.
BESIDE = ("requirements.txt", ".env*", ".secret.local")
VENV = "venv"
_STAMP = ".requirements"
_BUILT = ".built"
_NEW = ".new-"
# After so many seconds what is half written was left by a build that was killed.
_LEFT = 60.0


def main(arguments: list[str] | None = None) -> int:
    """Build it; with --venv also the virtual environment in which the Firebase CLI finds the functions."""
    parser = argparse.ArgumentParser(prog="python -m functions.bundle", description=__doc__)
    parser.add_argument("--to", type=Path, default=DEFAULT, help="folder to build (default: functions/dist)")
    parser.add_argument(
        "--venv", action="store_true", help="also make its virtual environment, as deploying needs"
    )
    options = parser.parse_args(arguments)
    build(options.to)
    if options.venv:
        make_venv(options.to)
    return 0


def build(folder: Path = DEFAULT) -> None:
    """Make the folder what it should be; files that are right already stay untouched, others go.

    Whoever reads it at the same time, or builds it too, never sees half a file.
    """
    wanted = {path.relative_to(ROOT): path for path in reachable(ROOT / "functions" / "main.py")}
    wanted[Path("main.py")] = wanted.pop(Path("functions/main.py"))
    wanted |= {Path(file.name): file for name in BESIDE for file in (ROOT / "functions").glob(name)}
    for name, source in wanted.items():
        _put(folder / name, source.read_bytes())
    for path in _files(folder):
        if path.relative_to(folder) not in wanted:
            path.unlink(missing_ok=True)


def build_if_changed(folder: Path = DEFAULT) -> None:
    """The same, at the cost of a look at our files' times where nothing has changed since."""
    now, stamp = _as_it_is(), folder / _BUILT
    if not stamp.is_file() or stamp.read_bytes() != now:
        build(folder)
        _put(stamp, now)


def make_venv(folder: Path) -> None:
    """`venv` in the folder, with what requirements.txt says; made anew only when that has changed."""
    requirements, stamp = folder / "requirements.txt", folder / VENV / _STAMP
    if stamp.is_file() and stamp.read_bytes() == requirements.read_bytes():
        return
    python = folder / VENV / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", folder / VENV], check=True)
    # Compiling all of it would take longer than the little that the Firebase CLI runs of it.
    quietly = ["--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([python, "-m", "pip", "install", *quietly, "-r", requirements], check=True)
    stamp.write_bytes(requirements.read_bytes())


def reachable(start: Path) -> set[Path]:
    """A module's file, and those of our modules that it imports anywhere in it, and theirs."""
    found: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path)
    return found


def _imported(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name.partition(".")[0] in OURS:
                yield from _files_of(name)


def _files_of(name: str) -> Iterator[Path]:
    """The file of a module, if it is one, and of the packages that it lies in."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        base = ROOT.joinpath(*parts[:count])
        yield from (path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file())


def _as_it_is() -> bytes:
    """Changes when a file does of which the folder might be made."""
    files = [file for name in OURS for file in (ROOT / name).rglob("*.py") if DEFAULT not in file.parents]
    files += [file for name in BESIDE for file in (ROOT / "functions").glob(name)]
    lines = [f"{file} {(at := file.stat()).st_mtime_ns} {at.st_size}" for file in sorted(files)]
    return "\n".join(lines).encode()


def _files(folder: Path) -> list[Path]:
    """All files of ours below a folder, with what a killed build left; not what another is writing now."""
    found = (path for path in folder.rglob("*") if path.is_file())
    ours = [path for path in found if not {VENV, "__pycache__"} & set(path.relative_to(folder).parts)]
    return [path for path in ours if not (path.name.startswith(_NEW) and _fresh(path))]


def _fresh(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < _LEFT
    except FileNotFoundError:
        return True


def _put(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_NEW)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(name, 0o644)
    os.replace(name, path)


if __name__ == "__main__":
    sys.exit(main())
