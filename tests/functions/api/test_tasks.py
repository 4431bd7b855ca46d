"""Programs ask for pictures, look at them and call them off, through Hosting."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from contract.api_key import hash_of
from tests.functions.api.conftest import Client, Site
from tests.functions.receivers import until

pytestmark = pytest.mark.slow


def test_a_task_stands_in_line_as_one_of_the_pages_would(site: Site, ann: Client) -> None:
    answer = ann.post("/tasks", {"prompt": "a red fox", "params": {"quality": "draft"}, "public": True})
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["Location"] == f"/api/tasks/{told['id']}"
    fields = site.task(told["id"])
    assert fields.pop("created_at") == datetime.fromisoformat(told["created_at"])
    assert abs(fields["rank"] - datetime.now(UTC)) < timedelta(seconds=120)
    account = site.db.document(f"users/{ann.uid}").get().to_dict()
    assert account.pop("rank") == fields.pop("rank") == datetime.fromisoformat(told["rank"])
    assert account.pop("day") is not None
    assert account == {"last_task": told["id"], "waiting": [told["id"]], "today": 1}
    assert fields == {
        "uid": ann.uid,
        "prompt": "a red fox",
        "renderer": "pixeldraw",
        "params": {"quality": "draft"},
        "public": True,
        "status": "queued",
        "cancel_requested": False,
    }


def test_a_person_who_signed_in_on_the_page_asks_with_an_id_token(site: Site) -> None:
    person = site.person()
    assert site.task(person.ask()["id"])["uid"] == person.uid


def test_the_page_goes_on_behind_what_a_program_asked_for(site: Site) -> None:
    """The rules check every sum of the account, so they tell whether the API's are right."""
    person = site.person()
    person.post("/batch", {"prompts": ["one", "two"]}).raise_for_status()
    account = site.db.document(f"users/{person.uid}").get().to_dict()
    after = account["rank"] + timedelta(seconds=30)
    assert _write_as_the_page(site, person, account, after, account["today"] + 1).status_code == 200
    assert _write_as_the_page(site, person, account, after, account["today"] + 1).status_code == 403


def _write_as_the_page(
    site: Site, person: Client, account: dict[str, object], rank: datetime, today: int
) -> httpx.Response:
    names = f"projects/{site.db.project}/databases/(default)/documents"
    waiting = [*account["waiting"], "fromthepage"]  # type: ignore[misc]
    at = {"timestampValue": rank.isoformat()}
    day = {"timestampValue": account["day"].isoformat()}  # type: ignore[attr-defined]
    task = {
        "uid": {"stringValue": person.uid},
        "prompt": {"stringValue": "from the page"},
        "renderer": {"stringValue": "pixeldraw"},
        "params": {"mapValue": {"fields": {}}},
        "public": {"booleanValue": False},
        "status": {"stringValue": "queued"},
        "cancel_requested": {"booleanValue": False},
        "rank": at,
    }
    user = {
        "rank": at,
        "last_task": {"stringValue": "fromthepage"},
        "waiting": {"arrayValue": {"values": [{"stringValue": str(id)} for id in waiting]}},
        "day": day,
        "today": {"integerValue": str(today)},
    }
    writes = [
        {
            "update": {"name": f"{names}/queue/fromthepage", "fields": task},
            "updateTransforms": [{"fieldPath": "created_at", "setToServerValue": "REQUEST_TIME"}],
        },
        {"update": {"name": f"{names}/users/{person.uid}", "fields": user}},
    ]
    url = f"http://{site.addresses['firestore']}/v1/{names}:commit"
    headers = {"Authorization": f"Bearer {person.token}"}
    return httpx.post(url, json={"writes": writes}, headers=headers, timeout=60)


def test_a_list_is_one_commit_whose_tasks_stand_behind_each_other(site: Site, ann: Client) -> None:
    ann.ask(id=f"{ann.uid}-first")
    answer = ann.post(
        "/batch",
        {"prompts": ["one", "two"], "tasks": [{"prompt": "three", "renderer": "clipdraw"}], "public": True},
    )
    assert answer.status_code == 201
    tasks = [site.task(task["id"]) for task in answer.json()["tasks"]]
    assert [(task["prompt"], task["renderer"], task["public"]) for task in tasks] == [
        ("one", "pixeldraw", True),
        ("two", "pixeldraw", True),
        ("three", "clipdraw", False),
    ]
    ranks = [site.task(f"{ann.uid}-first")["rank"], *(task["rank"] for task in tasks)]
    assert all(b - a >= timedelta(seconds=30) for a, b in itertools.pairwise(ranks))
    assert len({task["created_at"] for task in tasks}) == 1
    assert site.db.document(f"users/{ann.uid}").get().get("today") == 4


def test_nothing_of_a_list_is_written_if_one_of_it_can_not_be(site: Site, ann: Client) -> None:
    answer = ann.post("/batch", {"tasks": [{"prompt": "good"}, {"prompt": "bad", "renderer": "oil"}]})
    assert answer.status_code == 422
    assert answer.json()["field"] == "tasks.1.renderer"
    assert not site.db.document(f"users/{ann.uid}").get().exists


def test_a_request_that_is_sent_again_is_the_same_task_even_five_times_at_once(
    site: Site, ann: Client
) -> None:
    body = {"prompt": "a red fox", "alternatives": [{"model": "a"}, {"model": "b"}, {"model": "c"}]}
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: ann.post("/tasks", body, Idempotency_Key="once"), range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert site.db.document(f"users/{ann.uid}").get().get("today") == 1
    other = ann.post("/tasks", {"prompt": "a blue fox"}, Idempotency_Key="once")
    assert (other.status_code, other.json()["field"]) == (409, "id")


def test_a_list_that_is_sent_again_is_the_same_list(site: Site, ann: Client) -> None:
    body = {"prompts": ["one", "two", "three"]}
    first = ann.post("/batch", body, Idempotency_Key="list")
    again = ann.post("/batch", body, Idempotency_Key="list")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_an_id_of_ones_own_names_the_task_and_nobody_elses(site: Site, ann: Client) -> None:
    id = f"mine-{ann.uid}"
    assert ann.ask(id=id)["id"] == id
    taken = site.program().post("/tasks", {"prompt": "a red fox", "id": id})
    assert (taken.status_code, taken.json()["value"]) == (409, id)
    assert site.task(id)["uid"] == ann.uid


def test_what_is_left_open_is_chosen_at_random_and_told(site: Site, ann: Client) -> None:
    body = {
        "prompts": [f"fox {number}" for number in range(40)],
        "model": ["one", "two"],
        "alternatives": [{"renderer": "diffusion"}, {"renderer": "vqgan_clip", "params": {"zoom": 1.01}}],
    }
    tasks = ann.post("/batch", body).json()["tasks"]
    drawn = {(task["renderer"], task["params"].get("model") or task["params"]["vqgan"]) for task in tasks}
    assert drawn == {
        (renderer, model) for renderer in ("diffusion", "vqgan_clip") for model in ("one", "two")
    }
    assert all(task["params"].get("zoom") == 1.01 for task in tasks if task["renderer"] == "vqgan_clip")
    kept = site.task(tasks[0]["id"])
    assert kept["chosen_from"] == [
        {"renderer": renderer, "model": model} for renderer, model in sorted(drawn)
    ]
    assert tasks[0]["chosen_from"] == kept["chosen_from"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"alternatives": [{}, {"renderer": "oil"}]}, "alternatives.1.renderer"),
        ({"alternatives": [{}, {"params": {"size": 1}}]}, "alternatives.1.params.size"),
        ({"params": {"size": 1}, "alternatives": [{}, {"model": "m"}]}, "params.size"),
        ({"model": "m", "params": {"clip": "n"}}, "params.clip"),
        ({"params": {"init_image": "uploads/bob/fox.png"}}, "params.init_image"),
        ({"params": {"image_prompts": [{"image": "uploads/bob/a.png"}]}}, "params.image_prompts.0.image"),
        ({"prompt": "a fox || a hen"}, "prompt"),
        ({"prompt": "fox:-1"}, "prompt"),
        ({"prompt": "\ud800"}, "prompt"),
        ({"renderer": "oil"}, "renderer"),
        ({"params": {"sise": 512}}, "params.sise"),
        ({"params": {"seed": 2**70}}, "params.seed"),
        ({"id": "a/b"}, "id"),
        ({"notify": {"email": "nobody"}}, "notify.email"),
        ({"notify": {"webhook": "https://me:secret@example.org/"}}, "notify.webhook"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_field_that_can_not_be_used_is_named_whatever_would_be_chosen(
    ann: Client, body: dict[str, object], field: str
) -> None:
    text = json.dumps({"prompt": "a fox", **body})
    headers = {"Content-Type": "application/json"}
    answer = ann.request("POST", "/tasks", content=text, headers=headers)
    assert answer.status_code == 422, answer.text
    told = answer.json()
    assert told["field"] == field
    assert told["detail"].startswith(field)
    assert told["accepted"] in told["detail"]


def test_only_ones_own_tasks_are_told_and_what_others_show(site: Site, ann: Client) -> None:
    id = ann.ask()["id"]
    bob = site.program()
    assert ann.get(f"/tasks/{id}").json()["prompt"] == "a red fox"
    assert bob.get(f"/tasks/{id}").status_code == 404
    assert bob.post(f"/tasks/{id}/cancel").status_code == 404
    file = {"path": f"results/{id}/1/0.png", "url": "https://example.org/0.png"}
    result = {"images": [file], "thumbnail": file, "width": 64, "height": 64, "seed": 7, "seconds": 1.5}
    done = {"status": "done", "public": True, "result": result, "finished_at": datetime.now(UTC)}
    site.db.document(f"queue/{id}").update(done)
    told = bob.get(f"/tasks/{id}").json()
    assert told["result"]["images"] == [file]
    site.db.document(f"queue/{id}").update({"hidden": True})
    assert bob.get(f"/tasks/{id}").status_code == 404
    assert ann.get(f"/tasks/{id}").status_code == 200


def test_a_waiting_task_tells_its_place_and_a_running_one_how_far_it_is(site: Site, ann: Client) -> None:
    id = ann.ask()["id"]
    now = datetime.now(UTC)
    ranks = [now - timedelta(hours=1), now - timedelta(minutes=30)]
    line = {"at": now, "waiting": 2, "ranks": ranks, "workers": 1, "seconds": {"pixeldraw/normal": 10.0}}
    site.db.document("live/queue").set(line)
    # How long the line is, is looked up every few seconds.
    until(lambda: "place" in ann.get(f"/tasks/{id}").json())
    told = ann.get(f"/tasks/{id}").json()
    assert told["place"] == 2
    assert 0 <= told["wait_seconds"] <= 30
    claim = {"worker": "w", "id": "c", "epoch": 1, "at": now, "lease_until": now}
    site.db.document(f"queue/{id}").update({"status": "running", "claim": claim})
    site.db.document(f"queue/{id}/live/progress").set({"epoch": 1, "step": 3, "steps": 9, "eta": 2.5})
    assert ann.get(f"/tasks/{id}").json()["progress"] == {"step": 3, "steps": 9, "seconds_left": 2.5}


def test_pages_of_the_list_hold_every_task_once_newest_first(ann: Client) -> None:
    first = ann.ask()["id"]
    rest = ann.post("/batch", {"prompts": [f"fox {number}" for number in range(6)]}).json()["tasks"]
    seen: list[str] = []
    page = ann.get("/tasks", limit=3).json()
    while True:
        seen += [task["id"] for task in page["tasks"]]
        if "next" not in page:
            break
        page = ann.get("/tasks", limit=3, cursor=page["next"]).json()
    assert seen[-1] == first
    assert sorted(seen[:-1]) == sorted(task["id"] for task in rest)
    assert ann.get("/tasks", cursor="bm9uZQ==").json()["field"] == "cursor"


def test_what_waits_is_cancelled_what_runs_is_asked_to_stop_what_is_over_stays(
    site: Site, ann: Client
) -> None:
    id = ann.ask()["id"]
    assert ann.post(f"/tasks/{id}/cancel").json()["status"] == "cancelled"
    assert site.task(id)["status"] == "cancelled"
    assert ann.post(f"/tasks/{id}/cancel").json()["status"] == "cancelled"
    running = ann.ask()["id"]
    site.db.document(f"queue/{running}").update({"status": "running"})
    told = ann.post(f"/tasks/{running}/cancel").json()
    assert (told["status"], told["cancel_requested"]) == ("running", True)
    assert site.task(running)["cancel_requested"] is True


def test_whom_to_tell_is_written_where_only_the_owner_and_the_server_read_it(site: Site, ann: Client) -> None:
    notify = {"email": "ann@example.org", "webhook": "https://example.org/hook?a=1"}
    id = ann.ask(notify=notify)["id"]
    assert "notify" not in site.task(id)
    assert site.db.document(f"queue/{id}/private/contact").get().to_dict() == notify


def test_a_revoked_key_is_no_key(site: Site) -> None:
    key = site.key("carl")
    site.db.document(f"api_keys/{hash_of(key)}").update({"revoked": True})
    assert Client(site, key, "carl").get("/tasks").status_code == 401
