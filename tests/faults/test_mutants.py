"""The checker notices: each mutant takes one safeguard away, and must be caught by what it breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from contract.task import Status
from listener import holding, storage, sweep, transitions, wakeups
from listener.edge import Edge
from tests.faults.world import Size, run

pytestmark = pytest.mark.slow

SIZE = Size(tasks=30, machines=4, troubled=200.0, patience=300.0)
SEEDS = range(1, 13)


@dataclass(frozen=True)
class Mutant:
    """A safeguard that is taken away, and the violations of which one must show it."""

    name: str
    put: Callable[[pytest.MonkeyPatch], None]
    shows: frozenset[str]


def without_preconditions(patch: pytest.MonkeyPatch) -> None:
    """Writes no longer say as what they saw the document."""
    patch.setattr(Edge, "unchanged_since", lambda self, update_time: None)


def without_looking_at_the_claim(patch: pytest.MonkeyPatch) -> None:
    """A write that was refused is written again, whoever has the task now."""

    def ours(edge: Any, held: Any, then: Status) -> bool:
        held.seen = edge.read(held.seen.reference)
        return False

    patch.setattr(holding, "_already", ours)


def without_leases(patch: pytest.MonkeyPatch) -> None:
    """A running task is put back whether or not its lease has run out."""
    monkey = sweep._at

    def long_ago(seen: Any, field: str) -> Any:
        at = monkey(seen, field)
        return None if at is None else at - timedelta(hours=1)

    patch.setattr(sweep, "_at", long_ago)


def without_write_once(patch: pytest.MonkeyPatch) -> None:
    """Files replace those that are there, in one folder for all epochs."""

    def put(self: Any, blob: Any, data: bytes, content_type: str) -> None:
        blob.upload_from_string(data, content_type=content_type)

    patch.setattr(storage.FileStore, "_write_once", put)


def without_epochs(patch: pytest.MonkeyPatch) -> None:
    """A claim carries the epoch of the one before."""
    patch.setattr(transitions, "epoch", lambda task: 0)


def without_hearing_cancels(patch: pytest.MonkeyPatch) -> None:
    """What its owner called off is finished all the same."""
    patch.setattr(wakeups.Cancellations, "include", lambda self, held: False)
    patch.setattr(holding.HeldTask, "cancel_requested", property(lambda s: False, lambda s, value: None))


def without_reaping(patch: pytest.MonkeyPatch) -> None:
    """Nobody puts back what a dead worker held."""
    patch.setattr(sweep.Sweep, "reap", lambda self: None)


MUTANTS = [
    Mutant(
        "no preconditions",
        without_preconditions,
        frozenset({"claimed while it ran", "epoch", "zombie write accepted", "changed after its end"}),
    ),
    Mutant(
        "claim not looked at",
        without_looking_at_the_claim,
        frozenset({"zombie write accepted", "changed after its end", "accepted twice"}),
    ),
    Mutant("no leases", without_leases, frozenset({"zombie write accepted"})),
    Mutant("files replaced", without_write_once, frozenset({"file replaced"})),
    Mutant("no epochs", without_epochs, frozenset({"epoch"})),
    Mutant("cancels not heard", without_hearing_cancels, frozenset({"cancelled task finished"})),
    Mutant("no reaping", without_reaping, frozenset({"lost"})),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_checker_catches(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.put(monkeypatch)
    seen: set[str] = set()
    for seed in SEEDS:
        seen |= {violation.what for violation in run(seed, SIZE).ledger.violations}
        if seen & mutant.shows:
            return
    raise AssertionError(f"{mutant.name} went unnoticed by {len(SEEDS)} seeds, which show {sorted(seen)}")
