"""Resumable uploads: sessions that outlive broken connections and restarts of the server."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from emulator.storage.errors import StorageError, invalid
from emulator.storage.incoming import Incoming
from emulator.storage.index import from_row, to_row
from emulator.storage.numbers import whole_number
from emulator.storage.preconditions import Preconditions
from emulator.storage.resource import ObjectRecord
from emulator.storage.store import ObjectStore

LIFETIME = timedelta(days=7)


@dataclass(slots=True)
class Upload:
    """One session. `size` is what the client declared, in bytes; None while it doesn't know."""

    id: str
    declared: ObjectRecord
    size: int | None
    conditions: Preconditions
    incoming: Incoming
    generation: int | None = None
    """Of the finished object, once all bytes are in."""
    busy: bool = False


class Uploads:
    """The sessions of one store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store, self._open = store, dict[str, Upload]()
        self._sweep()

    def begin(self, declared: ObjectRecord, size: int | None, conditions: Preconditions) -> Upload:
        """A new session. Raises StorageError (412) when the conditions don't hold already."""
        conditions.check_write(self._store.find(declared.bucket, declared.name))
        key = secrets.token_hex(24)
        self._store.index.connection.execute(
            "INSERT INTO uploads VALUES (?, ?, ?, ?, ?, NULL)",
            (key, json.dumps(to_row(declared)), size, json.dumps(asdict(conditions)), _now().isoformat()),
        )
        upload = Upload(key, declared, size, conditions, self._store.receive(key))
        self._open[key] = upload
        return upload

    async def find(self, key: str) -> Upload:
        """Raises StorageError (404)."""
        if key in self._open:
            return self._open[key]
        query = "SELECT * FROM uploads WHERE id = ?"
        row = self._store.index.connection.execute(query, (key,)).fetchone()
        if row is None:
            raise StorageError(404, "notFound", "No such upload session: it expired or was cancelled")
        upload = Upload(
            row["id"],
            from_row(json.loads(row["declared"])),
            row["size"],
            Preconditions(**json.loads(row["conditions"])),
            await asyncio.to_thread(self._store.receive, row["id"]),
            row["generation"],
        )
        return self._open.setdefault(key, upload)

    async def append(self, upload: Upload, offset: int, blocks: AsyncIterable[bytes]) -> None:
        """Takes bytes that begin at `offset`; those that are here already are left out.

        When the connection breaks, what came stays. Raises StorageError: 400 when bytes would be missing or
        too many came, 503 while another request of the session is still sending.
        """
        if upload.busy:
            raise StorageError(503, "backendError", "Another request is still sending bytes of this upload")
        if offset > upload.incoming.size:
            raise invalid(f"The upload has {upload.incoming.size} bytes; these begin at {offset}")
        upload.busy = True
        try:
            await upload.incoming.take(blocks, skip=upload.incoming.size - offset)
        finally:
            upload.busy = False
        if upload.size is not None and upload.incoming.size > upload.size:
            self.cancel(upload)
            raise invalid(f"{upload.incoming.size} bytes came where {upload.size} were declared")

    async def finish(self, upload: Upload) -> ObjectRecord:
        """Makes the bytes the object's; asked again, it tells what it made.

        Raises StorageError: 400 when bytes are missing or hashes differ, 412 when conditions don't hold.
        """
        if upload.generation is not None:
            return self.result(upload)
        if upload.size is not None and upload.incoming.size != upload.size:
            raise invalid(f"{upload.incoming.size} bytes came where {upload.size} were declared")
        if upload.busy:
            raise StorageError(503, "backendError", "Another request is still sending bytes of this upload")
        upload.busy = True
        try:
            record = await self._store.commit(upload.declared, upload.incoming, upload.conditions)
        except StorageError:
            self.cancel(upload)
            raise
        finally:
            upload.busy = False
        upload.generation = record.generation
        self._store.index.connection.execute(
            "UPDATE uploads SET generation = ? WHERE id = ?", (record.generation, upload.id)
        )
        return record

    def result(self, upload: Upload) -> ObjectRecord:
        """What a finished session made. Raises StorageError (410) when it was replaced or deleted since."""
        record = self._store.find(upload.declared.bucket, upload.declared.name)
        if record is None or record.generation != upload.generation:
            raise StorageError(410, "gone", "The object of this upload was replaced or deleted since")
        return record

    def cancel(self, upload: Upload) -> None:
        upload.incoming.discard()
        self._forget(upload.id)

    def _forget(self, key: str) -> None:
        self._open.pop(key, None)
        self._store.index.connection.execute("DELETE FROM uploads WHERE id = ?", (key,))

    def _sweep(self) -> None:
        """Drops sessions that nobody came back to, and bytes that belong to none."""
        connection = self._store.index.connection
        connection.execute("DELETE FROM uploads WHERE begun < ?", ((_now() - LIFETIME).isoformat(),))
        self._store.sweep_incoming({row["id"] for row in connection.execute("SELECT id FROM uploads")})


def declared_size(headers: Mapping[str, str], name: str) -> int | None:
    """The size in bytes that a header declares, None without it. Raises StorageError (400)."""
    value = headers.get(name)
    return None if value is None else whole_number(name, value)


def _now() -> datetime:
    return datetime.now(UTC)
