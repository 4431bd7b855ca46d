"""What surrounds the tasks: renderers, uploads, documents, browsers, and the function's own address."""

import re

import httpx
import pytest

from contract.params import PARAMS
from functions.api.documents import PAGE
from tests.functions.api.conftest import Client, Site

pytestmark = pytest.mark.slow
FOX = b"\x89PNG and so on"


def test_the_renderers_are_told_with_the_schemas_of_their_options(site: Site) -> None:
    told = site.nobody().get("/renderers").json()["renderers"]
    assert [renderer["name"] for renderer in told] == sorted(PARAMS)
    one = site.nobody().get("/renderers/diffusion").json()
    assert one in told
    assert one["options"]["properties"]["guidance"]["description"]
    assert site.nobody().get("/renderers/oil").status_code == 404


def test_a_picture_is_sent_straight_to_storage_and_then_drawn_from(site: Site, ann: Client) -> None:
    answer = ann.post("/uploads", {"content_type": "image/png", "size": len(FOX)})
    assert answer.status_code == 201
    told = answer.json()
    sent = httpx.request(told["method"], told["url"], content=FOX, headers=told["headers"], timeout=60)
    assert sent.status_code == 200
    blob = site.bucket.get_blob(told["path"])
    assert (blob.content_type, blob.download_as_bytes()) == ("image/png", FOX)
    assert ann.ask(params={"init_image": told["path"]})["params"] == {"init_image": told["path"]}
    stolen = site.program().post("/tasks", {"prompt": "a", "params": {"init_image": told["path"]}})
    assert stolen.json()["field"] == "params.init_image"


def test_storage_takes_no_more_than_was_said(site: Site, ann: Client) -> None:
    told = ann.post("/uploads", {"content_type": "image/png", "size": 4}).json()
    assert httpx.put(told["url"], content=FOX, timeout=60).status_code == 400
    assert site.bucket.get_blob(told["path"]) is None
    for body in (
        {"content_type": "image/svg+xml", "size": 4},
        {"content_type": "image/png", "size": 10 << 20},
    ):
        assert ann.post("/uploads", body).status_code == 422


def test_the_documents_page_loads_nothing_from_elsewhere(site: Site) -> None:
    nobody = site.nobody()
    page = nobody.get("/docs")
    assert page.text == PAGE
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    names = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(names) == 3
    for name in names:
        found = nobody.get(f"/{name}")
        assert found.status_code == 200
        assert int(found.headers["Content-Length"]) > 50
    assert "//" not in nobody.get("/docs/page.js").text
    assert nobody.get("/docs/nothing.js").status_code == 404


def test_the_document_is_openapi_3_1_and_describes_every_path(site: Site) -> None:
    document = site.nobody().get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/api"}]
    assert sorted(document["paths"]) == [
        "/batch",
        "/problems/{code}",
        "/renderers",
        "/renderers/{name}",
        "/tasks",
        "/tasks/{id}",
        "/tasks/{id}/cancel",
        "/uploads",
        "/webhook-key",
    ]


def test_a_program_in_any_page_may_ask(site: Site, ann: Client) -> None:
    """Asked of the function itself, since the local Hosting answers browsers by its own lights."""
    direct = f"http://{site.addresses['functions']}/{site.db.project}/us-central1/api/tasks"
    answer = httpx.get(direct, headers={"Authorization": f"Bearer {ann.token}"}, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "private, no-store"
    asked = httpx.options(direct, timeout=60)
    assert asked.status_code == 200
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]


def test_the_webhooks_key_is_each_users_own(site: Site, ann: Client) -> None:
    key = ann.get("/webhook-key").json()["key"]
    assert re.fullmatch(r"[0-9a-f]{64}", key)
    assert site.program().get("/webhook-key").json()["key"] != key
    assert site.program(ann.uid).get("/webhook-key").json()["key"] == key
