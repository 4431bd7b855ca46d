"""`brushfire status`: what the queue and the workers are doing, and what the listeners' work has cost.

In a terminal it stays and follows: counts of what waits and runs every few seconds, the rest, whose reads
add up, less often. Piped, with --once or --json it says it once.
"""

import argparse
import json
import sys
import time
from typing import Any

from rich.console import Console
from rich.live import Live

from brushfire import __version__, running
from brushfire.status_reads import Reader, Reads
from brushfire.status_view import view
from listener.firebase import connect
from listener.settings import Settings

# Every so many looks, the finished tasks, errors and workers are looked at too.
SHORTEST_SECONDS = 1.0
SELDOM = 6


def run(args: argparse.Namespace) -> int:
    """Print it once, as tables or as one JSON object; or follow it until Ctrl-C."""
    settings = Settings.from_environment(running.environment())
    firebase = connect(settings, f"brushfire-cli/{__version__}")
    reader = Reader(firebase.db, settings.project, settings.firestore_host)
    try:
        if args.json:
            print(json.dumps(reader.all()))
        elif args.once or not sys.stdout.isatty():
            Console().print(view(reader.all(), Reads()))
        else:
            follow(reader, Console(), max(SHORTEST_SECONDS, args.interval))
    finally:
        firebase.close()
    return 0


def follow(reader: Reader, console: Console, seconds: float, looks: int | None = None) -> None:
    """Show it and keep it up to date, for so many looks or until Ctrl-C."""
    status: dict[str, Any] = reader.all()
    shown = Reads(reader.count, time.monotonic())
    with Live(view(status, shown), console=console, auto_refresh=False) as live:
        look = 1
        while looks is None or look < looks:
            time.sleep(seconds)
            if look % SELDOM == 0:
                status = reader.all()
            else:
                reader.refresh(status)
            live.update(view(status, Reads(reader.count, shown.since)), refresh=True)
            look += 1
