"""What a check of `brushfire doctor` finds."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from brushfire.running import Addresses
from listener.firebase import Firebase
from listener.settings import Settings


@dataclass(frozen=True)
class Finding:
    """One line: `outcome` is ok, failed or skipped; `found` says what is, `todo` what to do about it."""

    check: str
    outcome: str
    found: str
    todo: str = ""

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        return asdict(self)


def good(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", found)


def bad(check: str, found: str, todo: str) -> Finding:
    """Something has to be done."""
    return Finding(check, "failed", found, todo)


def skipped(check: str, why: str) -> Finding:
    """It could not be looked at, or doesn't matter here."""
    return Finding(check, "skipped", why)


@dataclass(frozen=True)
class Place:
    """Where the checks look. `firebase` is there where `settings` are."""

    root: Path
    settings: Settings | None = None
    firebase: Firebase | None = None
    # The `brushfire up` of this machine, if that is the Firebase that is looked at.
    running: Addresses | None = None
    fix: bool = False

    @property
    def emulated(self) -> bool:
        """Whether it is a local Firebase, or the official emulators."""
        return self.settings is not None and self.settings.firestore_host is not None
