"""Keeping hold of a task for as long as it is worked on."""

import logging
import threading
import time
from types import TracebackType

from contract.errors import BrushfireError, LostClaim, Unreachable
from listener.holding import HeldTask
from listener.logs import log
from listener.outage import Outage
from listener.task_queue import TaskQueue

# A renderer that gives no sign of life for so long hangs; loading weights takes less.
STALLED_SECONDS = 1800.0
# Seconds between tries while the server is away: whoever is back first keeps the task, or puts it back.
SOON = 2.0
# Seconds that a task which is over waits for its last renewal.
PATIENCE = 5.0


class LeaseKeeper:
    """Renews a lease at half time, in a thread of its own: a long step of a renderer doesn't hold it up.

    When the claim is found to be lost, `lost` says why, and renewing stops. It also stops for a renderer
    that hangs, so that another worker gets the task.
    """

    def __init__(self, queue: TaskQueue, held: HeldTask, outage: Outage) -> None:
        self._alive = time.monotonic()
        self._outage = outage
        self.lost: LostClaim | None = None
        self._queue = queue
        self._held = held
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease {held.id}", daemon=True)

    def start(self) -> "LeaseKeeper":
        """Keep it from now on."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Keep it no longer; returns when the last renewal is over, unless the server is away."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def __enter__(self) -> "LeaseKeeper":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def alive(self) -> None:
        """The renderer has just given a sign of life."""
        self._alive = time.monotonic()

    def _keep(self) -> None:
        # The first may be shorter: that of an offer, which nobody knows to be taken.
        pause = (self._held.claim.lease_until - self._held.claim.at).total_seconds() / 2
        half = self._held.lease.total_seconds() / 2
        while not self._stop.wait(pause):
            if time.monotonic() - self._alive > STALLED_SECONDS:
                log("stalled", logging.ERROR, task=self._held.id, seconds=STALLED_SECONDS)
                self.lost = LostClaim(f"{self._held.id} made no step for {STALLED_SECONDS:.0f} s")
                return
            try:
                self._queue.renew(self._held)
                self._outage.over()
                pause = half
            except LostClaim as lost:
                self.lost = lost
                return
            except Unreachable as error:
                # Try again, also without any lease left: until somebody else takes it, the task is ours.
                self._outage.met(error)
                pause = min(half / 5, SOON)
            except BrushfireError as error:
                log("renew_failed", logging.WARNING, task=self._held.id, error=str(error))
                pause = half / 5
