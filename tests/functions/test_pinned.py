"""Calling an address that a stranger chose: where the connection goes, and where it never does."""

import ssl
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from contract.errors import NotDelivered, Undeliverable
from functions.pinned import checked_url, post, public
from tests.functions.certificates import write_certificate

HOST = "hooks.example"


class Hook(BaseHTTPRequestHandler):
    """Takes what comes; some paths are slow, endless or elsewhere."""

    got: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    going: ClassVar[threading.Event] = threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, dict(self.headers), body))
        if self.path == "/dripping":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.going.wait(0.05):
                self.wfile.write(b"X-A: b\r\n")
            return
        self.send_response(302 if self.path == "/elsewhere" else 200)
        self.send_header("Location", "/")
        self.end_headers()
        if self.path == "/endless":
            while not self.going.wait(0):
                self.wfile.write(b"x" * 65536)
        self.wfile.write(b"thank you")

    def log_message(self, format: str, *args: object) -> None:
        return


class Quiet(ThreadingHTTPServer):
    """Says nothing of those who hang up."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        return


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for HOST, with its key."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "both.pem", HOST)


@pytest.fixture(scope="module")
def port(certificate: Path) -> Iterator[int]:
    """Of a server by TLS on 127.0.0.1."""
    server = Quiet(("127.0.0.1", 0), Hook)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=partial(server.serve_forever, 0.05))
    thread.start()
    yield server.server_port
    Hook.going.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    Hook.got.clear()
    return ssl.create_default_context(cafile=str(certificate))


def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def test_the_connection_goes_to_the_address_that_was_checked(port: int, trusting: ssl.SSLContext) -> None:
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        """Answers as the first time only once: whoever asked again would be led elsewhere."""
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    answer = post(
        f"https://{HOST}:{port}/hook?a=b",
        b"{}",
        {"X-Own": "1"},
        resolve=rebinding,
        allowed=lambda address: address == "127.0.0.1",
        context=trusting,
    )
    assert (answer.status, answer.beginning, asked) == (200, b"thank you", [HOST])
    ((path, headers, body),) = Hook.got
    assert (path, headers["Host"], headers["X-Own"], body) == ("/hook?a=b", f"{HOST}:{port}", "1", b"{}")


def test_a_certificate_must_be_for_the_name(port: int, trusting: ssl.SSLContext) -> None:
    for host, context in ((HOST, None), ("other.example", trusting)):
        with pytest.raises(NotDelivered, match="CERTIFICATE"):
            post(f"https://{host}:{port}/", b"", {}, resolve=here, allowed=lambda _: True, context=context)
    assert Hook.got == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:53aa:64c::1",
        "2001:db8::1",
        "not an address",
    ],
)
def test_an_address_that_isnt_public_is_refused_before_anything_is_sent(address: str) -> None:
    assert not public(address)
    with pytest.raises(Undeliverable, match="isn't a public one"):
        post(f"https://{HOST}/", b"", {}, resolve=lambda host, port: ["93.184.215.14", address])


def test_public_addresses_are_just_that() -> None:
    for address in ("93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        assert public(address)


@pytest.mark.parametrize(
    "url", ["https://127.1/", "https://2130706433/", "https://localhost/", "https://[::1]/", "https://0/"]
)
def test_other_ways_to_write_this_machine_are_no_way_round(url: str) -> None:
    with pytest.raises((Undeliverable, NotDelivered)):
        post(url, b"", {})


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "file:///etc/passwd",
        "https://",
        "https://ann:secret@hooks.example/",
        "https://hooks.example:99999/",
        "https://hooks.example/ x",
        "https://hooks.example/\r\nHost: x",
        "https://[::1",
        "https://hooks.example/" + "x" * 2000,
        None,
        7,
    ],
)
def test_what_isnt_a_plain_https_address_is_refused(url: object) -> None:
    with pytest.raises(Undeliverable, match="webhook"):
        checked_url(url)


def test_redirects_are_answers_like_others(port: int, trusting: ssl.SSLContext) -> None:
    answer = post(
        f"https://{HOST}:{port}/elsewhere", b"", {}, resolve=here, allowed=lambda _: True, context=trusting
    )
    assert answer.status == 302
    assert len(Hook.got) == 1


def test_an_endless_answer_is_read_no_further_than_its_beginning(port: int, trusting: ssl.SSLContext) -> None:
    answer = post(
        f"https://{HOST}:{port}/endless", b"", {}, resolve=here, allowed=lambda _: True, context=trusting
    )
    assert len(answer.beginning) == 4096


def test_who_answers_drop_by_drop_is_left_at_the_deadline(port: int, trusting: ssl.SSLContext) -> None:
    with pytest.raises(NotDelivered, match="didn't answer"):
        post(
            f"https://{HOST}:{port}/dripping",
            b"",
            {},
            resolve=here,
            allowed=lambda _: True,
            context=trusting,
            deadline=0.4,
        )


def test_a_name_without_an_address_may_have_one_later() -> None:
    with pytest.raises(NotDelivered, match="no address"):
        post("https://nowhere.invalid/", b"", {})
