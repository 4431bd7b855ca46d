"""How fast somebody may ask: a bucket of tokens that fills as time goes by."""

import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from functions.api.problems import Problem


@dataclass(frozen=True)
class Rate:
    """So many at once, and so many a second for good."""

    burst: int
    a_second: float

    def after(self, left: float, seconds: float) -> float:
        """What is in the bucket, `seconds` after there was `left` in it."""
        return min(float(self.burst), left + max(0.0, seconds) * self.a_second)

    def wait(self, left: float, tokens: float) -> int:
        """Whole seconds until there are so many tokens."""
        return max(1, math.ceil((tokens - left) / self.a_second))


# Tasks and uploads, counted in Firestore with what they write; and requests of any kind, which each process
# counts by itself, for nothing.
WRITES = Rate(burst=100, a_second=1.0)
REQUESTS = Rate(burst=200, a_second=5.0)
MOST_CALLERS = 10_000


class Bucket:
    """A bucket in this process."""

    def __init__(self, burst: int, a_second: float) -> None:
        self._rate = Rate(burst, a_second)
        self._left, self._at = float(burst), time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> int:
        """Take one token; how many seconds to wait if there is none, 0 if there was."""
        with self._lock:
            wait = self._fill(1.0)
            if not wait:
                self._left -= 1.0
            return wait

    def short_of(self, tokens: float) -> int:
        """How many seconds to wait until more than so many are left, 0 for none."""
        with self._lock:
            return self._fill(tokens + 1.0)

    def _fill(self, tokens: float) -> int:
        now = time.monotonic()
        self._left, self._at = self._rate.after(self._left, now - self._at), now
        return 0 if self._left >= tokens else self._rate.wait(self._left, tokens)


class Requests:
    """A bucket for each caller, of those who asked last."""

    def __init__(self, rate: Rate = REQUESTS) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, uid: str) -> None:
        """One more request of that user. Raises `Problem` (429) for one too many."""
        with self._lock:
            bucket = self._buckets.setdefault(uid, Bucket(self._rate.burst, self._rate.a_second))
            self._buckets.move_to_end(uid)
            if len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
        if wait := bucket.take():
            raise too_fast("requests", self._rate, wait)


def charge(known: dict[str, object] | None, now: datetime, tokens: int) -> dict[str, object]:
    """What `api_limits/{uid}` is after so many tasks more. Raises `Problem` (429)."""
    left, at = (known or {}).get("left"), (known or {}).get("at")
    if not isinstance(left, int | float) or not isinstance(at, datetime):
        left, at = float(WRITES.burst), now
    left = WRITES.after(left, (now - at).total_seconds())
    if left < tokens:
        raise too_fast("tasks and uploads", WRITES, WRITES.wait(left, tokens))
    return {"left": left - tokens, "at": now}


def too_fast(what: str, rate: Rate, wait: int) -> Problem:
    """The answer to who asks too often."""
    return Problem(
        "too-fast",
        f"more {what} than {rate.burst} at once and {rate.a_second:g} a second: ask again in {wait} s",
        retry_after=wait,
    )
