"""The emulator as a process that is mistreated, and what must hold after each thing done to it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("BRUSHFIRE_FUZZ_EXAMPLES", "40"))
PATIENCE_S = 10.0
"""For any one answer: far above what they take, so that a busy machine is no failure but a hang is."""
LARGEST_GROWTH = 300 << 20
PROJECT = "fuzz"
DATABASE = f"projects/{PROJECT}/databases/(default)"
ROOT = f"{DATABASE}/documents"
OWNER = {"Authorization": "Bearer owner"}

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # what is found is small, and each step would take a while
    derandomize="BRUSHFIRE_FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
"""The same examples each time, unless BRUSHFIRE_FUZZ_EXAMPLES asks for a number of fresh ones."""


class Answer:
    """A response, read to its end."""

    def __init__(self, response: http.client.HTTPResponse, method: str) -> None:
        self.status, self.headers = response.status, response.headers
        endless = response.headers.get_content_type() == "text/event-stream"
        self.body = response.read1(1 << 10) if endless else response.read()
        # Where no such range is, a header tells which there are.
        told = response.status == 304 or (response.status == 416 and "Content-Range" in response.headers)
        self.is_bare = told or method == "HEAD"

    def message(self) -> str:
        """What an error tells: the message of its JSON, or its text."""
        try:
            return str(json.loads(self.body)["error"]["message"])
        except (ValueError, KeyError, TypeError):
            return self.body.decode(errors="replace")


def ask(
    address: str, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """One request, byte for byte as given: nothing is escaped or checked on the way."""
    host, _, port = address.rpartition(":")
    given = {"Host": address, "Content-Length": str(len(body)), "Connection": "close"} | dict(headers or {})
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in given.items()
    )
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # it may refuse before it has read everything
            connection.sendall(head.encode("utf-8", "surrogateescape") + b"\r\n" + body)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response, method)


def assert_told(answer: Answer) -> None:
    """A request is answered, or refused for a reason: the server never says that it has failed."""
    assert answer.status < 500 or answer.status == 501, (answer.status, answer.body[:500])
    if answer.status >= 400 and not answer.is_bare:
        assert answer.message().strip(), answer.status


class Victim:
    """`python -m emulator` with its log in a file."""

    def __init__(self, config: Path) -> None:
        self._log = config.parent / "log"
        self._read = 0
        command = [sys.executable, "-m", "emulator", "--config", str(config)]
        command += ["--data", str(config.parent / "data")]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--port", "0", "--project", PROJECT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        self._addresses: dict[str, Any] = json.loads(self._process.stdout.readline())
        self.check()
        self._memory = self._resident()

    def __getitem__(self, service: str) -> str:
        """The address of a service."""
        return str(self._addresses[service])

    def check(self) -> None:
        """Every service still answers, no exception was left to the log, and memory stays bounded."""
        self._check_documents()
        for service in ("auth", "storage", "hosting"):
            assert ask(self[service], "GET", "/").status == 200, service
        said = self.said()
        for trace in (b"Traceback", b"never retrieved", b"never awaited", b"Unhandled", b"ERROR"):
            assert trace not in said, said.decode(errors="replace")
        if hasattr(self, "_memory"):
            assert self._resident() - self._memory < LARGEST_GROWTH

    def said(self) -> bytes:
        """What has come to its log since this was last asked."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            said = log.read()
        self._read += len(said)
        return said

    def _check_documents(self) -> None:
        """Empties the database, which also ends transactions, then writes and reads a document."""
        firestore = self["firestore"]
        assert ask(firestore, "DELETE", f"/emulator/v1/{ROOT}").status == 200
        write = {"update": {"name": f"{ROOT}/health/check", "fields": {"n": {"integerValue": "1"}}}}
        body = json.dumps({"writes": [write]}).encode()
        assert ask(firestore, "POST", f"/v1/{ROOT}:commit", body, OWNER).status == 200
        assert b'"1"' in ask(firestore, "GET", f"/v1/{ROOT}/health/check", headers=OWNER).body

    def _resident(self) -> int:
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=20)
        assert self._process.returncode == 0
