"""The folder that is deployed: complete by itself, small, and steady."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from functions import bundle

ROOT = bundle.ROOT
TARGETS = {"on_task_finished", "on_task_deleted", "reap", "prune", "stats"}


def pins(file: Path) -> dict[str, str]:
    lines = [line.partition("#")[0].strip() for line in file.read_text().splitlines()]
    return dict(line.split("==") for line in lines if "==" in line and ";" not in line)


def test_the_bundle_has_what_main_imports_and_no_renderer(tmp_path: Path) -> None:
    bundle.build(tmp_path)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {"main.py", "requirements.txt", "functions/outbox.py", "listener/sweep.py"} <= files
    assert {"contract/__init__.py", "contract/task.py", "contract/params/diffusion.py"} <= files
    assert {file for file in files if file.startswith("renderers/")} <= {"renderers/__init__.py"}
    assert not {file for file in files if file.startswith(("brushfire/", "emulator/", "tests/"))}
    assert "functions/bundle.py" not in files


def test_building_again_touches_nothing_and_removes_what_is_gone(tmp_path: Path) -> None:
    bundle.build(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.py")}
    kept = tmp_path / "venv" / "pyvenv.cfg"
    for extra in (tmp_path / "functions" / "gone.py", kept):
        extra.parent.mkdir(exist_ok=True)
        extra.write_text("x")
    (tmp_path / "main.py").write_text("damaged")
    bundle.build(tmp_path)
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.py")}
    assert after.keys() == before.keys()
    assert [path.name for path in after if after[path] != before[path]] == ["main.py"]
    assert kept.is_file()


def test_two_who_build_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    bundle.build(tmp_path)
    being_written, left = tmp_path / ".new-a", tmp_path / "functions" / ".new-b"
    for file in (being_written, left):
        file.write_text("half")
    os.utime(left, (0, 0))
    bundle.build(tmp_path)
    assert (being_written.exists(), left.exists()) == (True, False)


def test_where_nothing_has_changed_nothing_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Path] = []

    def count(folder: Path) -> None:
        built.append(folder)
        folder.mkdir(exist_ok=True)

    monkeypatch.setattr(bundle, "build", count)
    for _ in range(2):
        bundle.build_if_changed(tmp_path / "dist")
    assert len(built) == 1
    (tmp_path / "a.py").write_text("x = 1")
    monkeypatch.setattr(bundle, "OURS", (*bundle.OURS, str(tmp_path)))
    for _ in range(2):
        bundle.build_if_changed(tmp_path / "dist")
    assert len(built) == 2


def test_its_requirements_are_those_that_everything_else_runs_with() -> None:
    own, all_ = pins(ROOT / "functions/requirements.txt"), pins(ROOT / "requirements.txt")
    assert {name: all_.get(name) for name in own} == own
    assert "torch" not in own


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_imports_in_a_clean_virtual_environment_with_only_its_own_requirements(tmp_path: Path) -> None:
    """What predeploy does, and then what the Firebase CLI does: it asks main.py for its functions."""
    command = [sys.executable, "-m", "functions.bundle", "--to", str(tmp_path), "--venv"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=550)
    script = (
        "import json, sys, yaml\n"
        "from firebase_functions.private import serving\n"
        "manifest = yaml.safe_load(serving.functions_as_yaml(serving.get_functions()))\n"
        # And what the functions import when they are called.
        "import importlib, pathlib\n"
        "for path in sorted(pathlib.Path('functions').rglob('*.py')):\n"
        "    name = '.'.join(path.with_suffix('').parts).removesuffix('.__init__')\n"
        "    importlib.import_module(name)\n"
        "heavy = {'torch', 'transformers', 'numpy'} & set(sys.modules)\n"
        "print(json.dumps({'endpoints': manifest['endpoints'], 'heavy': sorted(heavy)}))\n"
    )
    outside = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GCLOUD_PROJECT": "demo-clean"}
    done = subprocess.run(
        [tmp_path / "venv/bin/python", "-c", script],
        cwd=tmp_path,
        env=outside,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["endpoints"].keys() >= TARGETS
    for trigger in ("on_task_finished", "on_task_deleted"):
        assert told["endpoints"][trigger]["eventTrigger"]["retry"] is True
    assert told["heavy"] == []
