"""Files in Cloud Storage: results, written once and opened by a browser; checkpoints; what users uploaded.

A worker's files lie under `results/{task}/{epoch}/` and `checkpoints/{task}/{epoch}/`. Nothing there is ever
replaced: a worker of the past has a folder of its own, and a retry that finds its own file takes it for
uploaded.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from google.api_core.exceptions import (
    GoogleAPICallError,
    NotFound,
    PreconditionFailed,
    RetryError,
    ServerError,
    TooManyRequests,
)
from google.auth.exceptions import GoogleAuthError, TransportError
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY
from requests.exceptions import RequestException

from contract.errors import Unreachable, UploadFailed
from contract.task import StoredFile

TOKENS = "firebaseStorageDownloadTokens"
# Whose picture it is: what storage.rules reads as `resource.metadata.uid`.
OWNER = "uid"
FOREVER = "public, max-age=31536000, immutable"
PRODUCTION = "https://firebasestorage.googleapis.com"
# Seconds: to connect, and to wait for a byte. Whoever is told `Unreachable` tries again, so a try is short.
TIMEOUT = (5.0, 30.0)
RETRY = DEFAULT_RETRY.with_delay(initial=0.2, maximum=3.0).with_timeout(10.0)
_PATIENCE: dict[str, Any] = {"timeout": TIMEOUT, "retry": RETRY}


@dataclass(frozen=True)
class Found:
    """A file as it is: its size in bytes and its type, before it is fetched."""

    path: str
    size: int
    content_type: str
    blob: Any


class FileStore:
    """The bucket. Everything raises `Unreachable` while Storage doesn't answer."""

    def __init__(self, bucket: storage.Bucket, host: str | None = None) -> None:
        """`host` is the Storage emulator's `host:port`, None for the real one."""
        self._bucket = bucket
        self._base = f"http://{host}" if host else PRODUCTION

    def put(self, path: str, content: bytes | Path, content_type: str, owner: str = "") -> StoredFile:
        """Upload one file for everybody who has its address. Raises `UploadFailed` if another is there.

        `owner` is the uid that storage.rules lets delete it; without one, no user may.
        """
        blob = self._bucket.blob(path)
        blob.cache_control = FOREVER
        blob.metadata = {TOKENS: secrets.token_urlsafe(16)} | ({OWNER: owner} if owner else {})
        data = content.read_bytes() if isinstance(content, Path) else content
        with storage_errors(path):
            try:
                self._write_once(blob, data, content_type)
            except PreconditionFailed:
                self._accept(blob, data)
        return StoredFile(path=path, url=self._url(path, blob.metadata[TOKENS]))

    def keep(self, path: str, data: bytes) -> None:
        """Upload one file for listeners alone: it gets no address. One that is there is left alone."""
        blob = self._bucket.blob(path)
        blob.cache_control = "no-store"
        with storage_errors(path):
            try:
                self._write_once(blob, data, "application/octet-stream")
            except PreconditionFailed:
                return

    def find(self, path: str) -> Found | None:
        """What is at a path, None for nothing."""
        with storage_errors(path):
            blob = self._bucket.get_blob(path, **_PATIENCE)
        return None if blob is None else Found(path, int(blob.size or 0), str(blob.content_type or ""), blob)

    def fetch(self, found: Found) -> bytes | None:
        """The content of a file that was found, None if it has gone or changed since."""
        with storage_errors(found.path):
            try:
                data = found.blob.download_as_bytes(if_generation_match=found.blob.generation, **_PATIENCE)
            except (NotFound, PreconditionFailed):
                return None
        return bytes(data)

    def remove_below(self, folder: str, but: str | None = None) -> int:
        """Delete every file of a folder (ending in /), except what begins with `but`; returns how many."""
        count = 0
        with storage_errors(folder):
            for blob in self._bucket.list_blobs(prefix=folder, **_PATIENCE):
                if but is not None and blob.name.startswith(but):
                    continue
                try:
                    blob.delete(**_PATIENCE)
                except NotFound:
                    continue
                count += 1
        return count

    def _write_once(self, blob: Any, data: bytes, content_type: str) -> None:
        blob.upload_from_string(data, content_type=content_type, if_generation_match=0, **_PATIENCE)

    def _accept(self, blob: Any, data: bytes) -> None:
        """What is there is this very file, uploaded by a try whose answer was lost; or it is another's."""
        blob.reload(**_PATIENCE)
        if blob.md5_hash != base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode():
            raise UploadFailed(f"{blob.name} is already there, with other content")
        if not (blob.metadata or {}).get(TOKENS):
            blob.metadata = {**(blob.metadata or {}), TOKENS: secrets.token_urlsafe(16)}
            blob.patch(**_PATIENCE)

    def _url(self, path: str, token: str) -> str:
        bucket, name = quote(self._bucket.name, safe=""), quote(path, safe="")
        return f"{self._base}/v0/b/{bucket}/o/{name}?alt=media&token={token}"


@contextmanager
def storage_errors(path: str) -> Iterator[None]:
    """Google's errors as `Unreachable` (it may pass, and is nobody's fault) or `UploadFailed` (refused)."""
    try:
        yield
    except (ServerError, TooManyRequests, RetryError, RequestException, TransportError) as error:
        raise Unreachable(f"Storage: {path}: {type(error).__name__}: {error}") from error
    except (GoogleAPICallError, GoogleAuthError) as error:
        raise UploadFailed(f"{path}: Storage refuses it: {type(error).__name__}: {error}") from error
