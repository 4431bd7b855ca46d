"""The functions of a project, run by the suite as a process and reached by unmodified clients."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from time import perf_counter
from uuid import uuid4

import pytest
from google.cloud import firestore

from tests.emulator.functions.project import PROJECT, Emulator, Seen, running, write_project
from tests.emulator.suite.running import call

pytestmark = pytest.mark.slow

SOURCE = """
attempts = {}

@firestore_fn.on_document_created(document="queue/{task}")
def made(event):
    tell("made", params=event.params, data=event.data.to_dict(), id=event.id, document=event.document)

@firestore_fn.on_document_created(document="flaky/{name}")
def flaky(event):
    attempts[event.id] = attempts.get(event.id, 0) + 1
    tell("attempt", name=event.params["name"], event=event.id)
    if attempts[event.id] < 3:
        raise RuntimeError("not yet")
    tell("flaky done", name=event.params["name"])

def describe(event):
    before, after = event.data.before, event.data.after
    return {"params": event.params, "before": before and before.to_dict(), "after": after and after.to_dict()}

@firestore_fn.on_document_written_with_auth_context(document="rooms/{room}/messages/{message}")
def written(event):
    tell("written", auth=[event.auth_type, event.auth_id], **describe(event))

@firestore_fn.on_document_updated(document="rooms/{path=**}")
def updated(event):
    tell("updated", **describe(event))

@firestore_fn.on_document_deleted(document="rooms/{room}/messages/{message}")
def deleted(event):
    tell("deleted", params=event.params, data=event.data.to_dict())

@firestore_fn.on_document_created(document="hanging/{name}", timeout_sec=500)
def hanging(event):
    tell("hangs")
    threading.Event().wait()

@scheduler_fn.on_schedule(schedule="every monday 09:00", timezone=scheduler_fn.Timezone("Europe/Berlin"))
def weekly(event):
    tell("weekly", job=event.job_name, time=event.schedule_time)

@scheduler_fn.on_schedule(schedule="0 4 * * *")
def nightly(event):
    raise RuntimeError("no night is quiet")

@https_fn.on_request()
def api(request):
    if request.path.endswith("/drops"):
        def drops():
            yield "first "
            while not firestore.client().document("signals/go").get().exists:
                time.sleep(0.01)
            yield "second"
        return https_fn.Response(drops())
    told = {"method": request.method, "path": request.full_path, "body": request.get_data(as_text=True),
            "host": request.headers.get("X-Forwarded-Host"), "service": os.environ["K_SERVICE"]}
    return https_fn.Response(response=__import__("json").dumps(told), status=201, headers={"X-Kind": "fox"})

@https_fn.on_request(timeout_sec=1)
def slow(request):
    time.sleep(100)

@https_fn.on_call()
def who(request):
    return {"uid": request.auth.uid, "twice": 2 * request.data["n"]}
"""
REWRITES = [
    {"source": "/api/**", "function": "api"},
    {"source": "/abroad/**", "function": {"functionId": "api", "region": "europe-west1"}},
    {"source": "/gone", "function": "gone"},
    {"source": "**", "destination": "/index.html"},
]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("functions")
    (folder / "page").mkdir()
    (folder / "page/index.html").write_text("page")
    (folder / "page/api").mkdir()
    (folder / "page/api/file.txt").write_text("a file goes before a function")
    with running(write_project(folder, SOURCE, hosting={"public": "page", "rewrites": REWRITES})) as emulator:
        yield emulator


@pytest.fixture
def database(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[firestore.Client]:
    client = emulator.client(monkeypatch.setenv)
    yield client
    client.close()


@pytest.fixture
def seen(database: firestore.Client) -> Iterator[Seen]:
    seen = Seen(database)
    yield seen
    seen.close()


def token(uid: str) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    now = int(datetime.now(UTC).timestamp())
    claims = {"sub": uid, "user_id": uid, "aud": PROJECT, "iat": now, "auth_time": now, "exp": now + 3600}
    claims["iss"] = f"https://securetoken.google.com/{PROJECT}"
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def test_a_created_document_reaches_its_function_with_params_of_any_script(
    database: firestore.Client, seen: Seen
) -> None:
    made_at = datetime.now(UTC)
    database.document("queue/ein Füchslein %41").set(
        {"prompt": "a fox", "at": made_at, "deep": {"n": [1, None]}}
    )
    (told,) = seen.of("made", document="queue/ein Füchslein %41")
    assert told["params"] == {"task": "ein Füchslein %41"}
    assert told["data"] == {"prompt": "a fox", "at": made_at, "deep": {"n": [1, None]}}


def test_create_update_and_delete_are_told_apart(database: firestore.Client, seen: Seen) -> None:
    message = database.document("rooms/blue/messages/1")
    message.set({"text": "hello", "m": {"a": 1}})
    message.update({"m.a": 2})
    message.update({"m.a": 2})  # changes nothing, and so is no event
    message.delete()
    (updated,) = seen.of("updated", params={"path": "blue/messages/1"})
    first, second = {"text": "hello", "m": {"a": 1}}, {"text": "hello", "m": {"a": 2}}
    assert (updated["params"], updated["before"], updated["after"]) == (
        {"path": "blue/messages/1"}, first, second,
    )  # fmt: skip
    params = {"room": "blue", "message": "1"}
    (deleted,) = seen.of("deleted", params=params)
    assert deleted["data"] == second
    written = [(told["before"], told["after"]) for told in seen.of("written", 3, params=params)]
    assert len(written) == 3
    assert all(pair in written for pair in [(None, first), (first, second), (second, None)])


def test_an_event_tells_who_made_it(emulator: Emulator, seen: Seen) -> None:
    path = f"/v1/projects/{PROJECT}/databases/(default)/documents/rooms/red/messages/1"
    body = {"fields": {"text": {"stringValue": "mine"}}}
    headers = {"Authorization": f"Bearer {token('alice')}", "Content-Type": "application/json"}
    assert call(emulator.addresses["firestore"], "PATCH", path, body, headers).status == 200
    (told,) = seen.of("written", params={"room": "red", "message": "1"})
    assert told["auth"] == ["unknown", "alice"]


def test_a_function_that_fails_is_called_again_with_the_same_event(
    database: firestore.Client, seen: Seen
) -> None:
    begun = perf_counter()
    database.document("flaky/1").set({"n": 1})
    seen.of("flaky done")
    assert len({told["event"] for told in seen.of("attempt", 3)}) == 1
    assert perf_counter() - begun > 0.75 + 1.5  # the shortest that the first two delays can be


def test_a_function_that_hangs_holds_up_neither_commits_nor_others(
    emulator: Emulator, database: firestore.Client, seen: Seen
) -> None:
    database.document("hanging/first").set({"n": 0})
    seen.of("hangs")
    begun = perf_counter()
    for n in range(50):
        database.document(f"hanging/{n}").set({"n": n})
    assert perf_counter() - begun < 10
    task = uuid4().hex
    database.document(f"queue/{task}").set({"n": 1})
    seen.of("made", params={"task": task})
    assert emulator.functions()["hanging"]["waiting"] == 51


def test_a_schedule_is_fired_on_demand(emulator: Emulator, seen: Seen) -> None:
    begun = datetime.now(UTC)
    assert emulator.run_schedule("weekly").status == 200
    (told,) = seen.of("weekly")
    assert told["job"] == "firebase-schedule-weekly-us-central1"
    assert begun <= told["time"] <= datetime.now(UTC)
    failed = emulator.run_schedule("nightly")
    assert (failed.status, failed.json()) == (500, {"error": "it answered 500: no night is quiet"})
    assert emulator.run_schedule("api").status == 404


def test_the_list_tells_each_function_and_its_next_time(emulator: Emulator) -> None:
    functions = emulator.functions()
    assert functions["problem"] is None
    assert functions["weekly"]["zone"] == "Europe/Berlin"
    next_time = datetime.fromisoformat(functions["weekly"]["next"])
    assert (next_time.isoweekday(), next_time.hour, next_time.minute) == (1, 9, 0)
    assert functions["made"]["document"] == "queue/{task}"
    assert functions["who"]["trigger"] == "callable"


def test_an_http_function_answers_at_its_own_address(emulator: Emulator) -> None:
    answer = emulator.request("PUT", f"/{PROJECT}/us-central1/api/a%20b/c?q=1", b"body")
    assert answer.status == 201
    assert answer.headers["X-Kind"] == "fox"
    told = answer.json()
    assert (told["method"], told["path"], told["body"]) == ("PUT", "/a b/c?q=1", "body")
    assert told["service"] == "api"
    wrong = emulator.request("GET", f"/{PROJECT}/us-central1/nothing")
    assert (wrong.status, wrong.body) == (
        404, b"There is no function nothing; those called by HTTP are: api, slow, who.\n",
    )  # fmt: skip
    assert emulator.request("GET", "/other/us-central1/api").status == 404
    assert emulator.request("GET", f"/{PROJECT}/us-central1/made").body == (
        b"The function made isn't called by HTTP.\n"
    )


def test_a_function_stands_behind_hosting(emulator: Emulator) -> None:
    hosting = emulator.addresses["hosting"]
    told = call(hosting, "POST", "/api/render?x=1", b"fox").json()
    assert (told["method"], told["path"], told["body"]) == ("POST", "/api/render?x=1", "fox")
    assert told["host"] == hosting
    assert call(hosting, "GET", "/api/file.txt").body == b"a file goes before a function"
    assert call(hosting, "GET", "/elsewhere").body == b"page"
    assert call(hosting, "POST", "/elsewhere").status == 405
    abroad = call(hosting, "GET", "/abroad/x")
    assert (abroad.status, abroad.body) == (
        404,
        b"The function api is in us-central1, not in europe-west1.\n",
    )
    assert b"There is no function gone" in call(hosting, "GET", "/gone").body


def test_an_answer_streams_through_hosting(emulator: Emulator, database: firestore.Client) -> None:
    connection = HTTPConnection(emulator.addresses["hosting"], timeout=20)
    connection.request("GET", "/api/drops")
    answer = connection.getresponse()
    assert answer.read1() == b"first "
    database.document("signals/go").set({"now": True})
    assert answer.read() == b"second"
    connection.close()


def test_a_callable_function_knows_its_caller(emulator: Emulator) -> None:
    headers = {"Authorization": f"Bearer {token('alice')}", "Content-Type": "application/json"}
    path = f"/{PROJECT}/us-central1/who"
    answer = call(emulator.addresses["functions"], "POST", path, {"data": {"n": 21}}, headers)
    assert answer.json() == {"result": {"uid": "alice", "twice": 42}}


def test_a_call_that_outlasts_its_function_is_given_up_and_its_process_replaced(emulator: Emulator) -> None:
    for _ in range(2):
        answer = emulator.request("GET", f"/{PROJECT}/us-central1/slow")
        assert (answer.status, answer.body) == (504, b"slow took longer than its 1 s\n")
        assert emulator.functions()["slow"]["pid"] is None


def test_strangers_are_turned_away(emulator: Emulator) -> None:
    functions, path = emulator.addresses["functions"], f"/{PROJECT}/us-central1/api"
    assert call(functions, "GET", path, None, {"Origin": "https://evil.example"}).status == 403
    assert call(functions, "GET", path, None, {"Host": "evil.example"}).status == 403
    assert call(functions, "GET", path, None, {"Origin": "http://localhost:5173"}).status == 201
    token_path = "/computeMetadata/v1/instance/service-accounts/default/token"
    assert call(functions, "GET", token_path).status == 403
