"""A disk that is full."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from google.cloud import storage

from emulator.storage.incoming import Incoming
from tests.emulator.suite.running import call

UPLOAD = "/upload/storage/v1/b/pictures/o?uploadType=media&name=x"


@pytest.mark.parametrize("step", ["take", "seal"])
def test_an_upload_fails_with_the_reason_and_leaves_the_object_as_it_was(
    address: str, bucket: storage.Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    bucket.blob("x").upload_from_string(b"old")
    kept = {file for file in tmp_path.glob("storage/*/**/*") if file.is_file()}

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Incoming, step, fail)
    answer = call(address, "POST", UPLOAD, b"new")
    assert answer.status == 503
    assert "No space left on device" in answer.json()["error"]["message"]
    assert bucket.blob("x").download_as_bytes() == b"old"
    assert {file for file in tmp_path.glob("storage/*/**/*") if file.is_file()} == kept
