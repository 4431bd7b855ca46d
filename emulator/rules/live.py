"""The rules in force: read from a file, read again when it changes, and a memory of what they denied."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from emulator.rules.errors import RulesSyntaxError
from emulator.rules.ruleset import Decision, RuleSet

_log = logging.getLogger(__name__)
MAX_DENIALS: Final = 200


@dataclass(frozen=True, slots=True)
class Denial:
    """One request that the rules denied."""

    time: datetime
    uid: str | None
    method: str
    path: str
    line: int
    """Of the last `allow` that was tried; 0 when none speaks of the path."""
    reason: str
    rule: str = ""
    """What stands in that line."""


class LiveRules:
    """Gives the rule set to decide by. A file that isn't rules leaves the last good one in force."""

    def __init__(self, service: str, ruleset: RuleSet, file: Path | None = None, *, text: str = "") -> None:
        self.denials: deque[Denial] = deque(maxlen=MAX_DENIALS)
        """The latest last."""
        self.problem: str | None = None
        """Why the file as it is now is not in force."""
        self._service = service
        self._ruleset = ruleset
        self._lines = text.splitlines()
        self._file = file
        self._stamp = _stamp(file)

    @classmethod
    def load(cls, service: str, file: Path) -> LiveRules:
        """Raises `RulesSyntaxError` if it isn't rules of `service`, `OSError` if it can't be read."""
        text = file.read_text(encoding="utf-8")
        return cls(service, _parse(service, text, file.name), file, text=text)

    def replace(self, text: str, filename: str = "rules") -> None:
        """Puts other rules in force, until the file changes. Raises `RulesSyntaxError`."""
        self._ruleset = _parse(self._service, text, filename)
        self._lines = text.splitlines()
        self.problem = None

    @property
    def text(self) -> str:
        """What is in force, line by line as it was written."""
        self.ruleset  # noqa: B018  # reads a file that changed
        return "\n".join(self._lines)

    @property
    def ruleset(self) -> RuleSet:
        stamp = _stamp(self._file)
        if self._file and stamp != self._stamp:
            self._stamp = stamp
            try:
                self.replace(self._file.read_text(encoding="utf-8"), self._file.name)
                _log.info("rules read again", extra={"action": "rules_reloaded", "file": str(self._file)})
            except (RulesSyntaxError, OSError, UnicodeDecodeError) as error:
                self.problem = str(error)
                _log.error("rules kept as they were: %s", error, extra={"action": "rules_refused"})
        return self._ruleset

    def record(self, decision: Decision, *, time: datetime, uid: str | None, method: str, path: str) -> str:
        """Remembers a denial; gives the message that the client receives."""
        rule = self._lines[decision.line - 1].strip() if 0 < decision.line <= len(self._lines) else ""
        self.denials.append(Denial(time, uid, method, path, decision.line, decision.reason, rule))
        _log.info("denied %s %s: %s", method, path, decision.reason, extra={"action": "denied", "uid": uid})
        return f"Missing or insufficient permissions. {self._ruleset.filename}: {decision.reason}"


def _parse(service: str, text: str, filename: str) -> RuleSet:
    ruleset = RuleSet.parse(text, filename)
    if ruleset.service != service:
        raise RulesSyntaxError(f"these are rules for {ruleset.service}, not for {service}", filename, 1, 1)
    for warning in ruleset.warnings:
        _log.warning("%s", warning, extra={"action": "rules_warning"})
    return ruleset


def _stamp(file: Path | None) -> tuple[int, int] | None:
    """Changes when the file does; None while there is no file."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found else None
