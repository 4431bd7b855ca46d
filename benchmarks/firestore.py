"""Measures the local Firestore: `nice python -m benchmarks.firestore` prints a table.

The server runs as a process of its own on a fresh directory; the clients are unmodified. `--only NAME` runs
one measurement. On two quiet cores every figure should meet the target beside it; the processor's time, which
is the server's alone, holds on a busy machine, too. The browser is Chromium, driven as `tests/js` says.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from benchmarks.firestore_load import Raw, processor_seconds, served

JS = Path(__file__).parents[1] / "tests" / "js"
DOCUMENTS = 100_000
LISTENERS = 100
WARM_BEATS, BEATS = 20, 200
Result = tuple[str, str, bool]


async def start_to_first_answer(data_dir: Path) -> Result:
    began = time.perf_counter()
    async with served(data_dir) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readline()
        took = time.perf_counter() - began
        writer.close()
    return f"{took:.2f} s", "< 0.7 s", took < 0.7


async def sequential_sets(data_dir: Path) -> Result:
    async with served(data_dir) as (port, pid):
        rate = await asyncio.to_thread(_sequential_sets, port)
        spent = processor_seconds(pid) / 2_100 * 1e6
    return f"{rate:,.0f}/s, {spent:.0f} µs CPU each", "1,000/s", rate >= 1_000


def _client(port: int) -> Any:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import firestore

    os.environ["FIRESTORE_EMULATOR_HOST"] = f"127.0.0.1:{port}"
    return firestore.Client(project="bench", credentials=AnonymousCredentials())


def _sequential_sets(port: int) -> float:
    client = _client(port)
    for n in range(100):
        client.document(f"warm/{n}").set({"n": n})
    began = time.perf_counter()
    for n in range(2_000):
        client.document(f"things/t{n}").set({"n": n, "text": "a small document"})
    return 2_000 / (time.perf_counter() - began)


async def durable_commits(data_dir: Path) -> Result:
    async with served(data_dir) as (port, pid):
        raw = Raw(port)
        numbers = iter(range(10_000))

        async def work() -> None:
            for n in numbers:
                await raw.commit(raw.write(f"things/t{n}", n=n))

        began, idle = time.perf_counter(), processor_seconds(pid)
        await asyncio.gather(*(work() for _ in range(64)))
        rate = 10_000 / (time.perf_counter() - began)
        spent = (processor_seconds(pid) - idle) / 10_000 * 1e6
        await raw.close()
    return f"{rate:,.0f}/s, {spent:.0f} µs CPU each", "2,500/s", rate >= 2_500


async def indexed_query(data_dir: Path) -> Result:
    async with served(data_dir) as (port, _):
        raw = Raw(port)
        await raw.fill(DOCUMENTS)
        await raw.query(raw.head(0, 10))
        times = []
        for n in range(500):
            began = time.perf_counter()
            assert await raw.query(raw.head(n % 50, 10)) == 10
            times.append(time.perf_counter() - began)
        await raw.close()
    median = statistics.median(times) * 1e3
    return f"{median:.2f} ms, with the wire", "< 2 ms in the server", median < 2.5


async def memory(data_dir: Path) -> Result:
    async with served(data_dir) as (port, pid):
        raw = Raw(port)
        await raw.fill(DOCUMENTS)
        await raw.query(raw.head(0, 10))
        await raw.close()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    used = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return f"{used:.0f} MB", "< 400 MB", used < 400


async def shared_listeners(data_dir: Path) -> Result:
    """Commits that move the head of the queue that every listener watches."""
    async with served(data_dir) as (port, _):
        raw = Raw(port)
        for n in range(100):
            await raw.commit(raw.write(f"things/t{n:06}", group=0, rank=n))
        heard = asyncio.Semaphore(0)
        listeners = [
            asyncio.create_task(raw.listen(raw.head(0, 10), heard.release)) for _ in range(LISTENERS)
        ]
        for _ in range(LISTENERS):
            await heard.acquire()
        times = []
        for n in range(200):
            await asyncio.sleep(0.02)  # the listeners are in this process: their own work isn't measured
            began = time.perf_counter()
            await raw.commit(raw.write("things/t000000", group=0, rank=-1 - n))
            times.append(time.perf_counter() - began)
            for _ in range(LISTENERS):
                await heard.acquire()
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
        await raw.close()
    return _spread([seconds * 1e3 for seconds in times], target=5)


def _spread(times_ms: list[float], target: float) -> Result:
    worst = statistics.quantiles(times_ms, n=20)[-1]
    figure = f"p50 {statistics.median(times_ms):.2f}, p95 {worst:.2f} ms"
    return figure, f"p95 < {target:g} ms", worst < target


async def browser(data_dir: Path) -> Result:
    """From before a Python client's `set()` until the page's `onSnapshot` is called with the document."""
    async with served(data_dir) as (port, _):
        return await asyncio.to_thread(_browser, port)


def _browser(port: int) -> Result:
    environment = {"HOST": "127.0.0.1", "PORT": str(port), "PROJECT": "bench", "MODE": "arrivals"}
    page = subprocess.Popen(
        ["node", JS / "firestore" / "browser.mjs"],
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert page.stdin is not None
    assert page.stdout is not None

    def ask(*request: object) -> None:
        assert page.stdin is not None
        assert page.stdout is not None
        page.stdin.write(json.dumps(request) + "\n")
        page.stdin.flush()
        if page.stdout.readline() != "done\n":
            raise RuntimeError(f"the page has failed: node, Chromium and `npm ci` in {JS} are needed")

    try:
        client = _client(port)
        ask("until", 0)
        sent = {}
        for n in range(WARM_BEATS + BEATS):
            time.sleep(0.02)
            sent[f"b{n}"] = time.time() * 1e3
            client.document(f"beats/b{n}").set({"n": n})
        ask("until", len(sent))
        ask("report")
        arrived = client.document("reports/arrivals").get().to_dict()
        page.stdin.close()
        page.wait(30)
    finally:
        page.kill()
        page.wait()
    return _spread([arrived[name] - sent[name] for name in list(sent)[WARM_BEATS:]], target=10)


MEASUREMENTS: dict[str, tuple[str, Callable[[Path], Coroutine[Any, Any, Result]]]] = {
    "start": ("start to first answer", start_to_first_answer),
    "sets": ("sequential set()", sequential_sets),
    "commits": ("durable commits, 64 in flight", durable_commits),
    "query": (f"10 of {DOCUMENTS:,} documents", indexed_query),
    "listeners": (f"a commit under {LISTENERS} listeners", shared_listeners),
    "browser": ("Python commit to browser onSnapshot", browser),
    "memory": (f"memory with {DOCUMENTS:,} documents", memory),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=MEASUREMENTS)
    chosen = parser.parse_args().only
    print(f"{'measured':36} {'figure':28} {'target':22} met")
    for name, (title, measure) in MEASUREMENTS.items():
        if chosen in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                figure, target, met = asyncio.run(measure(Path(folder)))
            print(f"{title:36} {figure:28} {target:22} {'yes' if met else 'NO'}", flush=True)


if __name__ == "__main__":
    main()
