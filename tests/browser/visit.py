"""A visit: a script of this folder that drives Chromium and tells in JSON what it saw."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.path.system import ROOT


def visit(
    script: str,
    *words: str,
    seconds: float,
    environment: Mapping[str, str] | None = None,
    said: Callable[[], str] = str,
) -> Any:
    """What `script` told, given these words; `said` is what the system has to say if it fails."""
    ended = subprocess.run(
        ["node", str(Path(__file__).parent / script), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=seconds,
        env=environment,
    )
    assert ended.returncode == 0, ended.stderr + said()
    return json.loads(ended.stdout)


def screenshots(folder: Path) -> str:
    """Where pictures of the screens go: to SCREENSHOTS if it is set, else to this folder."""
    return os.environ.get("SCREENSHOTS", str(folder))
