"""Listing against the simplest thing that could be right: all names, sorted and folded in memory."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.storage.errors import StorageError
from emulator.storage.index import ObjectIndex
from emulator.storage.listing import ListQuery, list_objects
from emulator.storage.resource import ObjectRecord

NAMES = st.text(alphabet="ab/é\ud7ff\ue000\U0010ffff", min_size=1, max_size=5)


def all_at_once(names: set[str], query: ListQuery) -> tuple[list[str], list[str]]:
    items, prefixes = list[str](), dict[str, None]()
    for name in sorted(names):
        if not name.startswith(query.prefix):
            continue
        rest = name[len(query.prefix) :]
        if query.delimiter and query.delimiter in rest:
            at = len(query.prefix) + rest.index(query.delimiter) + len(query.delimiter)
            prefixes[name[:at]] = None
        else:
            items.append(name)
    return items, list(prefixes)


@settings(max_examples=150, deadline=None)
@given(
    names=st.sets(NAMES, max_size=25),
    prefix=st.text(alphabet="ab/é", max_size=2),
    delimiter=st.sampled_from(["", "/", "a", "\U0010ffff"]),
    limit=st.integers(1, 5),
)
def test_pages_together_are_the_whole_list(names: set[str], prefix: str, delimiter: str, limit: int) -> None:
    with closing(ObjectIndex(Path(":memory:"))) as index:
        for name in names:
            index.put(ObjectRecord("bucket", name))
            index.put(ObjectRecord("other-bucket", name + "x"))
        items, prefixes, token = list[str](), list[str](), ""
        while True:
            wanted = {"prefix": prefix, "delimiter": delimiter, "maxResults": str(limit), "pageToken": token}
            query = ListQuery.of(wanted)
            page = list_objects(index, "bucket", query)
            assert len(page.items) + len(page.prefixes) <= limit
            items += [record.name for record in page.items]
            prefixes += page.prefixes
            if page.next_token is None:
                break
            token = page.next_token
    assert (items, prefixes) == all_at_once(names, ListQuery(prefix, delimiter))


@pytest.mark.parametrize("query", [{"maxResults": "0"}, {"maxResults": "all"}, {"pageToken": "é"}])
def test_a_list_that_can_t_be_understood_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(StorageError, match=next(iter(query))):
        ListQuery.of(query)
