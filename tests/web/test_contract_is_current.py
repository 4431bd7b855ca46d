"""web/src/contract.ts is generated from contract/; whoever changes one must make the other anew."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"


def check(web: Path) -> subprocess.CompletedProcess[str]:
    """Runs the generator of a web folder in its checking mode."""
    return subprocess.run(
        ["node", "scripts/contract.mjs", "--check"],
        cwd=web,
        env=os.environ | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_pages_contract_is_what_the_contract_says() -> None:
    done = check(WEB)
    assert done.returncode == 0, done.stderr


def test_a_stale_contract_is_told(tmp_path: Path) -> None:
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    shutil.copytree(WEB / "scripts", web / "scripts")
    (web / "node_modules").symlink_to(WEB / "node_modules")
    (tmp_path / "contract").symlink_to(WEB.parent / "contract")
    (web / "src" / "contract.ts").write_text("// of another day\n")
    done = check(web)
    assert done.returncode == 1
    assert "npm run contract" in done.stderr
