"""Every error of the table, provoked; and told as the OpenAPI document says."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import ServiceUnavailable

from functions.api.app import application
from functions.api.operations import Services
from functions.api.problems import KINDS, MEDIA_TYPE
from functions.connection import Connection
from listener.edge import Edge
from tests.functions.api.conftest import Client, Site

JSON = {"Content-Type": "application/json"}


def _too_fast(ann: Client, site: Site) -> httpx.Response:
    later = datetime.now(UTC) + timedelta(seconds=60)
    site.db.document(f"api_limits/{ann.uid}").set({"left": 0, "at": later})
    return ann.post("/tasks", {"prompt": "a"})


def _conflict(ann: Client, site: Site) -> httpx.Response:
    id = site.program().ask()["id"]
    return ann.post("/tasks", {"prompt": "another", "id": id})


def _too_many(ann: Client, site: Site) -> httpx.Response:
    site.db.document(f"users/{ann.uid}").set({"day": datetime.now(UTC), "today": 500})
    return ann.post("/tasks", {"prompt": "a"})


PROVOKED: dict[str, tuple[str, str, Callable[[Client, Site], httpx.Response]]] = {
    "malformed": (
        "post",
        "/tasks",
        lambda ann, site: ann.request("POST", "/tasks", content=b'{"prompt": NaN}', headers=JSON),
    ),
    "unauthenticated": ("get", "/tasks", lambda ann, site: site.nobody().get("/tasks")),
    "not-found": ("get", "/tasks/{id}", lambda ann, site: ann.get("/tasks/nothing")),
    "conflict": ("post", "/tasks", _conflict),
    "too-large": (
        "post",
        "/tasks",
        lambda ann, site: ann.request("POST", "/tasks", content=b" " * (2 << 20), headers=JSON),
    ),
    "not-json": ("post", "/tasks", lambda ann, site: ann.request("POST", "/tasks", data={"prompt": "a"})),
    "invalid": ("post", "/batch", lambda ann, site: ann.post("/batch", {"prompts": []})),
    "too-many": ("post", "/tasks", _too_many),
    "too-fast": ("post", "/tasks", _too_fast),
}


@pytest.mark.slow
@pytest.mark.parametrize("code", sorted(PROVOKED))
def test_an_error_is_what_the_documents_say(site: Site, ann: Client, code: str) -> None:
    method, path, provoke = PROVOKED[code]
    answer = provoke(ann, site)
    check_told(answer.status_code, dict(answer.headers), answer.json(), code)
    described = ann.get("/openapi.json").json()["paths"][path][method]["responses"][str(answer.status_code)]
    assert f"(`{code}`)" in described["description"]
    assert MEDIA_TYPE in described["content"]
    assert ann.get(f"/problems/{code}").json() == {
        "code": code,
        "status": KINDS[code].status,
        "title": KINDS[code].title,
        "remedy": KINDS[code].remedy,
    }


@pytest.mark.slow
def test_a_method_that_a_path_does_not_have_is_refused_with_those_it_has(ann: Client) -> None:
    answer = ann.request("DELETE", "/tasks")
    check_told(answer.status_code, dict(answer.headers), answer.json(), "not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


class Broken(Edge):
    """Firestore, when it is away or its library is broken."""

    error: Exception = ServiceUnavailable("away")

    def read(self, reference: Any) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("code", "error"), [("unavailable", ServiceUnavailable("away")), ("broken", ZeroDivisionError("oh"))]
)
def test_what_is_not_the_callers_fault_says_so(
    connection: Connection, code: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = Broken(connection.edge.db, connection.edge.clock)
    edge.error = error
    services = Services.on(edge, None)
    monkeypatch.setattr(services.identity, "of", lambda header: type("Ann", (), {"uid": "ann"}))
    client = application(services).test_client()
    answer = client.get("/tasks/any")
    check_told(answer.status_code, dict(answer.headers), json.loads(answer.text), code)
    assert "oh" not in answer.text
    responses = json.loads(client.get("/openapi.json").text)["paths"]["/tasks/{id}"]["get"]["responses"]
    assert f"(`{code}`)" in responses[str(answer.status_code)]["description"]


def test_every_error_is_provoked_here() -> None:
    assert {*PROVOKED, "not-allowed", "unavailable", "broken"} == set(KINDS)


def check_told(status: int, headers: dict[str, str], told: dict[str, Any], code: str) -> None:
    """RFC 9457, by its letter."""
    headers = {name.lower(): value for name, value in headers.items()}
    assert (status, told["type"]) == (KINDS[code].status, f"/api/problems/{code}"), json.dumps(told)
    assert headers["content-type"] == MEDIA_TYPE
    assert told["title"] == KINDS[code].title
    assert told["status"] == status
    assert told["detail"]
    assert ("retry-after" in headers) == ("retry_after" in told) == (code in NAMED_TIMES)
    assert headers["access-control-allow-origin"] == "*"


NAMED_TIMES = {"too-many", "too-fast", "unavailable"}
