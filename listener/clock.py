"""The server's clock, as far as its answers tell. Leases are times on that clock, never on this machine's."""

import time
from datetime import UTC, datetime


class ServerClock:
    """An estimate of the server's time that each answer narrows down.

    A server time that was given between sending a request and receiving its answer bounds the difference
    of the two clocks on both sides; the estimate moves only as far as the bounds ask. This machine's
    monotonic clock carries it on, so that setting the time of day here changes nothing.
    """

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> datetime:
        """The server's time now, in UTC."""
        return datetime.fromtimestamp(time.monotonic() + self._offset, UTC)

    def sending(self) -> float:
        """To be called before a request; its value is for `learn`."""
        return time.monotonic()

    def learn(self, server_time: datetime, sent: float) -> None:
        """Take in a time that the server gave while it answered the request sent at `sent`."""
        server, received = server_time.timestamp(), time.monotonic()
        self._offset = min(max(self._offset, server - received), server - sent)
