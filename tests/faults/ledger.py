"""The checker: sees every change that Firestore and Storage accept, in order, and says what must not be.

It shares no code with the listener, and takes nobody's word: what it knows it has from the servers' side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.caller import Caller
from emulator.firestore.commits import Change
from emulator.storage.resource import ObjectRecord
from tests.faults.plan import LONGEST_STALL

FINISHED = {"done", "failed", "cancelled", "rejected"}
# What may still change in a task that is over: whether it is shown, and when it is pruned.
CHANGEABLE = {"public", "expires_at", "cancel_requested"}
# A listener knows the server's clock by the time that its answers take.
CLOCK_SECONDS = 2.0


@dataclass
class Known:
    """What has become of one task so far."""

    claims: list[Mapping[str, Any]] = field(default_factory=list)
    status: str = "queued"
    completions: int = 0
    submitted: float = 0.0
    finished: float | None = None


@dataclass(frozen=True)
class Violation:
    """Something that must not be."""

    at: float
    what: str
    task: str
    detail: str

    def __str__(self) -> str:
        return f"{self.at:9.3f} s  {self.what}: {self.task}: {self.detail}"


class Ledger:
    """Both servers' witness. `violations` is empty as long as all is well."""

    def __init__(self, now: Callable[[], float], owners: set[str]) -> None:
        """`now` gives the server's time, in seconds since 1970; `owners` are who submit and cancel."""
        self.violations: list[Violation] = []
        self.tasks: dict[str, Known] = {}
        # How many of them have come to an end.
        self.finished = 0
        self.files: dict[str, tuple[str, bytes]] = {}
        self.accepted: dict[str, list[str]] = {}
        self.counts: Counter[str] = Counter()
        self._now = now
        self._owners = owners
        self._shown: dict[str, int] = {}

    def open(self, database: object) -> None:
        """As a change log of the local Firebase; nothing to prepare."""

    def settled(self) -> None:
        """As a change log of the local Firebase; nothing to do."""

    def record(self, changes: Sequence[Change], caller: Caller, micros: int) -> None:
        """A commit becomes durable."""
        for change in changes:
            path = change.name.split("/documents/")[1].split("/")
            before = plain(change.before) if change.before is not None else None
            after = plain(change.after) if change.after is not None else None
            if path[0] == "queue" and len(path) == 2:
                self._task_changed(path[1], before, after, caller.client, micros / 1e6)
            elif path[0] == "queue" and path[2:] == ["live", "progress"] and after is not None:
                self._progress_shown(path[1], int(after.get("epoch", 0)))

    def _task_changed(
        self, id: str, before: dict[str, Any] | None, after: dict[str, Any] | None, who: str, at: float
    ) -> None:
        if before is None:
            assert after is not None
            self.tasks[id] = Known(submitted=self._now())
            self._expect(who in self._owners, "created by a listener", id, who)
            return
        if after is None:
            self._expect(before.get("status") in FINISHED, "lost", id, f"deleted by {who} while it waited")
            return
        known = self.tasks[id]
        old, new = before.get("status"), after.get("status")
        self.counts[f"{old} → {new}"] += 1
        if old in FINISHED:
            changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
            self._expect(changed <= CHANGEABLE, "changed after its end", id, f"{sorted(changed)} by {who}")
            known.completions += new == "done" and bool(changed - CHANGEABLE)
            self._expect(known.completions <= 1, "accepted twice", id, f"by {who}")
            return
        known.status = str(new)
        if new in FINISHED:
            self.finished += known.finished is None
            known.finished = self._now()
        self._judge(id, known, before, after, who, at)

    def _judge(
        self, id: str, known: Known, before: dict[str, Any], after: dict[str, Any], who: str, at: float
    ) -> None:
        old, new = before.get("status"), after.get("status")
        claim, ours = before.get("claim") or {}, after.get("claim") or {}
        by_owner = who in self._owners
        if old == "running":
            if by_owner:
                self._expect(new == "running", "ended by its owner", id, f"{new} by {who}")
            elif claim.get("id") != ours.get("id"):
                self._violated("claimed while it ran", id, f"by {who} from {claim.get('worker')}")
            elif who_machine(who) != who_machine(str(claim.get("worker"))):
                left = claim.get("lease_until", 0.0) - at
                self._expect(
                    left < CLOCK_SECONDS and new in ("queued", "failed", "cancelled"),
                    "zombie write accepted",
                    id,
                    f"{new} by {who}, claimed by {claim.get('worker')} for another {left:.1f} s",
                )
            if new == "done":
                self._completed(id, known, before, after)
        elif new == "running":
            self._claimed(id, known, before, ours, who, at)
        elif new == "done":
            known.completions += 1
            self._violated("zombie write accepted", id, f"done by {who} while {old}")
        else:
            self._expect(claim == ours, "zombie write accepted", id, f"{old}'s claim changed by {who}")
        if new == "failed" and not (after.get("error") or {}).get("code", "").startswith("permanent"):
            spent = after.get("attempt", 0) >= after.get("max_attempts", 3)
            self._expect(spent, "given up too early", id, f"attempt {after.get('attempt')} by {who}")

    def _claimed(
        self, id: str, known: Known, before: dict[str, Any], claim: dict[str, Any], who: str, at: float
    ) -> None:
        last = (before.get("claim") or {}).get("epoch", 0)
        self._expect(before.get("status") == "queued", "claimed", id, f"while {before.get('status')}")
        self._expect(claim.get("epoch") == last + 1, "epoch", id, f"{claim.get('epoch')} after {last}")
        self._expect(before.get("cancel_requested") is not True, "cancelled task claimed", id, f"by {who}")
        own = claim.get("worker") == who or claim.get("offered") is True
        self._expect(own, "claimed for another", id, f"{claim.get('worker')} by {who}")
        ahead = claim.get("lease_until", 0.0) - at
        # A claim that was under way for longer than its lease is over when it comes; the next takes it.
        self._expect(-LONGEST_STALL < ahead < 3600, "lease", id, f"of {ahead:.1f} s")
        known.claims.append(claim)

    def _completed(self, id: str, known: Known, before: dict[str, Any], after: dict[str, Any]) -> None:
        known.completions += 1
        self._expect(known.completions <= 1, "accepted twice", id, "done")
        cancelled = before.get("cancel_requested") is True
        self._expect(not cancelled, "cancelled task finished", id, "it had been asked to stop")
        paths = list(paths_of(after.get("result") or {}))
        self._expect(bool(paths), "without files", id, "its result names none")
        own = f"results/{id}/{after['claim']['epoch']}/"
        for path in paths:
            self._expect(path.startswith(own), "zombie write accepted", id, f"{path} isn't in {own}")
            self._expect(path in self.files, "file missing", id, path)
        self.accepted[id] = paths

    def _progress_shown(self, id: str, epoch: int) -> None:
        last = self._shown.get(id, 0)
        self._expect(epoch >= last, "zombie progress accepted", id, f"of epoch {epoch} after {last}")
        self._shown[id] = max(last, epoch)
        known = self.tasks.get(id)
        if known is not None and known.claims and epoch < known.claims[-1]["epoch"]:
            self.counts["progress of a claim that was over, before its successor's"] += 1

    def stored(self, record: ObjectRecord, data: bytes, who: str) -> None:
        """Storage has accepted a file."""
        folder, _, rest = record.name.partition("/")
        if folder != "results":
            return
        self._expect(record.name not in self.files, "file replaced", record.name, f"by {who}")
        id, epoch, _ = rest.split("/", 2)
        claims = [claim for claim in self.tasks[id].claims if str(claim["epoch"]) == epoch]
        theirs = [claim for claim in claims if who_machine(str(claim["worker"])) == who_machine(who)]
        self._expect(bool(theirs), "zombie upload accepted", record.name, f"by {who}")
        self.files[record.name] = (record.md5_hash, data)

    def deleted(self, record: ObjectRecord, who: str) -> None:
        """Storage has deleted a file."""
        needed = any(record.name in paths for paths in self.accepted.values())
        self._expect(not needed, "file deleted", record.name, f"by {who}, from an accepted result")
        self.files.pop(record.name, None)

    def close(
        self, submitted: set[str], called_off: set[str], whole: Callable[[str, str, bytes], str]
    ) -> None:
        """The books at the end: `called_off` is what its owners were told to be cancelled.

        `whole(task, path, data)` says what is wrong with a file, or nothing.
        """
        for id in sorted(called_off):
            now = self.tasks[id].status
            self._expect(now == "cancelled", "cancelled task finished", id, f"it is {now}")
        for id in sorted(submitted - self.tasks.keys()):
            self._violated("lost", id, "it was submitted, and isn't there")
        for id, known in self.tasks.items():
            self._expect(known.status in FINISHED, "lost", id, f"still {known.status}")
        for id, paths in self.accepted.items():
            for path in paths:
                if path not in self.files:
                    self._violated("file missing", id, path)
                elif wrong := whole(id, path, self.files[path][1]):
                    self._violated("file damaged", id, f"{path}: {wrong}")

    def _expect(self, right: bool, what: str, task: str, detail: str) -> None:
        if not right:
            self._violated(what, task, detail)

    def _violated(self, what: str, task: str, detail: str) -> None:
        self.violations.append(Violation(self._now(), what, task, detail))


def who_machine(who: str) -> str:
    """Workers are named `machine.incarnation`: any of a machine's may deliver what is left on its disk."""
    return who.partition(".")[0]


def paths_of(result: Mapping[str, Any]) -> Sequence[str]:
    """The files that a result names."""
    single = [result.get(name) for name in ("thumbnail", "video", "svg")]
    files = [*result.get("images", ()), *(file for file in single if file)]
    return [str(file["path"]) for file in files]


def plain(document: Any) -> dict[str, Any]:
    """A Firestore document's fields as Python's own values; times as seconds since 1970."""
    return {name: _value(value) for name, value in document.fields.items()}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value_type")
    if kind == "map_value":
        return {name: _value(inner) for name, inner in value.map_value.fields.items()}
    if kind == "array_value":
        return [_value(inner) for inner in value.array_value.values]
    if kind == "timestamp_value":
        return value.timestamp_value.seconds + value.timestamp_value.nanos / 1e9
    return None if kind in (None, "null_value") else getattr(value, kind)
