"""What operations cost, through unmodified clients, told apart by the product that made them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from emulator.caller import client_label
from emulator.meter import Bill, Meter, aggregation_reads, query_reads
from tests.emulator.conftest import ServerThread
from tests.emulator.firestore.test_listening import Watcher

PRODUCT = "brushfire-listener"


@pytest.fixture
def product(server: ServerThread, project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client that names itself; the meter starts from nothing."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{server.port}")
    made = firestore.Client(project=project, credentials=AnonymousCredentials())
    # The library drops client_info; this is what reaches the wire, for calls and listeners alike.
    made._rpc_metadata.append(("x-goog-api-client", f"{PRODUCT}/0.1"))
    server.meter.reset()
    yield made
    made.close()


def spent(server: ServerThread, method: str | None = None) -> Bill:
    return server.meter.total(client=PRODUCT, method=method)


def test_reads_by_name_cost_one_each_found_or_not(product: Any, server: ServerThread) -> None:
    product.document("queue/t1").get()
    list(product.get_all([product.document("queue/t1"), product.document("queue/t2")]))
    assert spent(server) == Bill(reads=3)


def test_a_write_costs_one_whatever_it_does_and_a_delete_one(product: Any, server: ServerThread) -> None:
    reference = product.document("queue/t1")
    reference.set({"n": 1, "at": firestore.SERVER_TIMESTAMP})
    reference.set({"n": 1}, merge=True)
    reference.delete()
    reference.delete()
    assert spent(server) == Bill(writes=2, deletes=2)


def test_a_query_costs_its_results_what_it_skipped_and_at_least_one(
    product: Any, server: ServerThread
) -> None:
    queue = product.collection("queue")
    for number in range(5):
        queue.document(f"t{number}").set({"n": number})
    server.meter.reset()
    list(queue.where(filter=FieldFilter("n", ">", 1)).stream())
    assert spent(server) == Bill(reads=3)
    list(queue.where(filter=FieldFilter("n", ">", 10)).stream())
    assert spent(server) == Bill(reads=4)
    list(queue.order_by("n").offset(3).stream())
    assert spent(server) == Bill(reads=9)
    queue.count().get()
    assert spent(server, "RunAggregationQuery") == Bill(reads=1)


def test_a_listener_pays_for_what_enters_changes_and_is_changed_away_but_not_for_deletions(
    product: Any, server: ServerThread
) -> None:
    queue = product.collection("queue")
    queue.document("a").set({"status": "queued"})
    live = Watcher(queue.where(filter=FieldFilter("status", "==", "queued")))
    live.until(["a"])
    assert spent(server, "Listen") == Bill(reads=1)
    queue.document("b").set({"status": "queued"})
    live.until(["a", "b"])
    assert spent(server, "Listen") == Bill(reads=2)
    queue.document("b").update({"status": "running"})
    live.until(["a"])
    assert spent(server, "Listen") == Bill(reads=3)
    queue.document("a").delete()
    live.until([])
    assert spent(server, "Listen") == Bill(reads=3)
    live.stop()


def test_a_document_pushed_out_of_a_window_is_free(product: Any, server: ServerThread) -> None:
    queue = product.collection("queue")
    queue.document("b").set({"rank": 2})
    live = Watcher(queue.order_by("rank").limit(1))
    live.until(["b"])
    queue.document("a").set({"rank": 1})
    live.until(["a"])
    assert spent(server, "Listen") == Bill(reads=2)
    live.stop()


async def test_the_report_tells_clients_collections_and_methods_apart(
    product: Any, client: Any, server: ServerThread
) -> None:
    product.document("queue/t1/live/progress").set({"step": 1})
    client.document("queue/t1").get()
    url = f"http://127.0.0.1:{server.port}/emulator/v1/meter"
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as response:
            report = await response.json()
        async with http.delete(url):
            pass
        async with http.get(url) as response:
            emptied = await response.json()
    write, read = {"reads": 0, "writes": 1, "deletes": 0}, {"reads": 1, "writes": 0, "deletes": 0}
    assert report["clients"] == {PRODUCT: write, "other": read}
    assert report["collections"] == {"queue": read, "queue/*/live": write}
    assert report["methods"] == {"Commit": write, "BatchGetDocuments": read}
    assert report["total"] == {"reads": 1, "writes": 1, "deletes": 0}
    assert emptied["rows"] == []


@pytest.mark.parametrize(
    ("headers", "label"),
    [
        ({"x-goog-api-client": "gl-js/ fire/12.19.0"}, "web"),
        ({"user-agent": "Mozilla/5.0 (X11) Chrome/140"}, "web"),
        ({"x-goog-api-client": "gl-python/3.11.7 grpc/1.85.1 gax/2.44.0 gccl/2.34.1"}, "other"),
        ({"x-goog-api-client": "brushfire-listener/0.1 gl-python/3.11.7"}, "brushfire-listener"),
        ({"user-agent": "grpc-python/1.85.1 grpc-c/56.0.0 (linux; chttp2)"}, "other"),
        ({}, "other"),
    ],
)
def test_a_client_is_known_by_its_own_token(headers: dict[str, str], label: str) -> None:
    assert client_label(headers) == label


@pytest.mark.parametrize(
    ("price", "counted", "reads"),
    [
        (query_reads, 0, 1),
        (query_reads, 7, 7),
        (aggregation_reads, 0, 1),
        (aggregation_reads, 1000, 1),
        (aggregation_reads, 1001, 2),
    ],
)
def test_prices(price: Callable[[int], int], counted: int, reads: int) -> None:
    assert price(counted) == reads


def test_nothing_is_kept_of_a_count_of_nothing() -> None:
    meter = Meter()
    meter.count("web", "queue", "Listen")
    assert meter.to_json()["rows"] == []
