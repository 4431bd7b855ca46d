"""`users`, `workers`, `catalog`, and every other document: who may do what, by firestore.rules."""

from __future__ import annotations

import pytest

from tests.rules.world import NOW, Data, World, at

EVERYBODY = ["alice", "bob", None]
ALICE: Data = {"rank": at(-60), "last_task": "t0", "waiting": ["t0"], "day": at(-3600), "today": 1}
NEXT: Data = {"rank": NOW, "last_task": "t1", "waiting": ["t0", "t1"], "day": at(-3600), "today": 2}
FIRST: Data = {"rank": NOW, "last_task": "t1", "waiting": ["t1"], "day": NOW, "today": 1}
WORLD = World({"users/alice": ALICE, "workers/w1": {"host": "h"}, "catalog/diffusion": {"options": {}}})


def test_a_users_record_is_read_by_that_user_alone() -> None:
    assert WORLD.get("alice", "users/alice").allowed
    assert World({}).get("alice", "users/alice").allowed
    assert not WORLD.get("bob", "users/alice").allowed
    assert not WORLD.get(None, "users/alice").allowed
    for uid in EVERYBODY:
        assert not WORLD.query(uid, "users").allowed


def test_a_user_may_move_back_in_line_and_name_the_task() -> None:
    assert WORLD.commit("alice", {"users/alice": NEXT}).reason == ""
    assert World({}).commit("alice", {"users/alice": FIRST}).reason == ""
    for world, record in ((WORLD, NEXT), (World({}), FIRST)):
        assert not world.commit("bob", {"users/alice": record}).allowed
        assert not world.commit(None, {"users/alice": record}).allowed


@pytest.mark.parametrize(
    "change",
    [
        {"rank": at(-60)},
        {"rank": at(-3600)},
        {"rank": at(-31)},
        {"rank": at(86_401)},
        {"rank": "now"},
        {"rank": None},
        {"rank": ...},
        {"last_task": ...},
        {"last_task": ""},
        {"last_task": "x" * 129},
        {"last_task": 1},
        {"admin": True},
        {"waiting": ...},
        {"waiting": "t0 t1"},
        {"waiting": ["t0"]},
        {"waiting": ["t1"]},
        {"waiting": []},
        {"waiting": ["t0", "t1", "t1"]},
        {"waiting": ["t0", "t1", "t2"]},
        {"waiting": ["t0", "t0", "t1"]},
        {"waiting": ["t0", "t2"]},
        {"last_task": "t0"},
        {"day": ...},
        {"day": "today"},
        {"day": at(-3601)},
        {"day": NOW},
        {"day": NOW, "today": 1},
        {"today": ...},
        {"today": 1},
        {"today": 3},
        {"today": -1},
        {"today": "2"},
    ],
    ids=str,
)
def test_a_record_with_another_shape_or_sum_or_an_earlier_rank_is_refused(change: Data) -> None:
    record = {name: value for name, value in {**NEXT, **change}.items() if value is not ...}
    world = World({**WORLD.documents, "queue/t0": {"uid": "alice", "status": "running"}})
    assert world.commit("alice", {"users/alice": NEXT}).allowed
    assert not world.commit("alice", {"users/alice": record}).allowed


@pytest.mark.parametrize("change", [{"waiting": ["t0", "t1"]}, {"day": at(-1)}, {"today": 0}, {"today": 2}])
def test_a_first_record_counts_from_one(change: Data) -> None:
    assert not World({}).commit("alice", {"users/alice": {**FIRST, **change}}).allowed


def waiting(count: int, **statuses: str) -> World:
    """Alice has asked for so many tasks, `w0`, `w1` and so on, that run unless another status is given."""
    tasks = {f"w{n}": statuses.get(f"w{n}", "running") for n in range(count)}
    documents: dict[str, Data] = {
        f"queue/{id}": {"uid": "alice", "status": status} for id, status in tasks.items() if status != "gone"
    }
    return World({**documents, "users/alice": {**ALICE, "waiting": list(tasks)}})


def test_a_hundred_tasks_may_wait_and_no_more() -> None:
    for count, accepted in ((99, True), (100, False)):
        record = {**NEXT, "waiting": [*(f"w{n}" for n in range(count)), "t1"]}
        assert waiting(count).commit("alice", {"users/alice": record}).allowed is accepted


@pytest.mark.parametrize("status", ["done", "failed", "cancelled", "rejected", "gone"])
def test_what_is_over_may_be_struck_off(status: str) -> None:
    world = waiting(100, w3=status)
    record = {**NEXT, "waiting": [*(f"w{n}" for n in range(100) if n != 3), "t1"]}
    assert world.commit("alice", {"users/alice": record}).reason == ""


@pytest.mark.parametrize("status", ["queued", "scheduled", "running"])
def test_what_is_not_over_may_not_be_struck_off(status: str) -> None:
    for others in ({}, {"w4": "done"}):
        record = {**NEXT, "waiting": [*(f"w{n}" for n in range(100) if n not in (3, 4)), "t1"]}
        assert not waiting(100, w3=status, **others).commit("alice", {"users/alice": record}).allowed


@pytest.mark.parametrize(("count", "accepted"), [(1, True), (5, True), (6, False)])
def test_five_at_most_are_struck_off_at_once(count: int, accepted: bool) -> None:
    world = waiting(10, **{f"w{n}": "done" for n in range(10)})
    record = {**NEXT, "waiting": [*(f"w{n}" for n in range(count, 10)), "t1"]}
    assert world.commit("alice", {"users/alice": record}).allowed is accepted


@pytest.mark.parametrize(
    ("day", "today", "change", "accepted"),
    [
        (-3600, 499, {"day": at(-3600), "today": 500}, True),
        (-3600, 500, {"day": at(-3600), "today": 501}, False),
        (-86_399, 500, {"day": NOW, "today": 1}, False),
        (-86_400, 500, {"day": NOW, "today": 1}, True),
        (-86_400, 500, {"day": NOW, "today": 0}, False),
        (-86_400, 500, {"day": at(-1), "today": 1}, False),
        (-90_000, 3, {"day": at(-90_000), "today": 4}, True),
    ],
)
def test_five_hundred_tasks_a_day_and_no_more(day: float, today: int, change: Data, accepted: bool) -> None:
    world = World({"users/alice": {**ALICE, "day": at(day), "today": today}})
    assert world.commit("alice", {"users/alice": {**NEXT, **change}}).allowed is accepted


def test_a_record_that_a_server_made_counts_from_one() -> None:
    world = World({"users/alice": {"rank": at(-60), "last_task": "t0"}})
    assert world.commit("alice", {"users/alice": FIRST}).reason == ""


def test_how_long_the_line_is_is_seen_by_all_and_said_by_the_server() -> None:
    world = World({"live/queue": {"waiting": 3}, "live/desk": {"worker": "w1"}})
    for uid in EVERYBODY:
        assert world.get(uid, "live/queue").allowed
        assert not world.get(uid, "live/desk").allowed
        assert not world.query(uid, "live").allowed
        for name in ("live/queue", "live/desk"):
            assert not world.commit(uid, {name: {"waiting": 0}}).allowed
            assert not world.commit(uid, {name: None}).allowed


def test_what_the_site_offers_is_seen_by_all_and_said_by_the_server() -> None:
    world = World({"live/site": {"mail": True}})
    for uid in EVERYBODY:
        assert world.get(uid, "live/site").allowed
        assert not world.commit(uid, {"live/site": {"mail": False}}).allowed
        assert not world.commit(uid, {"live/site": None}).allowed


def test_a_record_cannot_be_deleted_to_begin_anew() -> None:
    for uid in EVERYBODY:
        assert not WORLD.commit(uid, {"users/alice": None}).allowed


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
