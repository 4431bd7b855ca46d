"""How a listener learns, without asking, that there is something to do: a task to claim, one to stop.

Google's watch may die without a word: from an exception in a callback, a document it can't decode, a denial
of the server. So each is supervised: its callback does next to nothing, a thread looks whether it lives,
makes it anew when it doesn't, and anyway from time to time. Behind it stands a slow poll.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from google.cloud import firestore
from google.cloud.firestore import FieldFilter

from contract.task import Status
from listener.bill import Bill
from listener.holding import HeldTask
from listener.logs import log

REFRESH_SECONDS = 1800.0
LOOK_SECONDS = 2.0
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0

Documents = Sequence[Any]


class SupervisedWatch:
    """A watch on a query that is made anew when it dies. `deliver` and `died` must return at once."""

    def __init__(
        self,
        name: str,
        query: Any,
        deliver: Callable[[Documents], None],
        died: Callable[[], None] = lambda: None,
        refresh_seconds: float = REFRESH_SECONDS,
        bill: Bill | None = None,
    ) -> None:
        """What it tells is counted on `bill`."""
        self._name = name
        self._query = query
        self._deliver = deliver
        self._died = died
        self._refresh = refresh_seconds
        self._bill = bill or Bill()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name=f"watch {name}", daemon=True)

    def start(self) -> "SupervisedWatch":
        """Begin to watch; returns at once."""
        self._thread.start()
        return self

    def stop(self, wait: bool = True) -> None:
        """Watch no more; returns when the watch is closed, or at once."""
        self._stop.set()
        if wait:
            self._thread.join()

    def _supervise(self) -> None:
        pause = SHORTEST_PAUSE
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                died = self._watch_once()
            except Exception as error:  # the library, at the start of a watch: whatever it may be
                log(
                    "watch_failed",
                    logging.WARNING,
                    watch=self._name,
                    error=f"{type(error).__name__}: {error}",
                )
                died = True
            if not died:
                continue
            self._died()
            pause = (
                SHORTEST_PAUSE if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            )
            self._stop.wait(pause * random.uniform(0.5, 1.0))

    def _watch_once(self) -> bool:
        """Watch until told to stop or for the time of one watch; true if the watch died before."""
        ends = time.monotonic() + self._refresh * random.uniform(0.8, 1.2)
        watch = self._query.on_snapshot(self._heard)
        try:
            while time.monotonic() < ends:
                if self._stop.wait(LOOK_SECONDS):
                    return False
                if not watch.is_active:
                    log("watch_died", logging.WARNING, watch=self._name)
                    return True
            return False
        finally:
            watch.unsubscribe()

    def _heard(self, documents: Documents, changes: Sequence[Any], at: Any) -> None:
        self._bill.watched(changes)
        self._deliver(documents)


class Cancellations:
    """Which of this worker's claims their owners called off: one watch for all, which rarely has to speak."""

    def __init__(self, db: firestore.Client, worker: str, bill: Bill | None = None) -> None:
        query = db.collection("queue")
        for field, value in (
            ("claim.worker", worker),
            ("cancel_requested", True),
            ("status", Status.RUNNING.value),
        ):
            query = query.where(filter=FieldFilter(field, "==", value))
        self._claims: frozenset[str] = frozenset()
        self._watch = SupervisedWatch("cancellations", query, self._saw, bill=bill)

    def start(self) -> None:
        """Begin to watch."""
        self._watch.start()

    def stop(self) -> None:
        """Watch no more."""
        self._watch.stop()

    def include(self, held: HeldTask) -> bool:
        """Whether the owner has called off this very claim."""
        return held.claim.id in self._claims

    def _saw(self, documents: Documents) -> None:
        claims = [(document.to_dict() or {}).get("claim") for document in documents]
        self._claims = frozenset(str(claim.get("id")) for claim in claims if isinstance(claim, dict))
