"""Names of documents and collections, and byte keys that sort as Firestore sorts names.

A document is named `projects/{p}/databases/{d}/documents/{collection}/{id}[/{collection}/{id}…]`.
"""

import re
import secrets
import string
from functools import lru_cache

from emulator.firestore.errors import InvalidArgument

NUMERIC_TAG, TEXT_TAG = b"\x01", b"\x02"
END = b"\x00"
AFTER = b"\xff"  # above any tag: `key + AFTER` follows everything that begins with `key`
_ROOT = 5  # projects, p, databases, d, documents
_NUMERIC_ID = re.compile(r"__id(-?\d{1,19})__\Z")
_RESERVED_ID = re.compile(r"__.*__\Z", re.DOTALL)
_BIAS = 1 << 63
_ID_LETTERS = string.ascii_letters + string.digits
MAX_ID_BYTES = 1_500
MAX_NAME_BYTES = 6_144
MAX_PATH_PAIRS = 100


@lru_cache(maxsize=65_536)
def check_document_name(name: str) -> str:
    """`name` itself. Raises InvalidArgument unless it names a document."""
    segments = name.split("/")
    if len(segments) < _ROOT + 2 or not _is_rooted(segments) or (len(segments) - _ROOT) % 2:
        raise InvalidArgument(
            f'Document name "{name}" is not of the form '
            "projects/{project}/databases/{database}/documents/{collection}/{id}[/…]."
        )
    _check_segments(name, segments[_ROOT:])
    return name


@lru_cache(maxsize=4_096)
def check_parent(parent: str) -> str:
    """`parent` itself: the root of the documents or a document. Raises InvalidArgument for anything else."""
    segments = parent.split("/")
    if len(segments) < _ROOT or not _is_rooted(segments) or (len(segments) - _ROOT) % 2:
        raise InvalidArgument(
            f'Parent "{parent}" is neither projects/{{project}}/databases/{{database}}/documents '
            "nor a document."
        )
    _check_segments(parent, segments[_ROOT:])
    return parent


def _is_rooted(segments: list[str]) -> bool:
    return (segments[0], segments[2], segments[4]) == ("projects", "databases", "documents")


def _check_segments(name: str, segments: list[str]) -> None:
    for segment in segments:
        if segment in ("", ".", ".."):
            raise InvalidArgument(
                f'"{name}" has a segment {segment!r}; it must be neither empty, "." nor "..".'
            )
        if _RESERVED_ID.match(segment) and not _NUMERIC_ID.match(segment):
            raise InvalidArgument(f'Resource id "{segment}" is invalid because it is reserved.')
        if len(segment.encode()) > MAX_ID_BYTES:
            raise InvalidArgument(f'Resource id "{segment[:40]}…" is longer than {MAX_ID_BYTES} bytes.')
    if len(name.encode()) > MAX_NAME_BYTES:
        raise InvalidArgument(f'Name "{name[:80]}…" is longer than {MAX_NAME_BYTES} bytes.')
    if len(segments) > 2 * MAX_PATH_PAIRS:
        raise InvalidArgument(f'Name "{name[:80]}…" is deeper than {MAX_PATH_PAIRS} collections.')


def new_id() -> str:
    """A random document id."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(20))


def collection_path(name: str) -> str:
    """The full path of the collection that holds the document `name`."""
    return name.rpartition("/")[0]


def collection_id(name: str) -> str:
    """The last part of the path of the collection that holds the document `name`."""
    return name.rsplit("/", 2)[-2]


def database_of(name: str) -> str:
    """`projects/{p}/databases/{d}` of any name below it."""
    return "/".join(name.split("/", 4)[:4])


def root_of(name: str) -> str:
    """`projects/{p}/databases/{d}/documents` of any name below it."""
    return "/".join(name.split("/", _ROOT)[:_ROOT])


@lru_cache(maxsize=4_096)  # every listener is billed for every change
def pattern(collection: str) -> str:
    """A collection's path with every document id replaced: `queue`, `queue/*/live`."""
    segments = collection.split("/")[_ROOT:]
    return "/".join("*" if place % 2 else segment for place, segment in enumerate(segments))


@lru_cache(maxsize=65_536)
def path_key(path: str) -> bytes:
    """A key of any path that sorts as Firestore sorts: by segments, `__id<n>__` numerically and first.

    The key of a path is a prefix of the keys below it; add END to make it prefix-free.
    """
    segments = path.split("/")
    if len(segments) >= _ROOT and _is_rooted(segments):
        segments = [segments[1], segments[3], *segments[_ROOT:]]
    return b"".join(map(segment_key, segments))


def segment_key(segment: str) -> bytes:
    """The part of a path key that stands for one segment."""
    numeric = _NUMERIC_ID.match(segment)
    if numeric and -_BIAS <= int(numeric[1]) < _BIAS:
        return NUMERIC_TAG + (int(numeric[1]) + _BIAS).to_bytes(8, "big")
    return TEXT_TAG + escape(segment.encode())


def escape(text: bytes) -> bytes:
    """Bytes, self-delimiting and in the same order: 00 becomes 00 FF, and 00 01 ends them."""
    return text.replace(b"\x00", b"\x00\xff") + b"\x00\x01"


def first_segment(key: bytes, start: int) -> tuple[str, int]:
    """The segment that begins at `start` in a path key, and where the next one begins."""
    if key[start : start + 1] == NUMERIC_TAG:
        end = start + 9
        return f"__id{int.from_bytes(key[start + 1 : end], 'big') - _BIAS}__", end
    end = key.index(b"\x00\x01", start + 1)
    return key[start + 1 : end].replace(b"\x00\xff", b"\x00").decode(), end + 2
