"""Object metadata in JSON: read from both APIs into records, and shown in the words of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from emulator.storage.errors import invalid
from emulator.storage.resource import ObjectRecord

TOKENS_KEY = "firebaseStorageDownloadTokens"
"""The custom metadata under which the JSON API shows and sets the download tokens."""

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
LONGEST_NAME = 1024

TEXT_FIELDS = {
    "contentType": "content_type",
    "contentEncoding": "content_encoding",
    "contentDisposition": "content_disposition",
    "contentLanguage": "content_language",
    "cacheControl": "cache_control",
}


def check_bucket(bucket: str) -> str:
    """Raises StorageError (400) unless it is a bucket's name."""
    if not BUCKET_NAME.fullmatch(bucket):
        raise invalid(f"Invalid bucket name: {bucket!r:.80}; 3 to 222 of a-z, 0-9, '.', '_' and '-'")
    return bucket


def new_object(bucket: str, name: object, values: Mapping[str, Any]) -> ObjectRecord:
    """The record of an object whose bytes are still to come, with the metadata of the request's JSON.

    Raises StorageError (400).
    """
    if not isinstance(name, str) or not name:
        raise invalid("Required object name is missing")
    if len(name.encode(errors="replace")) > LONGEST_NAME or name in (".", "..") or re.search(r"[\r\n]", name):
        raise invalid(
            f"Invalid object name {name!r:.80}: up to {LONGEST_NAME} bytes of UTF-8 without line breaks"
        )
    md5_hash, crc32c = _text("md5Hash", values.get("md5Hash")), _text("crc32c", values.get("crc32c"))
    blank = ObjectRecord(check_bucket(bucket), name, md5_hash=md5_hash or "", crc32c=crc32c or "")
    return with_metadata(blank, values)


def with_metadata(record: ObjectRecord, values: Mapping[str, Any], *, whole: bool = False) -> ObjectRecord:
    """`record` with the metadata that `values` names; null takes a value away.

    With `whole`, what isn't named goes too (PUT), save for the download tokens. Raises StorageError (400).
    """
    changes: dict[str, Any] = {}
    for key, attribute in TEXT_FIELDS.items():
        if key in values or whole:
            changes[attribute] = _text(key, values.get(key))
    if "metadata" in values or whole:
        custom = values.get("metadata")
        if custom is not None and not isinstance(custom, dict):
            raise invalid(f"metadata is {custom!r:.80}; it must be an object with string values")
        tokens = _text(TOKENS_KEY, (custom or {}).get(TOKENS_KEY, ",".join(record.tokens)))
        changes["tokens"] = tuple(token for token in (tokens or "").split(",") if token)
        kept = {} if whole or custom is None else dict(record.metadata)
        merged = kept | {key: _text(f"metadata.{key}", value) for key, value in (custom or {}).items()}
        changes["metadata"] = {k: v for k, v in merged.items() if v is not None and k != TOKENS_KEY}
    return replace(record, **changes)


def to_json(record: ObjectRecord, base_url: str) -> dict[str, Any]:
    """The object resource of the JSON API; `base_url` is where the caller reached the server."""
    path = f"/storage/v1/b/{quote(record.bucket, safe='')}/o/{quote(record.name, safe='')}"
    tokens = {TOKENS_KEY: ",".join(record.tokens)} if record.tokens else {}
    return _common(record) | {
        "kind": "storage#object",
        "id": f"{record.bucket}/{record.name}/{record.generation}",
        "selfLink": f"{base_url}{path}",
        "mediaLink": f"{base_url}/download{path}?generation={record.generation}&alt=media",
        "timeStorageClassUpdated": timestamp(record.time_created),
        "timeFinalized": timestamp(record.time_created),
        **_present({"metadata": dict(record.metadata) | tokens}),
    }


def to_firebase_json(record: ObjectRecord) -> dict[str, Any]:
    """The object resource of the Firebase SDKs."""
    return _common(record) | {
        "contentEncoding": record.content_encoding or "identity",
        "contentDisposition": firebase_disposition(record),
        "downloadTokens": ",".join(record.tokens),
        **_present({"metadata": dict(record.metadata)}),
    }


def firebase_disposition(record: ObjectRecord) -> str:
    """How the SDKs' download URLs offer the object: shown in place, under its own last name."""
    name = quote(record.name.rpartition("/")[2], safe="")
    return record.content_disposition or f"inline; filename*=utf-8''{name}"


def timestamp(moment: datetime) -> str:
    """RFC 3339 with milliseconds, in UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _common(record: ObjectRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "bucket": record.bucket,
        "generation": str(record.generation),
        "metageneration": str(record.metageneration),
        "size": str(record.size),
        "storageClass": "STANDARD",
        "md5Hash": record.md5_hash,
        "crc32c": record.crc32c,
        "etag": record.etag,
        "timeCreated": timestamp(record.time_created),
        "updated": timestamp(record.updated),
        **_present({key: getattr(record, attribute) for key, attribute in TEXT_FIELDS.items()}),
    }


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def _text(key: str, value: object) -> str | None:
    """Header values come from here, so line breaks are refused."""
    if value is None:
        return None
    one_line = key.startswith("metadata.") or not re.search(r"[\r\n]", str(value))
    if not isinstance(value, str) or not one_line:
        raise invalid(f"{key} is {value!r:.80}; it must be a string of one line")
    return value
