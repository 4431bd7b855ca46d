"""An outage is said twice, when it begins and when it is over, however many meet with it meanwhile."""

import logging
import threading
import time
from dataclasses import dataclass, field

from listener.logs import log


class Outage:
    """Whether one service (`queue` for Firestore, `storage`) answers, as this process's threads find it."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._since: float | None = None
        self._lock = threading.Lock()

    def met(self, error: Exception) -> None:
        """The service didn't answer."""
        with self._lock:
            if self._since is not None:
                return
            self._since = time.monotonic()
        log(f"{self._service}_unreachable", logging.WARNING, error=str(error))

    def over(self) -> None:
        """The service has answered."""
        if self._since is None:  # the usual case, without the lock
            return
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            log(f"{self._service}_back", seconds=round(time.monotonic() - since, 1))


@dataclass(frozen=True)
class Outages:
    """Firestore's and Storage's, as one listener finds them."""

    queue: Outage = field(default_factory=lambda: Outage("queue"))
    files: Outage = field(default_factory=lambda: Outage("storage"))
