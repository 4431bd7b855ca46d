"""The server's time in microseconds: it never stands still between two questions, and never goes back."""

import time
from datetime import UTC, datetime, timedelta

from emulator.firestore.messages import Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """Each answer is later than the one before, and later than `start` (microseconds since 1970)."""

    def __init__(self, start: int = 0) -> None:
        self._last = start

    def now(self) -> int:
        self._last = max(time.time_ns() // 1_000, self._last + 1)
        return self._last


def to_timestamp(micros: int) -> Timestamp:
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1_000)


def to_micros(timestamp: Timestamp) -> int:
    return int(timestamp.seconds) * 1_000_000 + int(timestamp.nanos) // 1_000


def to_server_time(micros: int) -> int:
    """What a server timestamp writes: the time cut to milliseconds."""
    return micros // 1_000 * 1_000


def to_datetime(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
