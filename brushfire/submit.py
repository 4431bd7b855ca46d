"""`brushfire submit`: a prompt into the queue and, if asked for, the picture out of it."""

import argparse
import json
import sys
from datetime import timedelta
from typing import Any

from brushfire import __version__, running
from brushfire.picture import checked
from brushfire.waiting import wait_for
from contract.task import NewTask, Status
from listener.firebase import connect
from listener.settings import Settings
from listener.task_queue import TaskQueue


def run(args: argparse.Namespace) -> int:
    """Put the task in the queue; print its id, or with `--wait` the finished document."""
    params, _ = checked(args)
    firebase = connect(Settings.from_environment(running.environment()), f"brushfire-cli/{__version__}")
    queue = TaskQueue(firebase.db, tell=lambda event: None)
    new = NewTask(uid=args.uid, prompt=args.prompt, renderer=args.renderer, params=params, public=args.public)
    task = queue.submit(new, args.id, timedelta(hours=args.ahead))
    if not args.wait:
        print(json.dumps({"id": task}) if args.json else task)
        return 0
    document = wait_for(firebase.db, task, args.timeout)
    print(json.dumps(document, default=_plain) if args.json else _in_words(document))
    return 0 if document["status"] == Status.DONE else 1


def _plain(value: Any) -> str:
    """Timestamps, which JSON doesn't have, as ISO 8601."""
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _in_words(document: dict[str, Any]) -> str:
    """What became of a task: the addresses of its files, or what went wrong."""
    if document["status"] != Status.DONE:
        error = document.get("error") or {}
        print(f"brushfire submit: {document['status']}: {error.get('message', '')}", file=sys.stderr)
        return str(document["id"])
    result = document["result"]
    files = [*result["images"], result.get("video"), result.get("svg")]
    return "\n".join(file["url"] for file in files if file)
