"""A suite in the test's own event loop, guarded by rules, with its console."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from emulator.config import Service, load_config
from emulator.suite import Suite

FIRESTORE_RULES = """rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /queue/{task} {
      allow read: if request.auth != null;
    }
  }
}
"""
STORAGE_RULES = (
    "service firebase.storage { match /b/{bucket}/o { match /{path=**} { allow write: if false; } } }"
)


def write_project(folder: Path) -> Path:
    (folder / "firestore.rules").write_text(FIRESTORE_RULES)
    (folder / "storage.rules").write_text(STORAGE_RULES)
    file = folder / "firebase.json"
    file.write_text(
        json.dumps({"firestore": {"rules": "firestore.rules"}, "storage": {"rules": "storage.rules"}})
    )
    return file


@dataclass
class Local:
    """The running suite and an HTTP client."""

    suite: Suite
    http: aiohttp.ClientSession

    def url(self, service: Service, path: str) -> str:
        return f"http://{self.suite.addresses[service]}{path}"

    async def write(self, path: str, **fields: str) -> None:
        """Writes a document as the server's own client does."""
        body = {"fields": {name: {"stringValue": value} for name, value in fields.items()}}
        await self.firestore("PATCH", path, body, {"Authorization": "Bearer owner"})

    async def firestore(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> int:
        url = self.url(Service.FIRESTORE, f"/v1/projects/demo-brushfire/databases/(default)/documents/{path}")
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            return answer.status

    async def events(self, path: str) -> AsyncGenerator[tuple[str, Any], None]:
        """The events of one of the console's streams, without those that only say that it is there."""
        async with self.http.get(self.url(Service.CONSOLE, path)) as answer:
            assert answer.status == 200
            name = ""
            async for line in answer.content:
                key, _, value = line.decode().rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                elif key == "data" and name != "still":
                    yield name, json.loads(value)


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[Local]:
    suite = Suite(load_config(write_project(tmp_path)).with_ports_from(0), tmp_path / "data")
    await suite.start()
    async with aiohttp.ClientSession() as http:
        yield Local(suite, http)
    await suite.stop()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path)
