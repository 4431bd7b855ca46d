"""How fast programs can ask for pictures: `python -m benchmarks.api`.

A hundred tasks by the HTTP API of a local Firebase, through Hosting and the function as it is deployed: in
one request, in a hundred by one connection, and in a hundred with ten under way, each time by a new user;
beside them the same by the Python client. Seconds from the first byte sent to the last received.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from google.cloud.firestore import SERVER_TIMESTAMP

from brushfire.local_firebase import LocalFirebase
from brushfire.running import Addresses
from contract.api_key import SHOWN, ApiKey, hash_of, new_key
from contract.task import NewTask
from functions.bundle import build
from listener.firebase import connect
from listener.settings import Settings
from listener.task_queue import TaskQueue

ROOT = Path(__file__).parent.parent
GOAL_SECONDS = 2.0
AT_ONCE = 10
PATIENCE_SECONDS = 300.0


@contextmanager
def site() -> Iterator[Addresses]:
    """A local Firebase with the project's functions, on free ports, and nothing in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder / "functions")
        config = json.loads((ROOT / "firebase.json").read_text())
        config["functions"] = {"source": "functions", "runtime": "python311"}
        for file in ("firestore.rules", "storage.rules", "firestore.indexes.json"):
            shutil.copy(ROOT / file, folder)
        (folder / "firebase.json").write_text(json.dumps(config))
        local = LocalFirebase.start(folder / "firebase.json", folder / "data", port=0, functions=True)
        try:
            yield local.addresses
        finally:
            local.stop()


def caller(db: Any, addresses: Addresses) -> httpx.Client:
    """A program of a new user, with a key of its own."""
    key, uid = new_key(), f"u{uuid4().hex[:10]}"
    made = ApiKey(uid=uid, name="benchmark", begins=key[:SHOWN]).fields()
    db.document(f"api_keys/{hash_of(key)}").set({**made, "created_at": SERVER_TIMESTAMP})
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=f"http://{addresses.hosting}/api", headers=headers, timeout=PATIENCE_SECONDS)


def in_one(client: httpx.Client, tasks: int) -> None:
    client.post("/batch", json={"prompts": [f"fox {number}" for number in range(tasks)]}).raise_for_status()


def one_by_one(client: httpx.Client, tasks: int) -> None:
    for number in range(tasks):
        client.post("/tasks", json={"prompt": f"fox {number}"}).raise_for_status()


def ten_at_once(client: httpx.Client, tasks: int) -> None:
    def ask(number: int) -> None:
        client.post("/tasks", json={"prompt": f"fox {number}"}).raise_for_status()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(ask, range(tasks)))


def by_the_client(queue: TaskQueue, tasks: int) -> None:
    uid = f"u{uuid4().hex[:10]}"
    for number in range(tasks):
        queue.submit(NewTask(uid=uid, prompt=f"fox {number}", renderer="pixeldraw"))


def main(arguments: list[str] | None = None) -> int:
    """Measure and tell; 1 if a list took longer than it may."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=100, help="how many (default 100, at most as many)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each (default 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    with site() as addresses:
        settings = Settings.from_environment(os.environ | addresses.environment())
        firebase = connect(replace(settings, worker="benchmark"))
        queue = TaskQueue(firebase.db, tell=lambda event: None)
        ways: dict[str, Callable[[], float]] = {
            f"one request of {options.tasks}": lambda: _by_program(
                firebase.db, addresses, in_one, options.tasks
            ),
            f"{options.tasks} requests, {AT_ONCE} at once": lambda: _by_program(
                firebase.db, addresses, ten_at_once, options.tasks
            ),
            f"{options.tasks} requests, one by one": lambda: _by_program(
                firebase.db, addresses, one_by_one, options.tasks
            ),
            f"{options.tasks} by the Python client": lambda: _timed(
                lambda: by_the_client(queue, options.tasks)
            ),
        }
        _by_program(firebase.db, addresses, one_by_one, 2)  # the function is started by its first request
        found = {name: [way() for _ in range(options.rounds)] for name, way in ways.items()}
        firebase.close()
    _tell(found, options.json)
    return 0 if statistics.median(next(iter(found.values()))) < GOAL_SECONDS else 1


def _by_program(db: Any, addresses: Addresses, ask: Callable[[httpx.Client, int], None], tasks: int) -> float:
    with caller(db, addresses) as client:
        client.get("/tasks").raise_for_status()  # the key is known, the connection open
        return _timed(lambda: ask(client, tasks))


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _tell(found: dict[str, list[float]], as_json: bool) -> None:
    if as_json:
        print(json.dumps(found))
        return
    print(f"{'':34} median   slowest")
    for name, seconds in found.items():
        print(f"{name:34} {statistics.median(seconds):5.2f} s  {max(seconds):5.2f} s")


if __name__ == "__main__":
    sys.exit(main())
