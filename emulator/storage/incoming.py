"""Bytes on their way in: a file that grows beside its running hashes."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import AsyncIterable
from pathlib import Path

import google_crc32c

READ_SIZE = 1 << 20


class Incoming:
    """A partial file. Opening one that exists goes on where it ends."""

    def __init__(self, file: Path) -> None:
        self.file, self.size = file, 0
        self._md5, self._crc32c = hashlib.md5(usedforsecurity=False), 0
        if file.exists():
            with file.open("rb") as kept:
                while block := kept.read(READ_SIZE):
                    self._count(block)

    async def take(self, blocks: AsyncIterable[bytes], *, skip: int = 0) -> None:
        """Appends what comes, after leaving out `skip` bytes. What came before a failure stays."""
        with self.file.open("ab", buffering=0) as sink:
            async for block in blocks:
                fresh, skip = block[skip:], max(0, skip - len(block))
                sink.write(fresh)
                self._count(fresh)

    @property
    def md5_hash(self) -> str:
        return base64.b64encode(self._md5.digest()).decode()

    @property
    def crc32c(self) -> str:
        return base64.b64encode(self._crc32c.to_bytes(4, "big")).decode()

    def seal(self, target: Path) -> None:
        """Makes the bytes safe on the disk under their final name. Blocks: call it off the event loop."""
        with self.file.open("ab") as sink:
            os.fsync(sink.fileno())
        target.parent.mkdir(exist_ok=True)
        self.file.rename(target)
        sync_folder(target.parent)

    def discard(self) -> None:
        self.file.unlink(missing_ok=True)

    def _count(self, block: bytes) -> None:
        self.size += len(block)
        self._md5.update(block)
        self._crc32c = google_crc32c.extend(self._crc32c, block)


def sync_folder(folder: Path) -> None:
    """Makes new names in `folder` survive a power cut, on systems that can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
