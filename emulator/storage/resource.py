"""What is known of one stored object: the record that every part of Storage passes around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class ObjectRecord:
    """One generation of one object, without its bytes.

    `size` is in bytes; `generation` is microseconds since 1970 and rises with every write of the bytes;
    `metageneration` starts at 1 and rises with every write of the metadata. `md5_hash` and `crc32c` are
    base64, as the JSON API writes them. `tokens` are the download tokens of the Firebase SDKs: whoever
    holds one may read the bytes. `blob` names the file that holds them and never leaves the server.

    Before its bytes are complete an object is described by the same record: generation 0, no blob, and
    the size and hashes that the client declared, if any.
    """

    bucket: str
    name: str
    generation: int = 0
    metageneration: int = 0
    size: int = 0
    md5_hash: str = ""
    crc32c: str = ""
    time_created: datetime = EPOCH
    updated: datetime = EPOCH
    content_type: str | None = None
    content_encoding: str | None = None
    content_disposition: str | None = None
    content_language: str | None = None
    cache_control: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    blob: str = ""

    @property
    def etag(self) -> str:
        """Changes with the bytes and with the metadata."""
        return f"{self.generation:x}.{self.metageneration:x}"
