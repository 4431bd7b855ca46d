"""The port that serves both protocols: what its first bytes are, and how slowly they come."""

from __future__ import annotations

import socket
import time

from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.fuzz.victim import PATIENCE_S, Victim, ask, bounded

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\x04\0\0\0\0\0"
STARTS = [
    PREFACE,
    PREFACE + SETTINGS,
    PREFACE[:10],
    PREFACE[:16],
    PREFACE[:16] + b"x" * 100,
    PREFACE + b"\xff" * 64,
    PREFACE + SETTINGS + b"\xff\xff\xff\x01\x05\0\0\0\x01",
    b"GET / HTTP/1.1\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET " + b"/" * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\0\x01\0",
    b"",
]


def connected(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_S)


@bounded
@given(
    start=st.sampled_from(STARTS) | st.binary(max_size=40),
    pieces=st.integers(1, 4),
    reset=st.booleans(),
)
def test_any_first_bytes_end_the_connection_or_leave_it_waiting(
    victim: Victim, start: bytes, pieces: int, reset: bool
) -> None:
    with connected(victim["firestore"]) as connection:
        connection.settimeout(0.05)
        step = max(1, len(start) // pieces)
        try:
            for place in range(0, len(start), step):
                connection.sendall(start[place : place + step])
            connection.recv(1 << 16)
        except (TimeoutError, ConnectionError):
            pass
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        victim.check()
    victim.check()


def test_a_hundred_that_drip_their_preface_keep_nobody_waiting(victim: Victim) -> None:
    slow = [connected(victim["firestore"]) for _ in range(100)]
    for byte in PREFACE[:14]:
        for connection in slow:
            connection.sendall(bytes([byte]))
    started = time.monotonic()
    assert ask(victim["firestore"], "GET", "/").status == 200
    assert time.monotonic() - started < 2
    for connection in slow:
        connection.close()
    victim.check()
