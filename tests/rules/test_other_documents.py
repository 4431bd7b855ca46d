"""`users`, `workers`, `catalog`, and every other document: who may do what, by firestore.rules."""

from __future__ import annotations

import pytest

from tests.rules.world import NOW, Data, World, at

EVERYBODY = ["alice", "bob", None]
ALICE = {"rank": at(-60), "last_task": "t0"}
WORLD = World({"users/alice": ALICE, "workers/w1": {"host": "h"}, "catalog/diffusion": {"options": {}}})


def test_a_users_record_is_read_by_that_user_alone() -> None:
    assert WORLD.get("alice", "users/alice").allowed
    assert World({}).get("alice", "users/alice").allowed
    assert not WORLD.get("bob", "users/alice").allowed
    assert not WORLD.get(None, "users/alice").allowed
    for uid in EVERYBODY:
        assert not WORLD.query(uid, "users").allowed


def test_a_user_may_move_back_in_line_and_name_the_task() -> None:
    moved = {"users/alice": {"rank": NOW, "last_task": "t1"}}
    assert WORLD.commit("alice", moved).reason == ""
    assert World({}).commit("alice", moved).reason == ""
    assert not WORLD.commit("bob", moved).allowed
    assert not WORLD.commit(None, moved).allowed


@pytest.mark.parametrize(
    "record",
    [
        {"rank": at(-60), "last_task": "t1"},
        {"rank": at(-3600), "last_task": "t1"},
        {"rank": at(-31), "last_task": "t1"},
        {"rank": at(86_401), "last_task": "t1"},
        {"rank": "now", "last_task": "t1"},
        {"rank": None, "last_task": "t1"},
        {"last_task": "t1"},
        {"rank": NOW},
        {"rank": NOW, "last_task": ""},
        {"rank": NOW, "last_task": "x" * 129},
        {"rank": NOW, "last_task": 1},
        {"rank": NOW, "last_task": "t1", "admin": True},
        {"rank": NOW, "last_task": "t1", "active": 2},
        {"rank": NOW, "last_task": "t1", "active": -1},
        {"rank": NOW, "last_task": "t1", "active": "1"},
        {},
    ],
    ids=str,
)
def test_a_record_with_another_shape_or_an_earlier_rank_is_refused(record: Data) -> None:
    assert not WORLD.commit("alice", {"users/alice": record}).allowed


def test_a_record_cannot_be_deleted_to_begin_anew() -> None:
    for uid in EVERYBODY:
        assert not WORLD.commit(uid, {"users/alice": None}).allowed


@pytest.mark.parametrize(
    ("before", "after", "accepted"), [(0, 1, True), (3, 4, True), (3, 3, True), (3, 2, False), (3, 5, False)]
)
def test_the_count_of_active_tasks_rises_by_one_at_most(before: int, after: int, accepted: bool) -> None:
    world = World({"users/alice": {**ALICE, "active": before}})
    record = {"rank": NOW, "last_task": "t1", "active": after}
    assert world.commit("alice", {"users/alice": record}).allowed is accepted


def test_the_count_of_active_tasks_cannot_be_dropped() -> None:
    world = World({"users/alice": {**ALICE, "active": 3}})
    assert not world.commit("alice", {"users/alice": {"rank": NOW, "last_task": "t1"}}).allowed


def test_workers_are_seen_by_whoever_is_signed_in() -> None:
    for uid in EVERYBODY:
        assert WORLD.get(uid, "workers/w1").allowed is (uid is not None)
        assert WORLD.query(uid, "workers").allowed is (uid is not None)


def test_the_catalog_is_seen_by_everybody() -> None:
    for uid in EVERYBODY:
        assert WORLD.get(uid, "catalog/diffusion").allowed
        assert WORLD.query(uid, "catalog").allowed


@pytest.mark.parametrize("name", ["workers/w1", "workers/w2", "catalog/diffusion", "catalog/new"])
def test_workers_and_catalog_are_written_by_the_server_alone(name: str) -> None:
    for uid in EVERYBODY:
        assert not WORLD.commit(uid, {name: {"host": "mine"}}).allowed
        assert not WORLD.commit(uid, {name: None}).allowed


@pytest.mark.parametrize(
    "name",
    ["secrets/one", "users/alice/notes/one", "workers/w1/log/one", "queue/t1/other/x", "queue/t1/live/x"],
)
def test_every_other_document_is_out_of_reach(name: str) -> None:
    world = World({name: {"uid": "alice", "public": True, "status": "done"}})
    for uid in EVERYBODY:
        assert not world.get(uid, name).allowed
        assert not world.commit(uid, {name: {"uid": "alice"}}).allowed
        assert not World({}).commit(uid, {name: {"uid": "alice"}}).allowed
        assert not world.commit(uid, {name: None}).allowed
        assert not world.query(uid, name.rpartition("/")[0]).allowed
