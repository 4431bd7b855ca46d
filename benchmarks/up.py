"""What a person waits for: `python -m benchmarks.up`.

Starts `brushfire up` on free ports with fresh data and times the page, the first worker, and pictures of two
qualities from submission to the finished document; then prints what a finished task cost the listener.
"""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from brushfire import cli

PROMPTS = (
    "a red circle on a blue background",
    "a yellow star on a black background",
    "a house on grass at sunset",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        began = time.monotonic()
        up = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "brushfire.cli",
                "up",
                "--port",
                "0",
                "--data",
                str(Path(folder) / "data"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            page = said(up, "the page: ").split("the page: ")[1].strip()
            urllib.request.urlopen(page).close()
            print(f"page answers after          {time.monotonic() - began:6.1f} s")
            said(up, "worker_started")
            print(f"first task claimable after  {time.monotonic() - began:6.1f} s")
            for quality in ("draft", "normal"):
                for prompt in PROMPTS:
                    seconds, document = submitted(prompt, quality)
                    rendering = document["result"]["seconds"]
                    print(f"{quality:>6} {prompt:38} {seconds:6.1f} s, of which {rendering:.1f} s drawing")
            print("per finished task, without progress:", printed("status", "--json")["cost"]["per_task"])
        finally:
            up.send_signal(signal.SIGINT)
            up.communicate()


def said(up: "subprocess.Popen[str]", part: str) -> str:
    """Read on to the line that contains `part`."""
    assert up.stdout is not None
    for line in up.stdout:
        if part in line:
            return line
    raise SystemExit(f"brushfire up ended without saying {part!r}")


def submitted(prompt: str, quality: str) -> tuple[float, dict[str, Any]]:
    """Seconds from submission to the finished document, and the document."""
    began = time.monotonic()
    document = printed("submit", prompt, "--quality", quality, "--wait", "--json")
    return time.monotonic() - began, document


def printed(*words: str) -> dict[str, Any]:
    """The JSON object that a command prints."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        if cli.main(words) != 0:
            raise SystemExit(f"brushfire {' '.join(words)} failed")
    document: dict[str, Any] = json.loads(output.getvalue())
    return document


if __name__ == "__main__":
    main()
