"""`brushfire listen`: one listener from its start to its orderly end."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

from contract.errors import Unreachable
from contract.events import WorkerStarted, WorkerStopped
from contract.task import WorkerState
from listener import logs
from listener.assembly import assemble
from listener.catalog import learn_options, publish_catalog
from listener.firebase import Firebase, connect
from listener.idleness import IdleExit
from listener.notices import PreemptionNotice
from listener.onlooker import Onlooker, telling
from listener.settings import Settings
from listener.shelf import Shelf
from listener.telemetry import start as start_telemetry
from listener.worker import Worker
from renderers.base import Weights

RETRY_SECONDS = 2.0
# A machine that is taken away gives 30 s at most. A step may be longer than that, or a line be down.
PATIENT_DRAIN, LONGEST_DRAIN = 20.0, 25.0
# Colab's interrupt button is a SIGINT; a closed terminal is a SIGHUP.
ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def listen(settings: Settings) -> int:
    """Claim, render and upload until SIGTERM or SIGINT; a second one ends the process at once.

    Returns the exit status. Raises `SetupError` for what this machine or the settings can't do.
    """
    logs.configure(settings.log)
    firebase = connect(settings)
    try:
        serve(settings, firebase, device_of(settings), models_of(settings), leave_on_signals)
    finally:
        firebase.close()
    return 0


def serve(
    settings: Settings,
    firebase: Firebase,
    device: str,
    models: Weights,
    ready: Callable[[Worker], None] = lambda worker: None,
    onlooker: Onlooker | None = None,
) -> None:
    """A listener on what is given, until its worker, which is handed to `ready`, is told to drain."""
    onlooker = onlooker or Onlooker()
    tell = telling(onlooker)
    learn_options(settings.renderers)
    telemetry = start_telemetry(settings.worker, settings.metrics_host, settings.metrics_port, settings.otlp)
    parts = assemble(settings, firebase, Shelf(device, models, settings.renderers), telemetry, onlooker)
    worker = parts.worker
    ready(worker)
    notice = PreemptionNotice(lambda: start_draining(worker)).start() if settings.spot else None
    idle = settings.idle_exit_seconds
    idle_exit = IdleExit(idle, parts.presence.idle_since, worker.drain).start() if idle else None
    parts.presence.start()
    publish_when_reachable(firebase, settings, worker)
    parts.cancellations.start()
    parts.housekeeping.start()
    tell(WorkerStarted.build(settings.worker, device, list(settings.renderers)))
    try:
        worker.run()
        parts.presence.now(WorkerState.DRAINING)
    finally:
        if notice is not None:
            notice.stop()
        if idle_exit is not None:
            idle_exit.stop()
        parts.stop()
        telemetry.stop()
        tell(WorkerStopped.build(settings.worker, worker.finished))


def leave_on_signals(worker: Worker) -> None:
    """The first SIGTERM or SIGINT drains, the second ends the process, whatever it is in the middle of."""

    def leave(number: int, frame: FrameType | None) -> None:
        # From here on the kernel acts by itself: a handler of ours would wait for a long tensor operation.
        for ending in ENDINGS:
            signal.signal(ending, signal.SIG_DFL)
        start_draining(worker)

    for ending in ENDINGS:
        signal.signal(ending, leave)


def start_draining(worker: Worker) -> None:
    """Leave, and within 25 s: in order, or else by giving back what is held and ending the process."""
    # In threads, since a signal may have interrupted the worker while it held a lock that `drain` takes.
    threading.Thread(target=worker.drain, name="drain", daemon=True).start()
    for seconds, then in ((PATIENT_DRAIN, worker.abandon), (LONGEST_DRAIN, _leave_at_once)):
        timer = threading.Timer(seconds, then)
        timer.daemon = True
        timer.start()


def _leave_at_once() -> None:
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


def models_of(settings: Settings) -> Weights:
    """The table of weights in the folder of the settings, or the one that comes with Brushfire."""
    from renderers.weights import MODELS_FOLDER, ModelTable

    return ModelTable(settings.models or MODELS_FOLDER, memory_mb=settings.model_memory_mb or None)
