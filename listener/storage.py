"""Uploads: written once, cached for ever, and opened by a browser through a token in the address.

A worker's files lie under `results/{task}/{epoch}/`. Nothing there is ever replaced: a worker of the past
has a folder of its own, and a retry that finds its own file takes it for uploaded.
"""

import base64
import hashlib
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote

from google.api_core.exceptions import GoogleAPICallError, PreconditionFailed, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY
from requests.exceptions import RequestException

from contract.errors import UploadFailed
from contract.task import StoredFile

TOKENS = "firebaseStorageDownloadTokens"
FOREVER = "public, max-age=31536000, immutable"
PRODUCTION = "https://firebasestorage.googleapis.com"
# Seconds for one request, and for all tries at it together.
TIMEOUT = 60.0
RETRY = DEFAULT_RETRY.with_timeout(90.0)


class ResultStore:
    """Where results are put."""

    def __init__(self, bucket: storage.Bucket, host: str | None = None) -> None:
        """`host` is the Storage emulator's `host:port`, None for the real one."""
        self._bucket = bucket
        self._base = f"http://{host}" if host else PRODUCTION

    def put(self, path: str, content: bytes | Path, content_type: str) -> StoredFile:
        """Upload one file. Raises `UploadFailed`, also if another file is already there."""
        data = content.read_bytes() if isinstance(content, Path) else content
        blob = self._bucket.blob(path)
        blob.cache_control = FOREVER
        blob.metadata = {TOKENS: secrets.token_urlsafe(16)}
        try:
            try:
                blob.upload_from_string(
                    data, content_type=content_type, if_generation_match=0, timeout=TIMEOUT, retry=RETRY
                )
            except PreconditionFailed:
                self._accept(blob, data)
        except (GoogleAPICallError, RetryError, GoogleAuthError, RequestException) as error:
            raise UploadFailed(f"{path} could not be uploaded: {type(error).__name__}: {error}") from error
        return StoredFile(path=path, url=self._url(path, blob.metadata[TOKENS]))

    def _accept(self, blob: Any, data: bytes) -> None:
        """What is there is this very file, uploaded by a try whose answer was lost; or it is another's."""
        blob.reload(timeout=TIMEOUT, retry=RETRY)
        if blob.md5_hash != base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode():
            raise UploadFailed(f"{blob.name} is already there, with other content")
        if not (blob.metadata or {}).get(TOKENS):
            blob.metadata = {**(blob.metadata or {}), TOKENS: secrets.token_urlsafe(16)}
            blob.patch(timeout=TIMEOUT, retry=RETRY)

    def _url(self, path: str, token: str) -> str:
        bucket, name = quote(self._bucket.name, safe=""), quote(path, safe="")
        return f"{self._base}/v0/b/{bucket}/o/{name}?alt=media&token={token}"
