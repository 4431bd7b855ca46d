"""A server that is killed while bytes arrive."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.storage.server import StorageServer
from tests.emulator.storage.conftest import google_client
from tests.emulator.suite.running import call, running, until

SERVER = """
import asyncio, sys
from pathlib import Path
from emulator.storage.server import StorageServer

async def main():
    server = StorageServer(Path(sys.argv[1]))
    await server.start("127.0.0.1", 0)
    print(server.port, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.slow
def test_a_killed_upload_leaves_the_old_object_whole_and_no_bytes_behind(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    address = f"127.0.0.1:{process.stdout.readline().strip()}"
    old = os.urandom(300_000)
    call(address, "POST", "/upload/storage/v1/b/pictures/o?uploadType=media&name=x", old)
    orphan = tmp_path / "storage/objects/ab/orphan"
    connection = http.client.HTTPConnection(address)
    connection.putrequest("POST", "/upload/storage/v1/b/pictures/o?uploadType=media&name=x")
    connection.putheader("Content-Length", "9000000")
    connection.endheaders(os.urandom(4_000_000))
    until(lambda: bool(list(tmp_path.glob("storage/incoming/*"))))
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    connection.close()
    # As if it had been killed once more between a rename and its commit.
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"bytes without a record")
    with running(StorageServer(tmp_path)) as address, google_client(address) as client:
        assert client.bucket("pictures").blob("x").download_as_bytes() == old
        files = [file for file in (tmp_path / "storage").glob("*/**/*") if file.is_file()]
        assert [file.read_bytes() for file in files] == [old]
