"""How much one user may ask for, and how fast: as the rules have it for pages."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.api.account import MOST_A_DAY, MOST_WAITING, Account
from functions.api.buckets import REQUESTS, WRITES, Requests, charge
from functions.api.problems import Problem
from tests.functions.api.conftest import Client, Site

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.slow
def test_a_hundred_tasks_may_wait_and_those_that_are_over_make_room(site: Site, ann: Client) -> None:
    tasks = ann.post("/batch", {"prompts": ["fox"] * MOST_WAITING}).json()["tasks"]
    site.db.document(f"api_limits/{ann.uid}").delete()
    refused = ann.post("/tasks", {"prompt": "one more", "id": f"{ann.uid}-more"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert refused.json()["type"] == "/api/problems/too-many"
    assert not site.task(f"{ann.uid}-more")
    for number in (0, 50, 99):
        site.db.document(f"queue/{tasks[number]['id']}").update({"status": "done"})
    assert ann.post("/batch", {"prompts": ["fox"] * 4}).status_code == 429
    assert ann.post("/batch", {"prompts": ["fox"] * 3}).status_code == 201
    account = site.db.document(f"users/{ann.uid}").get().to_dict()
    assert len(account["waiting"]) == MOST_WAITING
    assert account["today"] == MOST_WAITING + 3


@pytest.mark.slow
def test_five_hundred_tasks_are_for_a_day(site: Site, ann: Client) -> None:
    day = datetime.now(UTC) - timedelta(hours=23)
    site.db.document(f"users/{ann.uid}").set(
        {"rank": day, "waiting": [], "day": day, "today": MOST_A_DAY - 1}
    )
    assert ann.post("/batch", {"prompts": ["a", "b"]}).status_code == 429
    assert ann.post("/tasks", {"prompt": "a"}).status_code == 201
    refused = ann.post("/tasks", {"prompt": "b"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    site.db.document(f"users/{ann.uid}").update({"day": day - timedelta(hours=2)})
    assert ann.post("/tasks", {"prompt": "b"}).status_code == 201
    assert site.db.document(f"users/{ann.uid}").get().get("today") == 1


@pytest.mark.slow
def test_whoever_asks_too_fast_is_told_when_to_ask_again(site: Site, ann: Client) -> None:
    site.db.document(f"api_limits/{ann.uid}").set(
        {"left": 0.5, "at": datetime.now(UTC) + timedelta(seconds=60)}
    )
    for answer in (
        ann.post("/tasks", {"prompt": "a"}),
        ann.post("/uploads", {"content_type": "image/png", "size": 4}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (429, "/api/problems/too-fast")
        assert int(answer.headers["Retry-After"]) >= 1
    assert not site.db.document(f"users/{ann.uid}").get().exists


def test_a_bucket_fills_with_time_and_no_further_than_its_size() -> None:
    known = charge(None, NOW, WRITES.burst)
    assert known == {"left": 0, "at": NOW}
    with pytest.raises(Problem) as refused:
        charge(known, NOW + timedelta(seconds=2), 5)
    assert refused.value.details.retry_after == 3
    assert charge(known, NOW + timedelta(seconds=5), 5)["left"] == 0
    assert charge(known, NOW + timedelta(days=1), 1)["left"] == WRITES.burst - 1


def test_requests_of_one_caller_take_nothing_from_another() -> None:
    requests = Requests()
    for _ in range(REQUESTS.burst):
        requests.count("ann")
    with pytest.raises(Problem, match="ask again in"):
        _ask_often(requests, "ann")
    requests.count("bob")


def test_a_document_of_an_account_that_is_no_such_thing_counts_as_none() -> None:
    assert Account.of({"rank": "soon", "day": 7, "today": "many", "waiting": None}) == Account()


def _ask_often(requests: Requests, uid: str) -> None:
    for _ in range(50):
        requests.count(uid)
