"""Real processes, killed one after the other."""

from pathlib import Path

import pytest

from tests.faults.cluster import Soak
from tests.faults.soak import soak

pytestmark = pytest.mark.slow


@pytest.mark.timeout(300)
def test_nothing_is_lost_though_processes_are_killed(tmp_path: Path) -> None:
    outcome = soak(Soak(tasks=40, listeners=2, every=6.0, step=0.3, patience=240.0), tmp_path)
    assert outcome.ledger is not None
    assert [str(violation) for violation in outcome.ledger.violations] == []
    assert len(outcome.ledger.tasks) == 40
    assert outcome.kills
