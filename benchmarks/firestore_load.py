"""A local Firestore as a process of its own, and the load that benchmarks put on it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = "projects/bench/databases/(default)"
_SERVER = """
import asyncio, gc, sys
from pathlib import Path
from emulator.event_loop import run
from emulator.firestore.server import FirestoreServer
from emulator.meter import Meter

async def main():
    server = FirestoreServer(Path(sys.argv[1]), meter=Meter())
    await server.start("127.0.0.1", 0)
    gc.freeze()  # as `python -m emulator` does
    print(server.port, flush=True)
    await asyncio.Event().wait()

run(main())
"""


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


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor: true also where others keep it busy."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
