"""One file over HTTP: resumed where it stopped, checked against its size and hash, put in place whole.

`huggingface_hub` has a downloader too. This one is used for its files as well because it also takes plain
addresses, checks hashes (the hub's checks sizes), and holds a resumed file to the version it began with
(If-Range).
"""

import errno
import fcntl
import hashlib
import json
import logging
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx

from contract.errors import DamagedWeights, SetupError

log = logging.getLogger(__name__)

# Bytes here so far, and in all if that is known.
Progress = Callable[[int, int | None], None]

TRIES = 5
TIMEOUT = httpx.Timeout(30.0, connect=15.0)
PASSING = {408, 425, 429, 500, 502, 503, 504}
# Left free on the disk beside the file.
SPARE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Wanted:
    """A file to fetch, and what is known of it. `token` is shown to the address's own host alone."""

    url: str
    sha256: str | None = None
    bytes: int | None = None
    token: str | None = None
    # What to do when the server wants to know who asks.
    terms: str | None = None


@dataclass(frozen=True)
class Fetched:
    """What came. `commit` is the version of the repository, where the server told."""

    sha256: str
    bytes: int
    commit: str | None = None


class _Passing(Exception):
    """May go better in a moment. `after` is how long the server asks to wait, in seconds."""

    def __init__(self, message: str, after: float = 0) -> None:
        super().__init__(message)
        self.after = after


def fetch(
    wanted: Wanted, target: Path, progress: Progress = lambda here, total: None, pause: float = 1.0
) -> Fetched:
    """Bring a file to `target`, which appears whole and checked or not at all.

    What came stays in `target.part` and is gone on with at the next call, unless the server has another
    version by then. `pause` (s) doubles with each try that brings nothing new. Raises `SetupError` when the
    server can't or won't give it or the disk is full, `DamagedWeights` when it isn't what it should be.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    headers = {"accept-encoding": "identity", "user-agent": "brushfire"}
    if wanted.token:
        headers["authorization"] = f"Bearer {wanted.token}"
    with (
        _alone(part) as file,
        httpx.Client(follow_redirects=True, timeout=TIMEOUT, headers=headers) as client,
    ):
        told = _persist(client, wanted, file, part, progress, pause)
        found = _checked(wanted, told, file, part)
        _note_of(part).unlink(missing_ok=True)
        part.replace(target)
    return found


@dataclass
class _Told:
    """What the server said of the file: its hash if it knows, and the repository's version."""

    sha256: str | None = None
    commit: str | None = None


def _persist(
    client: httpx.Client, wanted: Wanted, file: IO[bytes], part: Path, progress: Progress, pause: float
) -> _Told:
    """Try until the whole file is here; only tries that bring nothing new are counted."""
    vain = 0
    while True:
        before = file.seek(0, 2)
        try:
            return _try(client, wanted, file, part, progress)
        except (_Passing, httpx.TransportError) as error:
            vain = 0 if file.seek(0, 2) > before else vain + 1
            if vain >= TRIES:
                raise SetupError(
                    f"{wanted.url} can't be fetched: {str(error) or type(error).__name__}; what came so far "
                    "is kept, run the command again to go on"
                ) from error
            log.info("%s: %s; trying again", wanted.url, error)
            time.sleep(max(pause * 2**vain, getattr(error, "after", 0)))
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise SetupError(f"{part}: the disk is full; make room and run the command again") from error


def _try(client: httpx.Client, wanted: Wanted, file: IO[bytes], part: Path, progress: Progress) -> _Told:
    """One request, for what is missing; raises `_Passing` if the answer ends too early."""
    have = file.seek(0, 2)
    version = _noted_version(part, wanted.url) if have else None
    if version is None:
        have = file.truncate(0)
    headers = {"range": f"bytes={have}-", "if-range": version} if have and version else {}
    with client.stream("GET", wanted.url, headers=headers) as answer:
        told = _told_by(answer)
        if answer.status_code == 416:
            if answer.headers.get("content-range") == f"bytes */{have}":
                return told  # All of it came the last time.
            file.truncate(0)
            raise _Passing("the server has another version")
        _refuse_failure(answer, wanted)
        start = _start_of(answer)
        if start != have:
            have = file.truncate(0)
            if start:
                raise _Passing(f"the server sends from byte {start} on instead of {have}")
        total = _total(answer, have)
        _check_size(wanted, total)
        _check_room(part, have, total)
        _note_version(part, wanted.url, answer)
        file.seek(have)
        for chunk in answer.iter_raw():
            file.write(chunk)
            have += len(chunk)
            progress(have, total)
        file.flush()
        if total is not None and have < total:
            raise _Passing(f"the connection ended after {have} of {total} bytes")
    return told


def _refuse_failure(answer: httpx.Response, wanted: Wanted) -> None:
    """`SetupError` for an answer that is no file and won't be one, `_Passing` for one that may be later."""
    status = answer.status_code
    if status in PASSING:
        after = answer.headers.get("retry-after", "")
        raise _Passing(f"the server answers {status}", min(float(after), 60) if after.isdigit() else 0)
    if status in (401, 403):
        raise SetupError(f"{wanted.url} is refused ({status}); {wanted.terms or 'the server wants a login'}")
    if status not in (200, 206):
        raise SetupError(f"{wanted.url} can't be fetched: the server answers {status}")
    if answer.headers.get("content-type", "").startswith("text/html"):
        raise SetupError(f"{wanted.url} gives a web page instead of a file; it may have moved")


def _start_of(answer: httpx.Response) -> int:
    """The first byte that an answer brings."""
    if answer.status_code == 200:
        return 0
    found = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
    if found is None:
        raise _Passing("the server sends a part without saying which")
    return int(found[1])


def _total(answer: httpx.Response, have: int) -> int | None:
    length = answer.headers.get("content-length", "")
    return have + int(length) if length.isdigit() and "content-encoding" not in answer.headers else None


def _check_size(wanted: Wanted, total: int | None) -> None:
    if None not in (wanted.bytes, total) and wanted.bytes != total:
        raise DamagedWeights(f"{wanted.url} has {total} bytes, but must have {wanted.bytes}")


def _check_room(part: Path, have: int, total: int | None) -> None:
    free = shutil.disk_usage(part.parent).free
    missing = 0 if total is None else total - have
    if missing + SPARE_BYTES > free:
        raise SetupError(
            f"{part.parent} has {free / 1e6:.0f} MB free, but {missing / 1e6:.0f} MB are to come; make room"
        )


def _told_by(answer: httpx.Response) -> _Told:
    """The hub names a file's SHA-256 and the repository's commit on the way to where the file lies."""
    told = _Told()
    for step in (*answer.history, answer):
        linked = step.headers.get("x-linked-etag", "").strip('W/"')
        if re.fullmatch(r"[0-9a-f]{64}", linked):
            told.sha256 = linked
        told.commit = step.headers.get("x-repo-commit", told.commit)
    return told


def _checked(wanted: Wanted, told: _Told, file: IO[bytes], part: Path) -> Fetched:
    """Its hash, if that is what it should be; otherwise nothing of it is kept."""
    size = file.seek(0, 2)
    file.seek(0)
    found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    expected = wanted.sha256 or told.sha256
    if expected not in (None, found) or wanted.bytes not in (None, size):
        part.unlink()
        _note_of(part).unlink(missing_ok=True)
        said = f"of SHA-256 {found[:12]}… and {size} bytes"
        must = f"{str(expected or found)[:12]}… and {wanted.bytes or size} bytes"
        raise DamagedWeights(f"{wanted.url} gave a file {said}, but it must be {must}; it was thrown away")
    return Fetched(found, size, told.commit)


@contextmanager
def _alone(part: Path) -> Iterator[IO[bytes]]:
    """The unfinished file, for this process alone."""
    with part.open("a+b") as appended:
        try:
            fcntl.flock(appended, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SetupError(f"{part} is being written by another process; wait for it") from error
        # Opened for appending it can't be written elsewhere, as after a restart from the beginning.
        with part.open("r+b") as file:
            yield file


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _note_version(part: Path, url: str, answer: httpx.Response) -> None:
    """Remember which version the part is of: a strong ETag, or else the time of its last change."""
    etag = answer.headers.get("etag", "")
    version = etag if etag.startswith('"') else answer.headers.get("last-modified")
    _note_of(part).write_text(json.dumps({"url": url, "version": version}), "utf-8")


def _noted_version(part: Path, url: str) -> str | None:
    """The version of the part, or None if it can't be gone on with."""
    try:
        note: Any = json.loads(_note_of(part).read_text("utf-8"))
        return note["version"] if note["url"] == url and isinstance(note["version"], str) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
