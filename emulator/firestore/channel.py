"""One WebChannel session: numbered messages both ways, each delivered once over requests that may fail.

What the server sends is kept until the client has acknowledged it; what the client repeats is dropped.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from emulator.firestore.errors import InvalidArgument

_NUMBER = re.compile(r"-?[0-9]{1,18}")
Payload = Sequence[object]
NOOP: Payload = ["noop"]
STOP: Payload = ["stop"]


class Peer(Protocol):
    """What a session speaks with: one Listen or Write stream."""

    def receive(self, text: str) -> None:
        """Takes one message of the client, as JSON text."""
        ...

    async def finish(self) -> None:
        """Returns when all that was received has been answered."""
        ...

    def close(self) -> None: ...


class Channel:
    """A session. `peer` is set once, right after it is made."""

    peer: Peer

    def __init__(self) -> None:
        self.sid = secrets.token_urlsafe(16)
        self.closed = False
        self.told_to_stop = False
        self.reader: asyncio.Event | None = None  # set to end the back channel that reads at present
        self._last_seen = time.monotonic()
        self._out: list[tuple[int, Payload]] = []
        self._last_out = 0  # message 0 is the handshake
        self._next_in = 0
        self._news = asyncio.Event()

    def send(self, payload: Payload) -> None:
        """Queues a message for the client."""
        self._last_out += 1
        self._out.append((self._last_out, payload))
        self._news.set()

    def receive(self, form: Mapping[str, str]) -> None:
        """Takes a forward request's messages; those that came before are passed over.

        Raises InvalidArgument for a count or an offset that is no number.
        """
        offset = number(form, "ofs", 0)
        for place in range(min(number(form, "count", 0), len(form))):
            text = form.get(f"req{place}___data__")
            if text is not None and offset + place >= self._next_in:
                self._next_in = offset + place + 1
                self.peer.receive(text)

    def acknowledge(self, last: int) -> None:
        """The client has everything up to the message `last`."""
        self._out = [message for message in self._out if message[0] > last]

    def after(self, last: int) -> list[tuple[int, Payload]]:
        """The queued messages after `last`."""
        return [message for message in self._out if message[0] > last]

    async def wait(self, seconds: float) -> bool:
        """Waits for news: a message or the end. False when none came in time."""
        self._news.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def wake(self) -> None:
        self._news.set()

    def state(self) -> list[int]:
        """The answer to a forward request: is a back channel open, the last message, bytes outstanding."""
        outstanding = sum(len(json.dumps(payload)) for _, payload in self._out)
        return [int(self.reader is not None), self._last_out, outstanding]

    def touch(self) -> None:
        self._last_seen = time.monotonic()

    def idle(self) -> float:
        """Seconds since the client was last heard of; 0 while it reads."""
        return 0.0 if self.reader else time.monotonic() - self._last_seen

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.peer.close()
            self._news.set()


def number(values: Mapping[str, str], name: str, default: int) -> int:
    """A number of a query or a form. Raises InvalidArgument where it is something else."""
    text = values.get(name, "")
    if not text:
        return default
    if not _NUMBER.fullmatch(text):
        raise InvalidArgument(f"{name} is {text!r:.40}; it must be a whole number.")
    return int(text)


def frame(content: object) -> bytes:
    """A message with its length before it. The length counts UTF-16 units: ASCII alone makes that bytes."""
    text = json.dumps(content, separators=(",", ":"))
    return f"{len(text)}\n{text}".encode()
