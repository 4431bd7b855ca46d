"""How long `brushfire status` takes with a long line: `python -m benchmarks.status`.

Fills a local Firebase with waiting tasks and workers, then times the reads alone and the whole command, from
its start to its exit, and prints the documents that one look is billed as. `--tasks 100` shows that it works.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from brushfire.local_firebase import LocalFirebase
from brushfire.status_reads import Reader
from listener.firebase import connect
from listener.settings import Settings

ROOT = Path(__file__).parent.parent
LOOKS = 7


def main() -> None:
    parser = argparse.ArgumentParser(description="Times `brushfire status`.")
    parser.add_argument("--tasks", type=int, default=10_000)
    tasks = parser.parse_args().tasks
    with tempfile.TemporaryDirectory() as folder:
        local = LocalFirebase.start(
            ROOT / "firebase.json", Path(folder) / "data", port=0, stderr=subprocess.DEVNULL
        )
        try:
            measure(local.addresses.environment() | {"XDG_STATE_HOME": folder}, tasks)
        finally:
            local.stop()


def measure(environment: dict[str, str], tasks: int) -> None:
    """Fill it, and time it."""
    settings = Settings.from_environment(environment)
    fill(settings, tasks)
    firebase = connect(settings, "brushfire-cli/benchmark")
    for number in range(20):
        seen = {"last_seen": datetime.now(UTC), "state": "idle", "seconds": {"pixeldraw/draft": 1.0}}
        kept = {"host": "h", "device": "cpu", "renderers": ["pixeldraw"], "version": "1"}
        firebase.db.document(f"workers/w{number}").set(kept | seen)
    reader = Reader(firebase.db, settings.project, settings.firestore_host)
    reader.all()  # the queries' indexes are made by the first look
    reads, whole = [], []
    for _ in range(LOOKS):
        reader.count, began = 0, time.monotonic()
        reader.all()
        reads.append(time.monotonic() - began)
        began = time.monotonic()
        command = [sys.executable, "-m", "brushfire.cli", "status", "--once"]
        subprocess.run(command, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)
        whole.append(time.monotonic() - began)
    firebase.close()
    print(f"{tasks} waiting tasks, 20 workers; median of {LOOKS}")
    print(f"one look                 {statistics.median(reads):6.2f} s, {reader.count} reads billed")
    print(f"the whole command        {statistics.median(whole):6.2f} s   (to be under 1 s)")


def fill(settings: Settings, tasks: int) -> None:
    """So many waiting tasks at once, as an export would bring them back."""
    database = f"projects/{settings.project}/databases/(default)"
    at = "2026-01-01T00:00:00Z"
    lines: list[object] = [{"format": "firestore-export", "version": 1, "documents": tasks}]
    lines += [
        {
            "name": f"{database}/documents/queue/many{number:06}",
            "fields": {"status": {"stringValue": "queued"}, "rank": {"timestampValue": at}},
            "createTime": at,
            "updateTime": at,
        }
        for number in range(tasks)
    ]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    address = f"http://{settings.firestore_host}/emulator/v1/{database}/import"
    urllib.request.urlopen(urllib.request.Request(address, data=body, method="POST")).close()


if __name__ == "__main__":
    main()
