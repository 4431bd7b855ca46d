"""`workers/{worker}`: that this listener is there, and what it does. For people to look at, so few writes."""

import logging
import socket
import threading
import time
from collections.abc import Sequence

from google.cloud import firestore
from google.cloud.firestore import DELETE_FIELD, SERVER_TIMESTAMP

from contract.errors import BrushfireError
from contract.events import WorkerChanged
from contract.task import Worker, WorkerState
from listener import VERSION
from listener.edge import server_errors
from listener.logs import log, log_event

# A change is written at once, unless another was written a moment ago: then what it came to in the end.
SECONDS_BETWEEN = 10.0
HEARTBEAT_SECONDS = 240.0
# How long a leaving worker waits to say so.
FAREWELL_SECONDS = 5.0


class Presence:
    """Writes what the worker does, from a thread of its own; failing to is no reason to stop rendering."""

    def __init__(self, db: firestore.Client, name: str, device: str, renderers: Sequence[str]) -> None:
        self._reference = db.collection("workers").document(name)
        self._name = name
        self._device = device
        self._renderers = list(renderers)
        self._state: tuple[WorkerState, str | None] = (WorkerState.STARTING, None)
        self._written: tuple[WorkerState, str | None] | None = None
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
            self._changed.notify()
        log_event(WorkerChanged.build(self._name, state, task))

    def stop(self) -> None:
        """Say that the worker is gone; returns when that is written, or can't be."""
        with self._changed:
            self._state, self._leaving = (WorkerState.STOPPED, None), True
            self._changed.notify()
        self._thread.join(FAREWELL_SECONDS)

    def _run(self) -> None:
        last = -SECONDS_BETWEEN
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._leaving or self._state != self._written, timeout=HEARTBEAT_SECONDS
                )
                self._changed.wait_for(
                    lambda: self._leaving, timeout=max(0.0, last + SECONDS_BETWEEN - time.monotonic())
                )
                state, leaving = self._state, self._leaving
            self._write(*state)
            last, self._written = time.monotonic(), state
            if leaving:
                return

    def _write(self, state: WorkerState, task: str | None) -> None:
        worker = Worker(
            host=socket.gethostname(),
            device=self._device,
            renderers=self._renderers,
            state=state,
            version=VERSION,
        )
        fields = worker.fields() | {
            "state": state.value,
            "task": DELETE_FIELD if task is None else task,
            "last_seen": SERVER_TIMESTAMP,
        }
        try:
            with server_errors():
                self._reference.set(fields, merge=True)
        except BrushfireError as error:
            log("presence_failed", logging.WARNING, worker=self._name, error=str(error))
