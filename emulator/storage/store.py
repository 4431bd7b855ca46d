"""The objects: each one's record in SQLite, its bytes in a file whose name nobody outside chooses.

A write goes to a file in `incoming/`, is synced, moves to `objects/`, and only then is its record committed.
Killed anywhere in between, the object is as it was before; the files left over are swept at the next start.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from emulator.storage.errors import invalid, not_found
from emulator.storage.incoming import Incoming, sync_folder
from emulator.storage.index import ObjectIndex
from emulator.storage.preconditions import Preconditions
from emulator.storage.resource import ObjectRecord


class ObjectStore:
    """All buckets, under one directory. Its methods are called on the event loop's thread."""

    def __init__(self, directory: Path) -> None:
        self._objects, self._incoming = directory / "objects", directory / "incoming"
        for folder in (self._objects, self._incoming):
            folder.mkdir(parents=True, exist_ok=True)
        self.index = ObjectIndex(directory / "storage.sqlite")
        self._last_generation = self.index.latest_generation()
        self._sweep()

    def close(self) -> None:
        self.index.close()

    def find(self, bucket: str, name: str) -> ObjectRecord | None:
        return self.index.get(bucket, name)

    def get(self, bucket: str, name: str) -> ObjectRecord:
        """Raises StorageError (404)."""
        record = self.find(bucket, name)
        if record is None:
            raise not_found(bucket, name)
        return record

    def open(self, record: ObjectRecord) -> BinaryIO:
        """The bytes. They stay readable when the object is deleted or overwritten meanwhile."""
        return self._file(record.blob).open("rb")

    def receive(self, key: str | None = None) -> Incoming:
        """A place for bytes to come; with a `key`, what came under it before is still there."""
        return Incoming(self._incoming / (key or secrets.token_hex(16)))

    async def receive_whole(
        self, declared: ObjectRecord, blocks: AsyncIterable[bytes], conditions: Preconditions
    ) -> ObjectRecord:
        """Takes all bytes of an object in one go. A broken connection leaves nothing of them.

        Raises StorageError as commit does.
        """
        conditions.check_write(self.find(declared.bucket, declared.name))
        incoming = self.receive()
        try:
            await incoming.take(blocks)
        except BaseException:
            incoming.discard()
            raise
        return await self.commit(declared, incoming, conditions)

    async def commit(
        self, declared: ObjectRecord, incoming: Incoming, conditions: Preconditions
    ) -> ObjectRecord:
        """Makes what came the object's bytes.

        Raises StorageError: 400 when the hashes aren't those declared, 412 when `conditions` don't hold;
        either way nothing is left of the bytes.
        """
        blob = secrets.token_hex(16)
        try:
            _compare("MD5", declared.md5_hash, incoming.md5_hash)
            _compare("CRC32C", declared.crc32c, incoming.crc32c)
            conditions.check_write(self.find(declared.bucket, declared.name))
            await asyncio.to_thread(incoming.seal, self._file(blob))
            return self._record(
                replace(
                    declared,
                    size=incoming.size,
                    md5_hash=incoming.md5_hash,
                    crc32c=incoming.crc32c,
                    blob=blob,
                ),
                conditions,
            )
        except BaseException:
            incoming.discard()
            self._file(blob).unlink(missing_ok=True)
            raise

    async def copy(
        self, source: ObjectRecord, declared: ObjectRecord, conditions: Preconditions
    ) -> ObjectRecord:
        """A new object with the bytes of `source`. Raises StorageError (412)."""
        conditions.check_write(self.find(declared.bucket, declared.name))
        blob = secrets.token_hex(16)
        try:
            await asyncio.to_thread(self._duplicate, source.blob, blob)
            return self._record(
                replace(
                    declared, size=source.size, md5_hash=source.md5_hash, crc32c=source.crc32c, blob=blob
                ),
                conditions,
            )
        except BaseException:
            self._file(blob).unlink(missing_ok=True)
            raise

    def save_metadata(self, record: ObjectRecord) -> ObjectRecord:
        """Writes changed metadata of an object that exists, as its next metageneration."""
        saved = replace(record, metageneration=record.metageneration + 1, updated=datetime.now(UTC))
        self.index.put(saved)
        return saved

    def add_token(self, record: ObjectRecord) -> ObjectRecord:
        """Gives the object a download token. No new metageneration: reading must not fail another's write."""
        saved = replace(record, tokens=(*record.tokens, secrets.token_hex(16)))
        self.index.put(saved)
        return saved

    def delete(self, record: ObjectRecord) -> None:
        self.index.delete(record)
        self._file(record.blob).unlink(missing_ok=True)

    def sweep_incoming(self, kept: set[str]) -> None:
        """Removes partial bytes, save those under the keys to be kept."""
        for file in self._incoming.iterdir():
            if file.name not in kept:
                file.unlink()

    def _record(self, record: ObjectRecord, conditions: Preconditions) -> ObjectRecord:
        """Commits the record of complete bytes; from the check to the commit nothing else runs."""
        before = self.find(record.bucket, record.name)
        conditions.check_write(before)
        now = datetime.now(UTC)
        self._last_generation = max(time.time_ns() // 1000, self._last_generation + 1)
        saved = replace(
            record, generation=self._last_generation, metageneration=1, time_created=now, updated=now
        )
        self.index.put(saved)
        if before:
            self._file(before.blob).unlink(missing_ok=True)
        return saved

    def _duplicate(self, source: str, target: str) -> None:
        old, new = self._file(source), self._file(target)
        new.parent.mkdir(exist_ok=True)
        try:
            os.link(old, new)  # A blob never changes, so two records may share its bytes.
        except OSError:
            shutil.copyfile(old, new)
        sync_folder(new.parent)

    def _file(self, blob: str) -> Path:
        return self._objects / blob[:2] / blob

    def _sweep(self) -> None:
        """Removes bytes that no record names: what a killed process left."""
        known = set(self.index.blobs())
        for file in self._objects.glob("*/*"):
            if file.name not in known:
                file.unlink()


def _compare(kind: str, declared: str, actual: str) -> None:
    if declared and declared != actual:
        raise invalid(
            f"Provided {kind} hash {declared!r:.40} doesn't match calculated {kind} hash {actual!r}."
        )
