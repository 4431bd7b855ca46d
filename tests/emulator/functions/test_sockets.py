"""The folder of the functions' sockets, and what a killed emulator leaves of it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emulator.functions.sockets import SocketFolder

LEAVE_ONE = """
import os
from emulator.functions.sockets import SocketFolder
print(SocketFolder().path, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def make_old(folder: Path) -> None:
    hour_ago = time.time() - 3_600
    os.utime(folder, (hour_ago, hour_ago))


def test_what_a_killed_process_left_goes_and_what_another_uses_stays(temporary: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", LEAVE_ONE],
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    left = Path(killed.stdout.strip())
    (left / "0").touch()
    make_old(left)
    in_use = SocketFolder()
    make_old(in_use.path)
    assert not left.exists()
    another = SocketFolder()
    assert in_use.path.exists()
    in_use.remove()
    another.remove()
    assert list(temporary.iterdir()) == []


def test_a_folder_just_made_is_left_to_its_owner() -> None:
    unlocked = SocketFolder()
    os.close(unlocked._lock)
    another = SocketFolder()
    assert unlocked.path.exists()
    another.remove()
