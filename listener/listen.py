"""`brushfire listen`: one listener from its start to its orderly end."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from contract.errors import Unreachable
from contract.events import WorkerStarted, WorkerStopped
from contract.task import WorkerState
from listener import logs
from listener.catalog import learn_options, publish_catalog
from listener.firebase import Firebase, connect
from listener.housekeeping import Housekeeping
from listener.presence import Presence
from listener.settings import Settings
from listener.storage import ResultStore
from listener.task_queue import TaskQueue
from listener.wakeups import Bell, Cancellations
from listener.worker import Shelf, Worker
from renderers.base import Weights

RETRY_SECONDS = 2.0
# A machine that is taken away gives 30 s at most.
LONGEST_DRAIN = 25.0
ENDINGS = (signal.SIGTERM, signal.SIGINT)


def listen(settings: Settings) -> int:
    """Claim, render and upload until SIGTERM or SIGINT; a second one ends the process at once.

    Returns the exit status. Raises `SetupError` for what this machine or the settings can't do.
    """
    logs.configure(settings.log)
    firebase = connect(settings)
    try:
        serve(settings, firebase, device_of(settings), models_of(settings.models), leave_on_signals)
    finally:
        firebase.close()
    return 0


def serve(
    settings: Settings,
    firebase: Firebase,
    device: str,
    models: Weights,
    ready: Callable[[Worker], None] = lambda worker: None,
) -> None:
    """A listener on what is given, until its worker, which is handed to `ready`, is told to drain."""
    learn_options(settings.renderers)
    queue = TaskQueue(
        firebase.db,
        settings.worker,
        lease_seconds=settings.lease_seconds,
        retry_seconds=settings.retry_seconds,
    )
    shelf = Shelf(device, models, settings.renderers)
    cancellations = Cancellations(firebase.db, settings.worker)
    housekeeping = Housekeeping(queue, settings.poll_seconds)
    presence = Presence(firebase.db, settings.worker, device, settings.renderers)
    bell = Bell(queue.head(shelf.served()), settings.poll_seconds)
    store = ResultStore(firebase.bucket, settings.storage_host)
    worker = Worker(queue, store, shelf, bell, cancellations, housekeeping, presence)
    ready(worker)
    presence.start()
    publish_when_reachable(firebase, settings, worker)
    cancellations.start()
    housekeeping.start()
    logs.log_event(WorkerStarted.build(settings.worker, device, list(settings.renderers)))
    try:
        worker.run()
        presence.now(WorkerState.DRAINING)
    finally:
        bell.stop(wait=True)
        housekeeping.stop()
        cancellations.stop()
        presence.stop()
        logs.log_event(WorkerStopped.build(settings.worker, worker.finished))


def leave_on_signals(worker: Worker) -> None:
    """The first SIGTERM or SIGINT drains, the second ends the process, whatever it is in the middle of."""

    def leave(number: int, frame: FrameType | None) -> None:
        # From here on the kernel acts by itself: a handler of ours would wait for a long tensor operation.
        for ending in ENDINGS:
            signal.signal(ending, signal.SIG_DFL)
        # In a thread, since this may have interrupted the worker while it held a lock that `drain` takes.
        threading.Thread(target=_drain, args=(worker,), name="drain", daemon=True).start()

    for ending in ENDINGS:
        signal.signal(ending, leave)


def _drain(worker: Worker) -> None:
    """Leave in order or, should that take too long, at once: the lease of what was held then runs out."""
    worker.drain()
    time.sleep(LONGEST_DRAIN)
    logs.log("drain_too_slow", logging.ERROR, seconds=LONGEST_DRAIN)
    os._exit(1)


def publish_when_reachable(firebase: Firebase, settings: Settings, worker: Worker) -> None:
    """Publish the catalog; a listener may start before its Firebase, and waits for it here."""
    while True:
        try:
            publish_catalog(firebase.db, settings.renderers)
            return
        except Unreachable as error:
            logs.log("queue_unreachable", logging.WARNING, error=str(error))
        if worker.leaves_within(RETRY_SECONDS):
            return


def device_of(settings: Settings) -> str:
    """The device on this machine that the settings mean. This is where torch is loaded."""
    from renderers.devices import resolve_device

    return resolve_device(settings.device)


def models_of(folder: Path | None) -> Weights:
    """The table of weights in a folder, or the one that comes with Brushfire."""
    from renderers.weights import ModelTable

    return ModelTable(folder) if folder else ModelTable()
