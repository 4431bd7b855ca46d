"""Finished renders on this machine's disk, from the render's end until the queue has taken them.

Each lies in a folder of its own, `entry.json` beside its files, locked by the process that works on it. What
a dead process left behind is unlocked, and another listener of this machine may deliver it.
"""

import fcntl
import logging
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from contract.documents import Document
from contract.task import Claim
from listener.logs import log
from listener.results import Packed

ENTRY, LOCK, RENDER = "entry.json", "lock", "render-"
# No claim outlives its lease by so much; what is older is of no use to anybody.
LONGEST_SECONDS = 24 * 3600.0


class Entry(Document):
    """A finished render, and the claim under which it was made."""

    # The Firebase that it is for: a project's, at an address if it is an emulator's.
    site: str
    task: str
    claim: Claim
    packed: Packed


class Slot:
    """One task's folder, from before its render until it is settled."""

    def __init__(self, folder: Path, lock: IO[bytes]) -> None:
        self.folder = folder
        self._lock = lock

    def keep(self, entry: Entry) -> None:
        """From here on the render outlives this process. Its files must lie in the folder already."""
        part = self.folder / f"{ENTRY}.part"
        part.write_text(entry.model_dump_json(), encoding="utf-8")
        part.rename(self.folder / ENTRY)

    def entry(self) -> Entry | None:
        """What was kept, None for nothing usable."""
        try:
            entry = Entry.model_validate_json((self.folder / ENTRY).read_bytes())
            whole = all(
                zlib.crc32((self.folder / file.name).read_bytes()) == file.crc32
                for file in entry.packed.files
            )
        except (OSError, ValidationError):
            return None
        return entry if whole else None

    def drop(self) -> None:
        """It is settled, one way or another."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()

    def leave(self) -> None:
        """Let another process, or the next one, go on with it."""
        self._lock.close()


class Spool:
    """The folder of slots. A disk that can't be written to is replaced by one for temporary files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            root.mkdir(parents=True, exist_ok=True)
            _free_slot(root).drop()
        except OSError as error:
            self._root = Path(tempfile.mkdtemp(prefix="brushfire-"))
            log(
                "spool_unusable", logging.WARNING, folder=str(root), error=str(error), instead=str(self._root)
            )

    def slot(self) -> Slot:
        """A new, empty one. Raises `OSError` if the disk is full."""
        return _free_slot(self._root)

    def left_behind(self) -> Iterator[Slot]:
        """Slots of dead processes, locked by this one now; those without a usable entry are deleted."""
        for folder in sorted(self._root.glob(f"{RENDER}*")):
            slot = _taken_over(folder)
            if slot is None:
                continue
            entry = slot.entry()
            too_old = time.time() - folder.stat().st_mtime > LONGEST_SECONDS
            if entry is None or too_old:
                slot.drop()
            else:
                yield slot


def _free_slot(root: Path) -> Slot:
    """A folder that is locked before others can see what it is."""
    folder = Path(tempfile.mkdtemp(prefix="new-", dir=root))
    lock = (folder / LOCK).open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return Slot(folder.rename(root / folder.name.replace("new-", RENDER, 1)), lock)


def _taken_over(folder: Path) -> Slot | None:
    """The slot, if no living process has it."""
    try:
        lock = (folder / LOCK).open("rb")
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    # Its owner may have deleted it between the opening and the locking.
    if not (folder / LOCK).exists():
        lock.close()
        return None
    return Slot(folder, lock)
