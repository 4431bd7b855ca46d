"""Likes and their count, by firestore.rules: one an account, and as many as are counted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.test_queue import FINISHED, UNFINISHED, task
from tests.rules.world import NOW, Data, World, at

SHOWN = task(status="done", public=True, hidden=False, likes=4)
LIKE: Data = {"uid": "bob", "task": "t1", "created_at": NOW}
NAME = "queue/t1/likes/bob"
WORLD = World({"queue/t1": SHOWN})
LIKED = World({"queue/t1": SHOWN, NAME: LIKE})


def liking(count: object = 5, like: Data | None = LIKE) -> dict[str, Data | None]:
    """The two writes that like a picture which had four likes."""
    return {NAME: like, "queue/t1": {**SHOWN, "likes": count}}


def test_a_like_and_its_count_come_together() -> None:
    assert WORLD.commit("bob", liking()).reason == ""
    assert WORLD.commit("bob", dict(reversed(liking().items()))).reason == ""
    assert not WORLD.commit("bob", {NAME: LIKE}).allowed
    assert not WORLD.change("bob", "queue/t1", likes=5).allowed


def test_a_like_is_taken_back_with_its_count() -> None:
    assert LIKED.commit("bob", liking(3, None)).reason == ""
    assert not LIKED.commit("bob", {NAME: None}).allowed
    assert not LIKED.change("bob", "queue/t1", likes=3).allowed


def test_a_picture_that_was_finished_before_there_were_likes_has_none() -> None:
    before = {name: value for name, value in SHOWN.items() if name not in ("likes", "hidden")}
    writes: dict[str, Data | None] = {NAME: LIKE, "queue/t1": {**before, "likes": 1}}
    assert World({"queue/t1": before}).commit("bob", writes).reason == ""


@pytest.mark.parametrize("count", [4, 3, 6, 104, -1, 4.5, "5", None])
def test_a_like_counts_one(count: Any) -> None:
    assert not WORLD.commit("bob", liking(count)).allowed


@pytest.mark.parametrize("count", [4, 2, 5, 0, "3"])
def test_a_like_that_goes_counts_one(count: Any) -> None:
    assert not LIKED.commit("bob", liking(count, None)).allowed


def test_nobody_likes_twice() -> None:
    assert not LIKED.commit("bob", liking()).allowed
    assert not LIKED.commit("bob", {NAME: {**LIKE, "created_at": NOW}}).allowed
    assert not LIKED.change("bob", "queue/t1", likes=5).allowed
    assert not WORLD.commit("bob", liking(3, None)).allowed, "nor takes back what was never given"


@pytest.mark.parametrize("uid", ["alice", "eve", None])
def test_nobody_likes_in_the_name_of_another(uid: str | None) -> None:
    assert not WORLD.commit(uid, liking()).allowed
    assert not LIKED.commit(uid, liking(3, None)).allowed


def test_the_owner_likes_too_and_sets_no_count() -> None:
    like = {**LIKE, "uid": "alice"}
    writes: dict[str, Data | None] = {"queue/t1/likes/alice": like, "queue/t1": {**SHOWN, "likes": 5}}
    assert WORLD.commit("alice", writes).reason == ""
    assert not WORLD.change("alice", "queue/t1", likes=1000).allowed
    assert not WORLD.change("alice", "queue/t1", likes=1000, public=True).allowed


def test_a_like_changes_nothing_else_of_the_picture() -> None:
    for fields in ({"prompt": "mine"}, {"hidden": True}, {"public": False}, {"uid": "bob"}):
        writes = {**liking(), "queue/t1": {**SHOWN, "likes": 5, **fields}}
        assert not WORLD.commit("bob", writes).allowed


def test_one_like_does_not_count_for_two_pictures() -> None:
    world = World({"queue/t1": SHOWN, "queue/t2": SHOWN})
    assert not world.commit("bob", {**liking(), "queue/t2": {**SHOWN, "likes": 5}}).allowed


@pytest.mark.parametrize(
    "change",
    [
        {"uid": "eve"},
        {"uid": ...},
        {"task": "t2"},
        {"task": ...},
        {"created_at": at(-1)},
        {"created_at": ...},
        {"extra": "x" * 1000},
    ],
    ids=str,
)
def test_a_like_with_another_shape_is_refused(change: Data) -> None:
    like = {name: value for name, value in {**LIKE, **change}.items() if value is not ...}
    assert not WORLD.commit("bob", liking(like=like)).allowed


@pytest.mark.parametrize(
    "fields",
    [{"public": False}, {"hidden": True}, *({"status": name} for name in [*FINISHED, *UNFINISHED][1:])],
    ids=str,
)
def test_what_is_not_shown_is_not_liked_but_a_like_of_it_can_be_taken_back(fields: Data) -> None:
    data = {**SHOWN, **fields}
    assert not World({"queue/t1": data}).commit("bob", {NAME: LIKE, "queue/t1": {**data, "likes": 5}}).allowed
    liked = World({"queue/t1": data, NAME: LIKE})
    assert liked.commit("bob", {NAME: None, "queue/t1": {**data, "likes": 3}}).reason == ""


def test_nothing_is_liked_that_does_not_exist() -> None:
    assert not World({}).commit("bob", {NAME: LIKE}).allowed
    assert not World({}).commit("bob", liking(1)).allowed


def test_a_like_of_a_picture_that_is_gone_is_deleted_by_whoever_gave_it() -> None:
    world = World({NAME: LIKE})
    assert world.commit("bob", {NAME: None}).reason == ""
    assert not world.commit("alice", {NAME: None}).allowed
    assert LIKED.commit("alice", {"queue/t1": None}).reason == "", (
        "the owner's deletion needs no likes deleted"
    )
    assert not LIKED.commit("alice", {"queue/t1": None, NAME: None}).allowed


def test_who_likes_what_is_known_to_nobody_else() -> None:
    for uid in ("bob", "alice", "eve", None):
        assert LIKED.get(uid, NAME).allowed is (uid == "bob")
        assert not LIKED.query(uid, "queue/t1/likes").allowed


def test_ones_own_likes_are_found_in_all_pictures() -> None:
    mine, these = ("uid", "==", "bob"), ("task", "in", ["t1", "t2"])
    assert WORLD.query("bob", "likes", mine, everywhere=True).reason == ""
    assert WORLD.query("bob", "likes", mine, these, everywhere=True).reason == ""
    for uid in ("eve", None):
        assert not WORLD.query(uid, "likes", mine, everywhere=True).allowed
        assert not WORLD.query(uid, "likes", these, everywhere=True).allowed
    assert not WORLD.query("bob", "likes", everywhere=True).allowed
