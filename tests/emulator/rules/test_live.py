"""Rules that change while the server runs, and the memory of what they denied."""

import os
from pathlib import Path

import pytest

from emulator.rules import Decision, RulesSyntaxError
from emulator.rules.live import MAX_DENIALS, LiveRules
from tests.emulator.rules.deciding import NOON, ask

OPEN = "service cloud.firestore { match /databases/{d}/documents/{c}/{x} { allow get; } }"
CLOSED = "service cloud.firestore { }"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "firestore.rules"
    file.write_text(OPEN)
    return file


def change(file: Path, text: str) -> None:
    """A later modification time, however coarse the file system's clock is."""
    stamp = file.stat().st_mtime_ns
    file.write_text(text)
    os.utime(file, ns=(stamp + 1_000_000_000, stamp + 1_000_000_000))


def test_a_changed_file_is_read_again(file: Path) -> None:
    live = LiveRules.load("cloud.firestore", file)
    assert ask(live.ruleset, "get", "a/b").allowed
    change(file, CLOSED)
    assert not ask(live.ruleset, "get", "a/b").allowed


def test_a_broken_file_leaves_the_last_good_rules_in_force(file: Path) -> None:
    live = LiveRules.load("cloud.firestore", file)
    change(file, "service cloud.firestore {")
    assert ask(live.ruleset, "get", "a/b").allowed
    assert live.problem is not None
    assert live.problem.startswith("firestore.rules:1:26: the file ends too early")
    change(file, CLOSED)
    assert not ask(live.ruleset, "get", "a/b").allowed
    assert live.problem is None


def test_a_file_that_vanishes_leaves_its_rules_in_force(file: Path) -> None:
    live = LiveRules.load("cloud.firestore", file)
    file.unlink()
    assert ask(live.ruleset, "get", "a/b").allowed
    assert "No such file" in str(live.problem)


def test_rules_can_be_replaced_by_hand_until_the_file_changes(file: Path) -> None:
    live = LiveRules.load("cloud.firestore", file)
    live.replace(CLOSED)
    assert not ask(live.ruleset, "get", "a/b").allowed
    with pytest.raises(RulesSyntaxError):
        live.replace("nonsense")
    assert not ask(live.ruleset, "get", "a/b").allowed
    change(file, OPEN + " ")
    assert ask(live.ruleset, "get", "a/b").allowed


def test_rules_of_another_service_are_refused(file: Path) -> None:
    with pytest.raises(RulesSyntaxError, match="rules for cloud.firestore, not for firebase.storage"):
        LiveRules.load("firebase.storage", file)


def test_the_latest_denials_are_remembered(file: Path) -> None:
    live = LiveRules.load("cloud.firestore", file)
    for number in range(MAX_DENIALS + 1):
        decision = Decision(False, number, f"false for 'get' @ L{number}")
        message = live.record(decision, time=NOON.to_datetime(), uid="alice", method="get", path="/a/b")
    assert message == f"Missing or insufficient permissions. firestore.rules: {decision.reason}"
    assert len(live.denials) == MAX_DENIALS
    assert (live.denials[0].line, live.denials[-1].line) == (1, MAX_DENIALS)
    assert live.denials[-1].uid == "alice"
