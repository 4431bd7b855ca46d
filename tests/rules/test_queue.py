"""`queue/{task}` and what lies below it: who may do what, by firestore.rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.world import NOW, Data, World, at

FINISHED = ["done", "failed", "cancelled", "rejected"]
UNFINISHED = ["queued", "scheduled", "running"]
STRANGERS = [None, "bob"]


def task(**fields: Any) -> Data:
    """What a client writes to ask for a picture."""
    written: Data = {
        "uid": "alice",
        "prompt": "a lighthouse at dawn",
        "renderer": "diffusion",
        "params": {"steps": 20},
        "public": False,
        "status": "queued",
        "created_at": NOW,
        "rank": NOW,
        "cancel_requested": False,
    }
    return {**written, **fields}


def without(data: Data, *names: str) -> Data:
    return {name: value for name, value in data.items() if name not in names}


def batch(data: Data, name: str = "queue/t1", **user: Any) -> dict[str, Data | None]:
    """The two writes that put a task in line."""
    id = name.split("/")[1]
    record = {"rank": data["rank"], "last_task": id, "waiting": [id], "day": NOW, "today": 1}
    return {name: data, "users/alice": {**record, **user}}


EMPTY = World({})


def test_a_first_task_is_accepted_now() -> None:
    assert EMPTY.commit("alice", batch(task())).reason == ""


def test_a_task_with_no_options_and_the_longest_prompt_is_accepted() -> None:
    assert EMPTY.commit("alice", batch(task(params={}, prompt="é" * 2000, renderer="x" * 64, public=True)))


@pytest.mark.parametrize("uid", STRANGERS)
def test_nobody_asks_in_the_name_of_another(uid: str | None) -> None:
    assert not EMPTY.commit(uid, batch(task()))


def test_nobody_asks_in_the_name_of_another_with_a_record_of_ones_own() -> None:
    writes = {"queue/t1": task(), "users/bob": {"rank": NOW, "last_task": "t1"}}
    assert not EMPTY.commit("bob", writes)


@pytest.mark.parametrize("name", sorted(task()))
def test_every_field_of_a_task_must_be_there(name: str) -> None:
    writes = batch(task())
    assert not EMPTY.commit("alice", {**writes, "queue/t1": without(task(), name)})


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": ""},
        {"prompt": "x" * 2001},
        {"prompt": ["a"]},
        {"renderer": ""},
        {"renderer": "x" * 65},
        {"renderer": 1},
        {"params": [1]},
        {"params": {f"p{n}": n for n in range(41)}},
        {"public": "yes"},
        {"status": "running"},
        {"status": "done"},
        {"created_at": at(-1)},
        {"created_at": at(1)},
        {"created_at": "now"},
        {"rank": "now"},
        {"cancel_requested": True},
        {"cancel_requested": None},
        {"result": {}},
        {"claim": {"worker": "w"}},
        {"attempt": 0},
        {"max_attempts": 100},
        {"expires_at": NOW},
        {"error": None},
    ],
    ids=str,
)
def test_a_task_with_another_shape_is_refused(fields: Data) -> None:
    assert not EMPTY.commit("alice", batch(task(**fields)))


class TestRank:
    """The place in line: max(now, the owner's last + 30 s), moved on in the same batch."""

    def test_a_task_without_its_owners_record_in_the_batch_is_refused(self) -> None:
        assert not EMPTY.commit("alice", {"queue/t1": task()})
        stale = World({"users/alice": {"rank": NOW, "last_task": "t1"}})
        assert not stale.commit("alice", {"queue/t1": task()})

    @pytest.mark.parametrize("rank", [at(1), at(-1)])
    def test_the_record_must_have_the_tasks_rank(self, rank: Any) -> None:
        assert not EMPTY.commit("alice", batch(task(), rank=rank))

    def test_the_record_must_name_the_task(self) -> None:
        assert not EMPTY.commit("alice", batch(task(), last_task="t2", waiting=["t2"]))

    def test_two_tasks_in_one_batch_are_refused(self) -> None:
        for last in ("t1", "t2"):
            writes = {"queue/t1": task(), "queue/t2": task(), **batch(task(), f"queue/{last}")}
            assert not EMPTY.commit("alice", writes)

    @pytest.mark.parametrize(
        ("last", "rank", "accepted"),
        [
            (-30, 0, True),  # long enough ago: now
            (-3600, 0, True),
            (-3600, -10, True),  # a little late
            (-3600, -11, False),  # in the past
            (-3600, 3600, True),  # later than need be
            (-29, 0, False),  # too close to the last
            (-29, 1, True),
            (-39, -9, True),  # the client's own sum, which came a little late
            (0, 29.999999, False),
            (0, 30, True),
            (600, 630, True),  # behind a long line of one's own
            (600, 0, False),
            (86_370, 86_400, True),  # a day ahead, and no further
            (86_371, 86_401, False),
        ],
    )
    def test_a_task_stands_thirty_seconds_behind_its_owners_last_and_never_in_the_past(
        self, last: float, rank: float, accepted: bool
    ) -> None:
        world = World(
            {"users/alice": {"rank": at(last), "last_task": "t0"}}
        )  # as a server's own task leaves it
        assert world.commit("alice", batch(task(rank=at(rank)))).allowed is accepted

    def test_a_record_that_the_server_made_without_a_rank_is_no_hindrance(self) -> None:
        world = World({"users/alice": {"last_task": "t0"}})
        assert world.commit("alice", batch(task())).reason == ""

    def test_a_deleted_task_cannot_come_back_at_its_old_place(self) -> None:
        world = World({"users/alice": {"rank": at(-5), "last_task": "t1"}})
        assert not world.commit("alice", {"queue/t1": task(rank=at(-5))})
        assert not world.commit("alice", batch(task(rank=at(-5))))

    def test_a_user_cannot_overwrite_a_task_with_a_new_one(self) -> None:
        world = World({"queue/t1": task(status="done"), "users/alice": {"rank": at(-60), "last_task": "t1"}})
        assert not world.commit("alice", batch(task(prompt="another")))


class TestChanges:
    @pytest.mark.parametrize("status", UNFINISHED)
    def test_the_owner_may_cancel_what_is_not_finished(self, status: str) -> None:
        assert World({"queue/t1": task(status=status)}).change("alice", "queue/t1", cancel_requested=True)

    @pytest.mark.parametrize("status", FINISHED)
    def test_nobody_cancels_what_is_finished(self, status: str) -> None:
        assert not World({"queue/t1": task(status=status)}).change("alice", "queue/t1", cancel_requested=True)

    def test_a_task_that_the_server_wrote_without_the_flag_can_be_cancelled(self) -> None:
        world = World({"queue/t1": without(task(), "cancel_requested", "public")})
        assert world.change("alice", "queue/t1", cancel_requested=True).reason == ""

    @pytest.mark.parametrize("value", [False, None, 1, "true"])
    def test_a_cancel_is_not_taken_back(self, value: Any) -> None:
        world = World({"queue/t1": task(cancel_requested=True)})
        assert not world.change("alice", "queue/t1", cancel_requested=value)

    def test_a_cancel_does_not_end_as_a_missing_field(self) -> None:
        world = World({"queue/t1": task(cancel_requested=True)})
        assert not world.commit("alice", {"queue/t1": without(task(), "cancel_requested")})

    @pytest.mark.parametrize("status", [*FINISHED, *UNFINISHED])
    def test_the_owner_may_show_and_hide_a_task_at_any_time(self, status: str) -> None:
        world = World({"queue/t1": task(status=status)})
        assert world.change("alice", "queue/t1", public=True).reason == ""
        assert not world.change("alice", "queue/t1", public="yes")
        assert not world.commit("alice", {"queue/t1": without(task(status=status), "public")})

    @pytest.mark.parametrize("uid", STRANGERS)
    def test_nobody_else_changes_a_task(self, uid: str | None) -> None:
        world = World({"queue/t1": task(public=True, status="done")})
        assert not world.change(uid, "queue/t1", public=False)
        assert not world.change(uid, "queue/t1", cancel_requested=True)

    @pytest.mark.parametrize(
        "fields",
        [
            {"status": "done"},
            {"status": "cancelled", "cancel_requested": True},
            {"prompt": "another"},
            {"uid": "bob"},
            {"rank": at(-3600)},
            {"params": {}},
            {"created_at": at(-1)},
            {"result": {}},
            {"attempt": 0},
            {"claim": {"worker": "mine", "epoch": 9}},
            {"extra": 1},
        ],
        ids=str,
    )
    def test_the_rest_of_a_task_is_the_servers(self, fields: Data) -> None:
        assert not World({"queue/t1": task()}).change("alice", "queue/t1", **fields)

    @pytest.mark.parametrize("status", FINISHED)
    def test_the_owner_may_delete_what_is_finished(self, status: str) -> None:
        world = World({"queue/t1": task(status=status)})
        assert world.commit("alice", {"queue/t1": None}).reason == ""
        for uid in STRANGERS:
            assert not world.commit(uid, {"queue/t1": None})

    @pytest.mark.parametrize("status", UNFINISHED)
    def test_nobody_deletes_what_is_not_finished(self, status: str) -> None:
        assert not World({"queue/t1": task(status=status)}).commit("alice", {"queue/t1": None})


class TestReading:
    @pytest.mark.parametrize("status", [*FINISHED, *UNFINISHED])
    @pytest.mark.parametrize("public", [True, False])
    def test_a_task_is_read_by_its_owner_and_once_done_and_public_by_all(
        self, status: str, public: bool
    ) -> None:
        world = World({"queue/t1": task(status=status, public=public)})
        assert world.get("alice", "queue/t1").allowed
        for uid in STRANGERS:
            assert world.get(uid, "queue/t1").allowed is (public and status == "done")

    def test_a_page_may_watch_a_task_that_is_not_there_yet_or_no_more(self) -> None:
        assert EMPTY.get("alice", "queue/t1").allowed
        assert not EMPTY.get(None, "queue/t1").allowed

    def test_a_hidden_task_is_read_by_its_owner_alone(self) -> None:
        world = World({"queue/t1": task(status="done", public=True, hidden=True)})
        assert world.get("alice", "queue/t1").allowed
        for uid in STRANGERS:
            assert not world.get(uid, "queue/t1").allowed
            shown = World({"queue/t1": task(status="done", public=True, hidden=False)})
            assert shown.get(uid, "queue/t1").allowed

    def test_lists_are_proved_from_the_query(self) -> None:
        mine, shown, done = ("uid", "==", "alice"), ("public", "==", True), ("status", "==", "done")
        seen, renderer = ("hidden", "==", False), ("renderer", "==", "diffusion")
        assert EMPTY.query("alice", "queue", mine).allowed
        assert EMPTY.query("alice", "queue", mine, ("status", "==", "queued")).allowed
        for uid in ("alice", *STRANGERS):
            assert EMPTY.query(uid, "queue", shown, done, seen).allowed
            assert EMPTY.query(uid, "queue", shown, done, seen, renderer).allowed
            assert not EMPTY.query(uid, "queue", shown, done).allowed
            assert not EMPTY.query(uid, "queue", shown, done, ("hidden", "==", True)).allowed
            assert not EMPTY.query(uid, "queue", shown, done, ("hidden", "in", [True, False])).allowed
            assert not EMPTY.query(uid, "queue", shown, seen).allowed
            assert not EMPTY.query(uid, "queue", done, seen).allowed
            assert not EMPTY.query(uid, "queue").allowed
            assert not EMPTY.query(uid, "queue", shown).allowed
            assert not EMPTY.query(uid, "queue", done).allowed
            assert not EMPTY.query(uid, "queue", ("status", "==", "queued")).allowed
            assert not EMPTY.query(uid, "queue", shown, ("status", "in", ["done", "failed"])).allowed
        for uid in STRANGERS:
            assert not EMPTY.query(uid, "queue", mine).allowed


class TestBelowATask:
    WORLD = World({"queue/t1": task(public=True, status="done"), "queue/t1/live/progress": {"step": 1}})

    def test_progress_is_read_by_the_owner_and_written_by_nobody(self) -> None:
        assert self.WORLD.get("alice", "queue/t1/live/progress").allowed
        for uid in STRANGERS:
            assert not self.WORLD.get(uid, "queue/t1/live/progress").allowed
        for uid in ("alice", *STRANGERS):
            assert not self.WORLD.change(uid, "queue/t1/live/progress", step=2).allowed
            assert not self.WORLD.commit(uid, {"queue/t1/live/other": {}}).allowed
            assert not self.WORLD.query(uid, "queue/t1/live").allowed

    def test_progress_goes_with_the_finished_task_in_one_batch(self) -> None:
        together: dict[str, Data | None] = {"queue/t1/live/progress": None, "queue/t1": None}
        assert self.WORLD.commit("alice", together).reason == ""
        assert self.WORLD.commit("alice", dict(reversed(together.items()))).reason == ""
        for uid in STRANGERS:
            assert not self.WORLD.commit(uid, {"queue/t1/live/progress": None}).allowed
        for status in UNFINISHED:
            world = World({**self.WORLD.documents, "queue/t1": task(status=status)})
            assert not world.commit("alice", {"queue/t1/live/progress": None}).allowed

    def test_contact_is_written_by_the_owner_also_with_the_task_itself(self) -> None:
        contact = {"queue/t1/private/contact": {"email": "alice@example.org"}}
        assert self.WORLD.commit("alice", contact).reason == ""
        assert EMPTY.commit("alice", {**batch(task()), **contact}).reason == ""
        assert not EMPTY.commit("alice", contact).allowed
        for uid in STRANGERS:
            assert not self.WORLD.commit(uid, contact).allowed

    @pytest.mark.parametrize("email", ["a@b.co", "first.last+tag@sub.example.org", "é@exämple.org"])
    def test_an_address_is_accepted(self, email: str) -> None:
        assert self.WORLD.commit("alice", {"queue/t1/private/contact": {"email": email}}).reason == ""

    def test_an_address_may_say_in_which_language_it_is_written_to(self) -> None:
        for language in ("en", "de"):
            contact = {"email": "alice@example.org", "language": language}
            assert self.WORLD.commit("alice", {"queue/t1/private/contact": contact}).reason == ""

    @pytest.mark.parametrize(
        "contact",
        [
            {},
            {"language": "de"},
            {"email": "alice@example.org", "language": "fr"},
            {"email": "alice@example.org", "language": None},
            {"email": "alice@example.org", "webhook": "https://hooks.example.org"},
            {"email": ""},
            {"email": "alice"},
            {"email": "alice@localhost"},
            {"email": "alice@example."},
            {"email": "a b@example.org"},
            {"email": "a@b@example.org"},
            {"email": "alice@example.org\nBcc: everybody@example.org"},
            {"email": "a" * 250 + "@b.co"},
            {"email": ["alice@example.org"]},
            {"email": None},
            {"email": "alice@example.org", "name": "Alice"},
        ],
        ids=str,
    )
    def test_what_is_no_address_is_refused(self, contact: Data) -> None:
        assert not self.WORLD.commit("alice", {"queue/t1/private/contact": contact}).allowed

    def test_contact_is_read_and_taken_back_by_the_owner_alone_and_never_changed(self) -> None:
        name = "queue/t1/private/contact"
        documents = {**self.WORLD.documents, name: {"email": "alice@example.org"}}
        world = World(documents, operators=["bob"])
        assert world.get("alice", name).allowed
        for uid in STRANGERS:
            assert not world.get(uid, name).allowed
        for uid in ("alice", *STRANGERS):
            assert not world.change(uid, name, email="eve@example.org").allowed
            assert world.commit(uid, {name: None}).allowed is (uid == "alice")
            assert not world.query(uid, "queue/t1/private").allowed
