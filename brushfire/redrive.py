"""`brushfire redrive`: failed tasks back into the queue, once what made them fail is mended."""

import argparse
import json
import sys

from brushfire import __version__, running
from contract.errors import InvalidTask
from contract.task import Status
from listener.firebase import connect
from listener.settings import Settings
from listener.task_queue import TaskQueue


def run(args: argparse.Namespace) -> int:
    """Put back the named tasks, or all that failed; print the id of each that was. 1 if any was not."""
    if bool(args.ids) == args.all_failed:
        raise InvalidTask("ID", args.ids or None, "one or more ids, or --all-failed instead")
    firebase = connect(Settings.from_environment(running.environment()), f"brushfire-cli/{__version__}")
    queue = TaskQueue(firebase.db, tell=lambda event: None)
    back: list[str] = []
    left: dict[str, Status | None] = {}
    for id in args.ids or queue.failed():
        status = queue.redrive(id)
        if status is Status.QUEUED:
            back.append(id)
        else:
            left[id] = status
    firebase.close()
    if args.json:
        print(json.dumps({"queued": back, "left": left}))
    else:
        for id in back:
            print(id)
        for id, status in left.items():
            why = f"is {status}; only failed tasks are put back" if status else "does not exist"
            print(f"brushfire redrive: {id} {why}", file=sys.stderr)
    return 1 if left else 0
