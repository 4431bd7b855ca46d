"""Being told beforehand that this machine is about to be taken away.

A spot VM of Google's is given 30 s: its metadata server holds a request open and answers it when the machine
is preempted (https://cloud.google.com/compute/docs/instances/create-use-spot#detect-preemption). Colab and
most others send SIGTERM or SIGINT, which `listen` takes by itself.
"""

import logging
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from listener.logs import log

METADATA = "metadata.google.internal"
PATH = "computeMetadata/v1/instance/preempted"
# Seconds that the server holds a request, and how long to wait for it beyond.
HELD, MARGIN = 300, 15
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


class PreemptionNotice:
    """Asks the metadata server, in a thread of its own, and calls `taken` once, if ever."""

    def __init__(self, taken: Callable[[], None], host: str | None = None) -> None:
        """`host` is the metadata server; by default Google's, or what GCE_METADATA_HOST names."""
        self._taken = taken
        self._host = host or os.environ.get("GCE_METADATA_HOST") or METADATA
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="preemption", daemon=True)

    def start(self) -> "PreemptionNotice":
        """Begin to ask; returns at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ask no more; a request under way ends by itself."""
        self._stopped.set()

    def _run(self) -> None:
        pause, silent, wait = SHORTEST_PAUSE, False, False
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                preempted = self._ask(wait)
            except (OSError, ValueError) as error:
                if not silent:
                    log("no_preemption_notice", logging.WARNING, host=self._host, error=str(error))
                silent, wait = True, False
                self._stopped.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if preempted and not self._stopped.is_set():
                log("preempted", logging.WARNING, host=self._host)
                self._taken()
                return
            silent, wait, pause = False, True, SHORTEST_PAUSE
            # A server that doesn't hold the request is asked once a second, not in a busy loop.
            self._stopped.wait(max(0.0, 1.0 - (time.monotonic() - began)))

    def _ask(self, wait: bool) -> bool:
        """Whether the machine is being taken; the first answer comes at once, later ones on a change."""
        query = f"?wait_for_change=true&timeout_sec={HELD}" if wait else ""
        request = urllib.request.Request(
            f"http://{self._host}/{PATH}{query}", headers={"Metadata-Flavor": "Google"}
        )
        # A proxy of the environment has no way to this machine's own metadata.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=HELD + MARGIN if wait else MARGIN) as answer:
            return bool(answer.read(16).strip().upper() == b"TRUE")
