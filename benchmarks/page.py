"""What Lighthouse gives the built page, and what it weighs: `python -m benchmarks.page`.

The local Firebase serves the page, with 500 pictures in its gallery; Lighthouse (its npm package, as
`make test` installs it) looks at it in Chromium as a slow phone would. On a busy machine its figure for speed
is too low.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.browser.parts import Firebase
from tests.browser.wall import Wall, pictures

ROOT = Path(__file__).parent.parent
SCORES = ("performance", "accessibility", "best-practices", "seo")
TARGET = 95


def main() -> int:
    """Print the table; 1 if a score is below the target."""
    with tempfile.TemporaryDirectory() as folder:
        firebase = Firebase(Path(folder))
        try:
            wall = Wall(firebase.addresses)
            wall.hang(pictures(500))
            found = scores(f"http://{firebase.addresses.hosting}")
            wall.firebase.close()
        finally:
            firebase.stop()
    table = Table(
        "page",
        *SCORES,
        "first and largest paint",
        "held against it",
        title=f"Lighthouse, out of 100; {TARGET} at least",
    )
    for page in found:
        held = "\n".join(page["against"])
        paints = "{first} s, {largest} s".format(**page["paints"])
        table.add_row(page["url"], *(str(page["scores"][name]) for name in SCORES), paints, held)
    Console(width=140).print(table)
    subprocess.run(["npm", "run", "--silent", "weigh"], cwd=ROOT / "web", check=True)
    return int(any(page["scores"][name] < TARGET for page in found for name in SCORES))


def scores(address: str) -> list[dict[str, Any]]:
    """Lighthouse's view of home and gallery."""
    ended = subprocess.run(
        ["node", "lighthouse.mjs", f"{address}/", f"{address}/gallery"],
        cwd=ROOT / "tests" / "js",
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=600,
    )
    return [json.loads(line) for line in ended.stdout.splitlines()]


if __name__ == "__main__":
    sys.exit(main())
