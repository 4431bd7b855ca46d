"""What operators may do, by firestore.rules: whoever has the custom claim `operator`, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.test_queue import EMPTY, FINISHED, STRANGERS, UNFINISHED, task, without
from tests.rules.world import NOW, Data, World, at

# Alice owns the tasks, bob is an operator, eve is nobody in particular.
OTHERS = ["alice", "eve", None]
FAILED = task(
    status="failed", attempt=3, error={"code": "out_of_memory"}, finished_at=at(-60), expires_at=at(86_400)
)
REDRIVEN: Data = {**without(FAILED, "error", "finished_at", "expires_at"), "status": "queued", "attempt": 0}


def world_of(data: Data) -> World:
    return World({"queue/t1": data}, operators=["bob"])


class TestAhead:
    """They may put tasks ahead, by a day at most."""

    @pytest.mark.parametrize(
        ("rank", "accepted"),
        [(-86_400, True), (-3600, True), (3600, True), (-86_401, False), (86_401, False)],
    )
    def test_an_operator_asks_ahead_of_all_who_came_in_the_last_day(
        self, rank: float, accepted: bool
    ) -> None:
        world = World({}, operators=["alice"])
        assert world.commit("alice", {"queue/t1": task(rank=at(rank))}).allowed is accepted
        assert not EMPTY.commit("alice", {"queue/t1": task(rank=at(rank))}).allowed

    def test_an_operator_asks_in_no_other_name(self) -> None:
        world = World({}, operators=["bob"])
        assert not world.commit("bob", {"queue/t1": task(rank=at(-60))}).allowed

    def test_an_operator_moves_a_waiting_task(self) -> None:
        for status in (*UNFINISHED, *FINISHED):
            world = World({"queue/t1": task(status=status)}, operators=["bob"])
            assert world.change("bob", "queue/t1", rank=at(-3600)).allowed is (status == "queued")
        world = World({"queue/t1": task()}, operators=["bob"])
        for fields in ({"rank": at(-86_401)}, {"rank": "first"}, {"rank": at(-60), "prompt": "another"}):
            assert not world.change("bob", "queue/t1", **fields).allowed
        for uid in ("alice", *STRANGERS):
            assert not World({"queue/t1": task()}).change(uid, "queue/t1", rank=at(-60)).allowed


class TestTasks:
    @pytest.mark.parametrize("status", [*FINISHED, *UNFINISHED])
    def test_operators_see_every_task(self, status: str) -> None:
        for fields in ({"public": False}, {"public": True}, {"public": True, "hidden": True}):
            assert world_of(task(status=status, **fields)).get("bob", "queue/t1").allowed

    @pytest.mark.parametrize(
        "where",
        [(), (("status", "==", "failed"),), (("uid", "==", "alice"),), (("hidden", "==", True),)],
        ids=str,
    )
    def test_operators_list_whatever_they_ask_for(self, where: Any) -> None:
        assert world_of(task()).query("bob", "queue", *where).allowed
        assert not world_of(task()).query("eve", "queue", *where).allowed

    @pytest.mark.parametrize("status", [*FINISHED, *UNFINISHED])
    def test_operators_call_off_what_is_not_finished(self, status: str) -> None:
        world = world_of(task(status=status))
        assert world.change("bob", "queue/t1", cancel_requested=True).allowed is (status in UNFINISHED)
        assert not world.change("bob", "queue/t1", cancel_requested="yes").allowed
        assert not world.change("bob", "queue/t1", cancel_requested=True, public=True).allowed
        for uid in ("eve", None):
            assert not world.change(uid, "queue/t1", cancel_requested=True).allowed

    def test_a_cancel_is_not_taken_back_by_an_operator_either(self) -> None:
        world = world_of(task(cancel_requested=True))
        assert not world.change("bob", "queue/t1", cancel_requested=False).allowed

    def test_operators_put_a_failed_task_back_in_line(self) -> None:
        for rank in (NOW, at(-86_400), FAILED["rank"]):
            writes = {"queue/t1": {**REDRIVEN, "rank": rank}}
            assert world_of(FAILED).commit("bob", writes).reason == ""
            for uid in OTHERS:
                assert not world_of(FAILED).commit(uid, writes).allowed

    @pytest.mark.parametrize("status", [name for name in [*FINISHED, *UNFINISHED] if name != "failed"])
    def test_only_what_failed_is_put_back(self, status: str) -> None:
        assert not world_of({**FAILED, "status": status}).commit("bob", {"queue/t1": REDRIVEN}).allowed

    @pytest.mark.parametrize(
        "change",
        [
            {"status": "running"},
            {"status": "done"},
            {"rank": at(-86_401)},
            {"rank": at(86_401)},
            {"rank": "now"},
            {"attempt": -1},
            {"attempt": 3},
            {"cancel_requested": True},
            {"error": {"code": "mine"}},
            {"finished_at": NOW},
            {"expires_at": at(10**9)},
            {"prompt": "another"},
            {"uid": "bob"},
            {"public": True},
            {"result": {}},
            {"likes": 100},
            {"hidden": True},
            {"extra": 1},
        ],
        ids=str,
    )
    def test_a_task_goes_back_as_it_was_asked_for_and_with_nothing_else(self, change: Data) -> None:
        assert not world_of(FAILED).commit("bob", {"queue/t1": {**REDRIVEN, **change}}).allowed

    def test_operators_do_not_delete_the_tasks_of_others(self) -> None:
        for status in (*FINISHED, *UNFINISHED):
            assert not world_of(task(status=status)).commit("bob", {"queue/t1": None}).allowed


class TestHiding:
    @pytest.mark.parametrize("before", [{}, {"hidden": False}, {"hidden": True}], ids=str)
    def test_operators_hide_a_picture_and_show_it_again(self, before: Data) -> None:
        world = world_of(task(status="done", public=True, **before))
        hidden = not before.get("hidden", False)
        assert world.change("bob", "queue/t1", hidden=hidden).reason == ""
        assert not world.change("bob", "queue/t1", hidden="yes").allowed
        assert not world.change("bob", "queue/t1", hidden=hidden, public=False).allowed
        for uid in OTHERS:
            assert not world.change(uid, "queue/t1", hidden=hidden).allowed

    def test_the_owner_does_not_show_what_was_hidden(self) -> None:
        data = task(status="done", public=True, hidden=True)
        world = world_of(data)
        assert not world.change("alice", "queue/t1", hidden=False).allowed
        assert not world.change("alice", "queue/t1", hidden=False, public=True).allowed
        assert not world.commit("alice", {"queue/t1": without(data, "hidden")}).allowed

    @pytest.mark.parametrize("status", [name for name in [*FINISHED, *UNFINISHED] if name != "done"])
    def test_only_a_picture_can_be_hidden(self, status: str) -> None:
        assert not world_of(task(status=status)).change("bob", "queue/t1", hidden=True).allowed


REPORT: Data = {"task": "t1", "uid": "eve", "reason": "it is rude", "created_at": NOW}


class TestReports:
    SHOWN = world_of(task(status="done", public=True, hidden=False))
    REPORTED = World({**SHOWN.documents, "reports/t1_eve": REPORT}, operators=["bob"])

    def test_whoever_is_signed_in_reports_a_picture_once(self) -> None:
        assert self.SHOWN.commit("eve", {"reports/t1_eve": REPORT}).reason == ""
        assert self.SHOWN.commit("eve", {"reports/t1_eve": {**REPORT, "reason": "é" * 500}}).reason == ""
        for uid in ("alice", "bob", None):
            assert not self.SHOWN.commit(uid, {"reports/t1_eve": REPORT}).allowed
        assert not self.REPORTED.commit("eve", {"reports/t1_eve": REPORT}).allowed
        assert not self.REPORTED.commit("eve", {"reports/t1_eve": {**REPORT, "reason": "more"}}).allowed

    @pytest.mark.parametrize("name", ["t1", "eve", "t1_bob", "t2_eve", "t1_eve_2", "eve_t1"])
    def test_a_report_stands_where_a_second_one_would(self, name: str) -> None:
        assert not self.SHOWN.commit("eve", {f"reports/{name}": REPORT}).allowed

    @pytest.mark.parametrize(
        "change",
        [
            {"reason": ""},
            {"reason": "x" * 501},
            {"reason": ["rude"]},
            {"reason": ...},
            {"task": ...},
            {"uid": ...},
            {"created_at": ...},
            {"created_at": at(-1)},
            {"uid": "bob"},
            {"task": "t2"},
            {"task": 1},
            {"extra": 1},
        ],
        ids=str,
    )
    def test_a_report_with_another_shape_is_refused(self, change: Data) -> None:
        data = {name: value for name, value in {**REPORT, **change}.items() if value is not ...}
        assert not self.SHOWN.commit("eve", {"reports/t1_eve": data}).allowed

    @pytest.mark.parametrize(
        "data", [{"public": False}, {"status": "running"}, {"hidden": True}, None], ids=str
    )
    def test_only_what_is_shown_is_reported(self, data: Data | None) -> None:
        stored = {} if data is None else {"queue/t1": task(**{"status": "done", "public": True, **data})}
        assert not World(stored).commit("eve", {"reports/t1_eve": REPORT}).allowed

    def test_reports_are_read_and_deleted_by_operators_alone(self) -> None:
        for uid in ("eve", "bob", "alice", None):
            assert self.REPORTED.get(uid, "reports/t1_eve").allowed is (uid == "bob")
            assert self.REPORTED.query(uid, "reports").allowed is (uid == "bob")
            assert not self.REPORTED.query("eve", "reports", ("uid", "==", "eve")).allowed
            assert self.REPORTED.commit(uid, {"reports/t1_eve": None}).allowed is (uid == "bob")
        assert not self.REPORTED.change("bob", "reports/t1_eve", reason="it is fine").allowed


@pytest.mark.parametrize("collection", ["stats", "outbox"])
def test_statistics_and_the_outbox_are_for_operators_and_written_by_the_server_alone(collection: str) -> None:
    world = World({f"{collection}/one": {"reads": 3}}, operators=["bob"])
    for uid in ("bob", *OTHERS):
        assert world.get(uid, f"{collection}/one").allowed is (uid == "bob")
        assert world.query(uid, collection).allowed is (uid == "bob")
        for name in (f"{collection}/one", f"{collection}/new"):
            assert not world.commit(uid, {name: {"reads": 0}}).allowed
            assert not world.commit(uid, {name: None}).allowed


def test_an_operator_is_a_user_like_others_everywhere_else() -> None:
    documents: dict[str, Data] = {
        "queue/t1": task(status="done"),
        "queue/t1/live/progress": {"step": 1},
        "queue/t1/private/contact": {"email": "alice@example.org"},
        "queue/t1/likes/alice": {"uid": "alice", "task": "t1"},
        "users/alice": {"last_task": "t1"},
    }
    world = World(documents, operators=["bob"])
    for name in documents:
        assert world.get("bob", name).allowed is (name == "queue/t1")
        assert not world.commit("bob", {name: None}).allowed
        assert not world.change("bob", name, prompt="mine").allowed
