"""A spot machine's notice makes its listener leave in time."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from listener.notices import PreemptionNotice
from tests.listener.running import eventually


class Metadata:
    """Google's metadata server, of which only the one address is there."""

    def __init__(self) -> None:
        self.preempted = threading.Event()
        self.asked: list[dict[str, list[str]]] = []
        self.status = 200
        metadata = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                query = parse_qs(address.query)
                assert address.path == "/computeMetadata/v1/instance/preempted"
                assert self.headers["Metadata-Flavor"] == "Google"
                metadata.asked.append(query)
                if "wait_for_change" in query:
                    metadata.preempted.wait(10)
                self.send_response(metadata.status)
                self.end_headers()
                self.wfile.write(b"TRUE" if metadata.preempted.is_set() else b"FALSE")

            def log_message(self, format: str, *args: object) -> None:
                """The test's output is no place for it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    metadata = Metadata()
    thread = threading.Thread(target=metadata.server.serve_forever)
    thread.start()
    yield metadata
    metadata.preempted.set()
    metadata.server.shutdown()
    thread.join()
    metadata.server.server_close()


def test_the_notice_comes_as_soon_as_the_machine_is_taken(metadata: Metadata) -> None:
    taken = threading.Event()
    notice = PreemptionNotice(taken.set, metadata.host).start()
    eventually(lambda: len(metadata.asked) == 2)
    assert metadata.asked[0] == {}
    assert not taken.is_set()
    metadata.preempted.set()
    assert taken.wait(5)
    notice.stop()


def test_a_machine_that_is_being_taken_already_is_noticed_at_once(metadata: Metadata) -> None:
    metadata.preempted.set()
    taken = threading.Event()
    PreemptionNotice(taken.set, metadata.host).start()
    assert taken.wait(5)


def test_a_machine_without_such_a_server_says_so_once_and_goes_on(
    metadata: Metadata, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("listener.notices.SHORTEST_PAUSE", 0.02)
    metadata.status = 404
    taken = threading.Event()
    notice = PreemptionNotice(taken.set, metadata.host).start()
    eventually(lambda: len(metadata.asked) >= 4)
    assert [record.message for record in caplog.records] == ["no_preemption_notice"]
    metadata.preempted.set()
    metadata.status = 200
    assert taken.wait(10)
    notice.stop()
