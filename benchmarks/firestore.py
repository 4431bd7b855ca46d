"""Measures the local Firestore: `nice python -m benchmarks.firestore` prints a table.

The server runs as a process of its own on a fresh directory; the clients are unmodified. `--only NAME` runs
one measurement. On two quiet cores every figure should meet the target beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = "projects/bench/databases/(default)"
DOCUMENTS = 100_000
LISTENERS = 100
_SERVER = """
import asyncio, sys
from pathlib import Path
from emulator.firestore.server import FirestoreServer
from emulator.meter import Meter

async def main():
    server = FirestoreServer(Path(sys.argv[1]), meter=Meter())
    await server.start("127.0.0.1", 0)
    print(server.port, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
Result = tuple[str, str, bool]


@asynccontextmanager
async def served(data_dir: Path) -> AsyncIterator[tuple[int, int]]:
    """A server process: its port and its process id."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid
    finally:
        process.kill()
        process.communicate()


class Raw:
    """The bare gRPC calls, so that the client library's own time isn't counted."""

    def __init__(self, port: int) -> None:
        import grpc.aio

        from emulator.firestore import messages

        self.m = messages
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
        self._metadata = (("authorization", "Bearer owner"),)
        path = "/google.firestore.v1.Firestore"
        self._commit = self._channel.unary_unary(
            f"{path}/Commit", lambda message: message.SerializeToString(), messages.CommitResponse.FromString
        )
        self._query = self._channel.unary_stream(
            f"{path}/RunQuery",
            lambda message: message.SerializeToString(),
            messages.RunQueryResponse.FromString,
        )
        self._listen = self._channel.stream_stream(
            f"{path}/Listen", lambda message: message.SerializeToString(), messages.ListenResponse.FromString
        )

    async def commit(self, *writes: Any) -> None:
        await self._commit(self.m.CommitRequest(database=ROOT, writes=writes), metadata=self._metadata)

    def write(self, name: str, **numbers: int) -> Any:
        write = self.m.Write()
        write.update.name = f"{ROOT}/documents/{name}"
        for field, number in numbers.items():
            write.update.fields[field].integer_value = number
        write.update.fields["text"].string_value = "a small document " * 4
        return write

    def head(self, number: int, limit: int) -> Any:
        """The first `limit` documents of a group, by rank."""
        query = self.m.StructuredQuery()
        query.from_.add(collection_id="things")
        query.where.field_filter.field.field_path = "group"
        query.where.field_filter.op = "EQUAL"
        query.where.field_filter.value.integer_value = number
        query.order_by.add(direction="ASCENDING").field.field_path = "rank"
        query.limit.value = limit
        return query

    async def query(self, query: Any) -> int:
        request = self.m.RunQueryRequest(parent=f"{ROOT}/documents", structured_query=query)
        return len([part async for part in self._query(request, metadata=self._metadata)])

    async def listen(self, query: Any, news: Callable[[], None]) -> None:
        """Follows a query; `news` is called at the end of each snapshot."""
        request = self.m.ListenRequest(database=ROOT)
        request.add_target.target_id = 1
        request.add_target.query.parent = f"{ROOT}/documents"
        request.add_target.query.structured_query.CopyFrom(query)

        async def requests() -> AsyncIterator[Any]:
            yield request
            await asyncio.Event().wait()

        async for response in self._listen(requests(), metadata=self._metadata):
            change = response.target_change
            if response.HasField("target_change") and not change.target_ids:
                news()

    async def fill(self, count: int) -> None:
        for start in range(0, count, 500):
            await self.commit(
                *(self.write(f"things/t{n:06}", group=n % 50, rank=n) for n in range(start, start + 500))
            )

    async def close(self) -> None:
        await self._channel.close()


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
    async with served(data_dir) as (port, _):
        rate = await asyncio.to_thread(_sequential_sets, port)
    return f"{rate:,.0f}/s", "1,000/s", rate >= 1_000


def _sequential_sets(port: int) -> float:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import firestore

    os.environ["FIRESTORE_EMULATOR_HOST"] = f"127.0.0.1:{port}"
    client = firestore.Client(project="bench", credentials=AnonymousCredentials())
    for n in range(100):
        client.document(f"warm/{n}").set({"n": n})
    began = time.perf_counter()
    for n in range(2_000):
        client.document(f"things/t{n}").set({"n": n, "text": "a small document"})
    return 2_000 / (time.perf_counter() - began)


async def durable_commits(data_dir: Path) -> Result:
    async with served(data_dir) as (port, _):
        raw = Raw(port)
        numbers = iter(range(10_000))

        async def work() -> None:
            for n in numbers:
                await raw.commit(raw.write(f"things/t{n}", n=n))

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(64)))
        rate = 10_000 / (time.perf_counter() - began)
        await raw.close()
    return f"{rate:,.0f}/s", "2,500/s", rate >= 2_500


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
    worst = statistics.quantiles(times, n=20)[-1] * 1e3
    return f"p50 {statistics.median(times) * 1e3:.2f}, p95 {worst:.2f} ms", "p95 < 5 ms", worst < 5


MEASUREMENTS: dict[str, tuple[str, Callable[[Path], Coroutine[Any, Any, Result]]]] = {
    "start": ("start to first answer", start_to_first_answer),
    "sets": ("sequential set()", sequential_sets),
    "commits": ("durable commits, 64 in flight", durable_commits),
    "query": (f"10 of {DOCUMENTS:,} documents", indexed_query),
    "listeners": (f"a commit under {LISTENERS} listeners", shared_listeners),
    "memory": (f"memory with {DOCUMENTS:,} documents", memory),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=MEASUREMENTS)
    chosen = parser.parse_args().only
    print(f"{'measured':32} {'figure':28} {'target':22} met")
    for name, (title, measure) in MEASUREMENTS.items():
        if chosen in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                figure, target, met = asyncio.run(measure(Path(folder)))
            print(f"{title:32} {figure:28} {target:22} {'yes' if met else 'NO'}", flush=True)


if __name__ == "__main__":
    main()
