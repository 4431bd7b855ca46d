"""What firebase-functions tells of a project's functions, and the patterns of documents."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from firebase_functions import firestore_fn, https_fn, scheduler_fn
from firebase_functions.private import serving
from firebase_functions.private.path_pattern import PathPattern
from hypothesis import given
from hypothesis import strategies as st

from emulator.functions.manifest import DocumentTrigger, HttpTrigger, ScheduleTrigger, parse_manifest
from emulator.functions.patterns import DocumentPattern


def manifest_of(**functions: Any) -> Any:
    """The manifest that the pinned firebase-functions makes of decorated functions."""
    return yaml.safe_load(serving.functions_as_yaml(functions))


def test_each_kind_of_function_is_read_from_the_libraries_own_manifest() -> None:
    specs, problems = parse_manifest(
        manifest_of(
            made=firestore_fn.on_document_created(document="queue/{task}", timeout_sec=7)(lambda event: None),
            other=firestore_fn.on_document_written_with_auth_context(document="a/{b}", database="second")(
                lambda event: None
            ),
            tick=scheduler_fn.on_schedule(schedule="every 5 minutes")(lambda event: None),
            api=https_fn.on_request(region="europe-west1")(lambda request: None),
            add=https_fn.on_call()(lambda request: None),
        )
    )
    assert problems == []
    found = {spec.name: spec for spec in specs}
    made = found["made"].trigger
    assert isinstance(made, DocumentTrigger)
    assert (made.kind, made.database, made.pattern.text) == ("created", "(default)", "queue/{task}")
    assert (found["made"].timeout_s, found["made"].signature) == (7, "cloudevent")
    other = found["other"].trigger
    assert isinstance(other, DocumentTrigger)
    assert (other.kind, other.database) == ("written", "second")
    tick = found["tick"].trigger
    assert isinstance(tick, ScheduleTrigger)
    assert (tick.schedule.text, str(tick.schedule.zone)) == ("every 5 minutes", "UTC")
    assert (found["api"].trigger, found["api"].regions) == (HttpTrigger(), ("europe-west1",))
    assert (found["add"].trigger, found["add"].timeout_s) == (HttpTrigger(callable_=True), 60)


def test_what_cannot_be_run_here_is_told_and_leaves_the_others() -> None:
    endpoints = {
        "files": {"eventTrigger": {"eventType": "google.cloud.storage.object.v1.finalized"}},
        "sometimes": {"scheduleTrigger": {"schedule": "sometimes"}},
        "asked": {"httpsTrigger": {}, "timeoutSeconds": "{{ params.TIMEOUT }}"},
        "jobs": {"taskQueueTrigger": {}},
        "fine": {"httpsTrigger": {}},
    }
    specs, problems = parse_manifest({"endpoints": endpoints})
    assert [spec.name for spec in specs] == ["fine"]
    told = "\n".join(map(str, problems))
    for expected in (
        "function files: eventType is google.cloud.storage.object.v1.finalized",
        "function sometimes: the schedule 'sometimes' is neither",
        "function asked: timeoutSeconds is '{{ params.TIMEOUT }}'",
        "function jobs: its trigger is taskQueueTrigger",
    ):
        assert expected in told


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("queue/{task}", "queue/t1", True),
        ("/queue/{task}/", "queue/t1", True),
        ("queue/{task}", "queue/t1/live/x", False),
        ("queue/{task}", "queues/t1", False),
        ("queue/{task=*}", "queue/t1", True),
        ("rooms/{rest=**}", "rooms/a/messages/b", True),
        ("rooms/{room}/{rest=**}/c/{id}", "rooms/a/b/c/d/e/c/f", True),
        ("rooms/{rest=**}", "other/a", False),
        ("users/*", "users/alice", True),
        ("users/adm-*", "users/adm-alice", True),
        ("users/adm-*", "users/alice", False),
        ("users/u.1", "users/uX1", False),
        ("users/{user}", "users/ein\nanderer", True),
    ],
)
def test_patterns_take_whole_paths(pattern: str, path: str, matches: bool) -> None:
    assert DocumentPattern(pattern).matches(path) is matches


segments = st.text(
    st.characters(exclude_characters="/{}*=", exclude_categories=["Cs"]), min_size=1, max_size=5
)


@given(st.lists(segments, min_size=2, max_size=6).filter(lambda parts: len(parts) % 2 == 0), st.randoms())
def test_a_path_matches_its_own_pattern_and_the_library_finds_the_same_params(
    parts: list[str], random: Any
) -> None:
    captured = {f"p{i}": part for i, part in enumerate(parts) if random.random() < 0.5}
    pattern = "/".join(f"{{p{i}}}" if f"p{i}" in captured else part for i, part in enumerate(parts))
    assert DocumentPattern(pattern).matches("/".join(parts))
    assert PathPattern(pattern).extract_matches("/".join(parts)) == captured


def test_an_empty_pattern_is_refused() -> None:
    for text in ("", "/", "a//b"):
        with pytest.raises(ValueError, match="has an empty segment"):
            DocumentPattern(text)
