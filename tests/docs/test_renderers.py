"""The renderer of docs/renderers.md, installed as it says, draws and keeps what a renderer promises."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.docs.blocks import blocks

pytestmark = pytest.mark.slow
NAME = "renderers.md"
CATALOG = """
import json, renderers
from listener.catalog import entry_of, learn_options
from contract.params import PARAMS
learn_options(["stripes"])
print(json.dumps([sorted(renderers.known()), entry_of(PARAMS["stripes"]).fields()]))
"""


def test_the_renderer_of_the_documentation_installs_draws_and_is_in_the_catalog(tmp_path: Path) -> None:
    package, site = tmp_path / "brushfire-stripes", tmp_path / "site"
    package.mkdir()
    [module], [project], [commands] = (blocks(NAME, language) for language in ("python", "toml", "sh"))
    (package / "brushfire_stripes.py").write_text(module)
    (package / "pyproject.toml").write_text(project)
    install, render = (shlex.split(line) for line in commands.splitlines())
    assert install[0] == ".venv/bin/pip"
    pip = [sys.executable, "-m", "pip", *install[1:-1], "--quiet", "--target", str(site), str(package)]
    subprocess.run(pip, check=True, cwd=tmp_path)
    environment = os.environ | {"PYTHONPATH": str(site)}
    assert render[0] == ".venv/bin/brushfire"
    drawn = subprocess.run(
        [sys.executable, "-m", "brushfire.cli", *render[1:], "--json"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert drawn.returncode == 0, drawn.stderr
    made = json.loads(drawn.stdout)
    assert (made["renderer"], made["seed"]) == ("stripes", 1)
    left = {str(file.relative_to(tmp_path)) for file in (tmp_path / "pictures").iterdir()}
    assert left == set(made["files"]), "nothing else is left there"
    picture = np.asarray(Image.open(tmp_path / made["files"][0]))
    assert picture.shape == (128, 128, 3)
    assert len(np.unique(picture[0], axis=0)) == 5, "five stripes"
    asked = subprocess.run(
        [sys.executable, "-c", CATALOG], env=environment, capture_output=True, text=True, check=True
    )
    known, entry = json.loads(asked.stdout)
    assert "stripes" in known
    assert entry["summary"] == "Draws stripes of random colours."
    assert entry["options"]["properties"]["stripes"]["maximum"] == 64
    wrong = subprocess.run(
        [sys.executable, "-m", "brushfire.cli", *render[1:], "--param", "stripes=99"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (wrong.returncode, "params.stripes is 99" in wrong.stderr) == (2, True), wrong.stderr
