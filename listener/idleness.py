"""Leaving when nobody draws: a machine with a GPU costs as much idle as at work."""

import threading
import time
from collections.abc import Callable

from listener.logs import log

# Between two looks, a share of the time that it may take.
SHARE, SHORTEST, LONGEST = 0.1, 0.05, 10.0


class IdleExit:
    """Calls `leave` once, when nothing was rendered for so many seconds."""

    def __init__(
        self, seconds: float, idle_since: Callable[[], float | None], leave: Callable[[], None]
    ) -> None:
        """`idle_since` gives the monotonic time of the last render's end, None while one goes on."""
        self._seconds = seconds
        self._idle_since = idle_since
        self._leave = leave
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="idle exit", daemon=True)

    def start(self) -> "IdleExit":
        """Begin to look; returns at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(min(max(self._seconds * SHARE, SHORTEST), LONGEST)):
            since = self._idle_since()
            if since is not None and time.monotonic() - since >= self._seconds:
                log("idle_exit", seconds=self._seconds)
                self._leave()
                return
