"""`workers/{worker}`: that this listener is there, what it serves, and how fast it is.

For people, and for the listener at the desk, to look at; so few writes. What a worker renders at the moment
is in the claims of the tasks, which are written anyway.
"""

import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from google.cloud import firestore
from google.cloud.firestore import DELETE_FIELD, SERVER_TIMESTAMP

from contract.errors import BrushfireError, Unreachable
from contract.events import Event, WorkerChanged
from contract.task import Worker, WorkerState
from listener import VERSION
from listener.edge import server_errors
from listener.logs import log, log_event
from listener.outage import Outage

# That it comes and goes is said at once, after a moment in which it may come to more; all else in time.
MOMENT = 0.3
HEARTBEAT_SECONDS = 240.0
# How long a leaving worker waits to say so.
FAREWELL_SECONDS = 5.0
# A worker that fails everything draws as little as one that has nothing to do.
RESTING = (WorkerState.IDLE, WorkerState.BROKEN)


class Presence:
    """Writes what the worker does, from a thread of its own; failing to is no reason to stop rendering."""

    def __init__(
        self,
        db: firestore.Client,
        name: str,
        device: str,
        renderers: Sequence[str],
        seconds: Callable[[], Mapping[str, float]] = dict,
        outage: Outage | None = None,
        tell: Callable[[Event], None] = log_event,
    ) -> None:
        """`seconds` gives the measured seconds a task by `renderer/quality`."""
        self._seconds = seconds
        self._outage = outage or Outage("queue")
        self._tell = tell
        self._reference = db.collection("workers").document(name)
        self._name = name
        self._device = device
        self._renderers = list(renderers)
        self._state: tuple[WorkerState, str | None] = (WorkerState.STARTING, None)
        self._idle_since: float | None = None
        self._written: tuple[WorkerState, str | None] | None = None
        self._lacks: list[str] = []
        self._models: list[str] = []
        self._note: str | None = None
        self._news = self._here = False
        self._changed = threading.Condition()
        self._leaving = False
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self) -> None:
        """Say that the worker is there."""
        self._thread.start()

    def now(self, state: WorkerState, task: str | None = None) -> None:
        """The worker does something else now."""
        with self._changed:
            if self._state == (state, task):
                return
            self._state = (state, task)
            if state not in RESTING:
                self._idle_since = None
            elif self._idle_since is None:
                self._idle_since = time.monotonic()
            self._changed.notify()
        self._tell(WorkerChanged.build(self._name, state, task))

    def idle_since(self) -> float | None:
        """Since when, by the monotonic clock, nothing is rendered; None while something is."""
        return self._idle_since

    def tell(
        self,
        *,
        renderers: Sequence[str] | None = None,
        models: Sequence[str] | None = None,
        lacks: Collection[str] | None = None,
        note: str | None = None,
    ) -> None:
        """What this worker can do is something else now; `note` says why it claims nothing."""
        with self._changed:
            self._renderers = self._renderers if renderers is None else list(renderers)
            self._models = self._models if models is None else sorted(models)
            self._lacks = self._lacks if lacks is None else sorted(lacks)
            self._note, self._news = note, True
            self._changed.notify()

    def stop(self) -> None:
        """Say that the worker is gone; returns when that is written, or can't be."""
        with self._changed:
            self._state, self._leaving = (WorkerState.STOPPED, None), True
            self._changed.notify()
        self._thread.join(FAREWELL_SECONDS)

    def _run(self) -> None:
        wait = MOMENT
        while True:
            with self._changed:
                self._changed.wait_for(self._coming_or_going, timeout=wait)
                state, leaving = self._state, self._leaving
                self._written, self._news = state, False
            self._write(*state)
            if leaving:
                return
            wait = HEARTBEAT_SECONDS * random.uniform(0.9, 1.1)

    def _coming_or_going(self) -> bool:
        """Whether there is something to say that can't wait."""
        draining = self._state[0] is WorkerState.DRAINING and self._state != self._written
        started = self._written == (WorkerState.STARTING, None) != self._state
        return self._leaving or draining or started or self._news

    def _write(self, state: WorkerState, task: str | None) -> None:
        worker = Worker(
            host=socket.gethostname(),
            device=self._device,
            renderers=self._renderers,
            models=self._models,
            lacks=self._lacks,
            state=state,
            version=VERSION,
            seconds=dict(self._seconds()),
        )
        # By its coming, whoever holds the desk notices a worker that is new.
        coming = {} if self._here else {"since": SERVER_TIMESTAMP}
        fields = (
            worker.fields()
            | coming
            | {
                "state": state.value,
                "task": DELETE_FIELD if task is None else task,
                "note": DELETE_FIELD if self._note is None else self._note,
                "last_seen": SERVER_TIMESTAMP,
            }
        )
        try:
            with server_errors():
                self._reference.set(fields, merge=True)
            self._here = True
            self._outage.over()
        except Unreachable as error:
            self._outage.met(error)
        except BrushfireError as error:
            log("presence_failed", logging.WARNING, worker=self._name, error=str(error))
