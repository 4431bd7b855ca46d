"""How a listener's parts are put together."""

import logging
import threading
import time
from dataclasses import dataclass

from listener.batches import Batches
from listener.bell import Bell
from listener.breaker import Breaker
from listener.colleagues import Colleagues
from listener.delivery import Delivery
from listener.firebase import Firebase
from listener.housekeeping import Housekeeping
from listener.logs import log
from listener.onlooker import Onlooker, telling
from listener.outage import Outages
from listener.patience import Patience
from listener.presence import Presence
from listener.seat import Orders
from listener.seating import Seating
from listener.settings import Settings
from listener.settling import Settling
from listener.shelf import Shelf
from listener.spool import Spool
from listener.storage import FileStore
from listener.task_queue import TaskQueue
from listener.telemetry import Telemetry
from listener.wakeups import Cancellations
from listener.worker import Worker
from renderers import memory

# What ends within this is waited for: a listener that leaves has 25 s for everything.
STOP_SECONDS = 8.0


@dataclass(frozen=True)
class Parts:
    """What has threads of its own, and the worker in the middle."""

    worker: Worker
    bell: Bell
    housekeeping: Housekeeping
    cancellations: Cancellations
    presence: Presence

    def stop(self) -> None:
        """End them all, the one that says so last. A watch of the library that won't end is left behind."""
        ends = {
            "bell": lambda: self.bell.stop(wait=True),
            "housekeeping": self.housekeeping.stop,
            "cancellations": self.cancellations.stop,
        }
        threads = [
            threading.Thread(target=end, name=f"stop {name}", daemon=True) for name, end in ends.items()
        ]
        for thread in threads:
            thread.start()
        until = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                log("stop_too_slow", logging.WARNING, part=thread.name)
        self.presence.stop()


def assemble(
    settings: Settings,
    firebase: Firebase,
    shelf: Shelf,
    telemetry: Telemetry,
    onlooker: Onlooker,
) -> Parts:
    """One listener's parts; nothing runs yet."""
    leaving, outages, tell = threading.Event(), Outages(), telling(onlooker)
    queue = TaskQueue(
        firebase.db,
        settings.worker,
        lease_seconds=settings.lease_seconds,
        retry_seconds=settings.retry_seconds,
        tell=tell,
    )
    store = FileStore(firebase.bucket, settings.storage_host)
    cancellations = Cancellations(firebase.db, settings.worker, queue.edge.bill)
    bell = Bell(queue, lambda: shelf.ask(batches.at_most), settings.poll_seconds)
    housekeeping = Housekeeping(queue, settings.poll_seconds, bell.desk, store.remove_below, outages.queue)
    presence = Presence(
        firebase.db,
        settings.worker,
        shelf.device,
        settings.renderers,
        queue.speeds.table,
        outages.queue,
        tell,
    )
    presence.tell(models=shelf.models_here())
    orders, patience = Orders(leaving.is_set, cancellations.include), Patience(leaving)
    spool, breaker = Spool(settings.state / "spool"), Breaker(settings.breaker)
    colleagues = Colleagues(firebase.db, settings.worker)
    seating = Seating(queue, store, spool, orders, patience, outages, telemetry, onlooker)
    site = f"{settings.project}@{settings.firestore_host or 'production'}"
    delivery = Delivery(queue, store, spool, site, orders, patience, outages)

    def offer() -> None:
        presence.tell(renderers=shelf.names, lacks=shelf.lacks())

    def lack(model: str) -> None:
        shelf.lack(model)
        offer()

    settling = Settling(queue, store, patience, outages.queue, breaker, housekeeping, colleagues.have, lack)
    batches = Batches(
        queue,
        shelf,
        seating,
        delivery,
        settling,
        orders,
        settings.batch,
        settings.checkpoint_seconds,
        offer,
    )
    telemetry.gauges(
        {
            "gpu.memory": lambda: memory.device_bytes(shelf.device),
            "breaker.open": lambda: breaker.open,
            "held": lambda: len(batches.held),
            "queue.depth": lambda: bell.standing.waiting,
            "billed.reads": lambda: queue.edge.bill.reads,
            "billed.writes": lambda: queue.edge.bill.writes,
        }
    )
    worker = Worker(shelf, bell, presence, batches, delivery, breaker, outages, leaving)
    return Parts(worker, bell, housekeeping, cancellations, presence)
