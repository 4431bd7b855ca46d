"""A bucket's objects page by page, with what lies behind a delimiter folded into prefixes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from emulator.storage.errors import invalid
from emulator.storage.index import ObjectIndex
from emulator.storage.numbers import whole_number
from emulator.storage.resource import ObjectRecord

LARGEST_PAGE = 1000
BATCH = 200


@dataclass(frozen=True, slots=True)
class ListQuery:
    """`start` is the first name that may come, `end` the first that may not; empty for no bound."""

    prefix: str = ""
    delimiter: str = ""
    start: str = ""
    end: str = ""
    limit: int = LARGEST_PAGE

    @classmethod
    def of(cls, query: Mapping[str, str]) -> ListQuery:
        """From a request's query; the names are the same in both APIs. Raises StorageError (400)."""
        limit = whole_number("maxResults", query.get("maxResults", str(LARGEST_PAGE)))
        if limit < 1:
            raise invalid("maxResults is 0; it must be a whole number from 1")
        prefix = query.get("prefix", "")
        return cls(
            prefix,
            query.get("delimiter", ""),
            max(prefix, query.get("startOffset", ""), _from_token(query.get("pageToken", ""))),
            query.get("endOffset", ""),
            min(limit, LARGEST_PAGE),
        )


@dataclass(slots=True)
class Page:
    items: list[ObjectRecord] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    next_token: str | None = None


def list_objects(index: ObjectIndex, bucket: str, query: ListQuery) -> Page:
    """One page. Work grows with what the page shows, not with what a prefix hides."""
    page = Page()
    for start, entry in _entries(index, bucket, query):
        if len(page.items) + len(page.prefixes) == query.limit:
            page.next_token = _to_token(start)
            break
        if isinstance(entry, str):
            page.prefixes.append(entry)
        else:
            page.items.append(entry)
    return page


def _entries(index: ObjectIndex, bucket: str, query: ListQuery) -> Iterator[tuple[str, ObjectRecord | str]]:
    """Objects and prefixes in order, each with the name from which a scan would find it again."""
    start = query.start
    while batch := index.scan(bucket, start, BATCH):
        for record in batch:
            start = record.name + "\0"
            if not record.name.startswith(query.prefix) or (query.end and record.name >= query.end):
                return
            folded = _folded(record.name, query)
            if folded is None:
                yield record.name, record
                continue
            yield record.name, folded
            after = _after_prefix(folded)
            if after is None:
                return
            start = after
            break


def _folded(name: str, query: ListQuery) -> str | None:
    if not query.delimiter:
        return None
    at = name.find(query.delimiter, len(query.prefix))
    return None if at < 0 else name[: at + len(query.delimiter)]


def _after_prefix(prefix: str) -> str | None:
    """The first name in order that doesn't begin with `prefix`; None when there can be none."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)


def _to_token(start: str) -> str:
    return base64.urlsafe_b64encode(start.encode()).decode()


def _from_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError):
        raise invalid(f"pageToken is {token!r:.40}; it must come from an earlier page") from None
