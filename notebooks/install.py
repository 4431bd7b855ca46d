"""Installs Brushfire from this checkout beside what the machine already has: `python notebooks/install.py`.

A Colab runtime comes with a torch that was built for its GPU, and with packages built against it. They
stay: what is in KEPT isn't asked for, and every torch package is held by a constraint at exactly the version
that is here, so that nothing else can pull in another. The rest is installed as requirements.txt pins it. On
a machine without torch that is installed, too.

`--show` prints what would be installed, and installs nothing.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Loaded by the notebook's own process or built against its GPU: others would ask for a restart at least.
KEPT = ("torch", "numpy", "pillow")
# Held where they are, if they are here: they must fit the torch that is here.
HELD = re.compile(r"torch|torchvision|torchaudio|triton|nvidia-.*|" + "|".join(KEPT))


def main(arguments: Sequence[str]) -> int:
    """Install, and say what was kept."""
    here = installed()
    wanted, constraints = plan((ROOT / "requirements.txt").read_text("utf-8"), here)
    kept = [f"{name} {here[name]}" for name in KEPT if name in here]
    print(f"kept as they are: {', '.join(kept) or 'nothing'}", flush=True)
    if "--show" in arguments:
        print("\n".join(wanted))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        asked, held = Path(folder) / "requirements.txt", Path(folder) / "constraints.txt"
        asked.write_text("\n".join(wanted) + "\n")
        held.write_text("\n".join(constraints) + "\n")
        pip("-r", str(asked), "-c", str(held))
    pip("--no-deps", "-r", str(ROOT / "requirements-nodeps.txt"), "--editable", str(ROOT))
    return 0


def plan(requirements: str, here: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The lines of requirements.txt to ask for, and what to hold, given {name: version} of what is here."""
    lines = [line.partition("#")[0].strip() for line in requirements.splitlines()]
    names = {line: canonical(re.split(r"[=<>!~\[ ]", line)[0]) for line in lines if line}
    wanted = [line for line, name in names.items() if not (name in KEPT and name in here)]
    return wanted, [f"{name}=={version}" for name, version in sorted(here.items()) if HELD.fullmatch(name)]


def installed() -> dict[str, str]:
    """The version of each package that this Python finds, by its canonical name."""
    found = ((dist.metadata["Name"], dist.version) for dist in metadata.distributions())
    return {canonical(name): version for name, version in found if name}


def canonical(name: str) -> str:
    """A package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pip(*words: str) -> None:
    """One `pip install`; its failure is this program's."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *words], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
