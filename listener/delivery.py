"""From a render that is done to a task that is: on disk, in Storage, in the queue, however long that takes.

The files are kept on this machine's disk first. Should Firebase be away, or this process die, they are
delivered later, by this listener or another of this machine, if the claim still holds then.
"""

from collections.abc import Callable
from pathlib import Path

from contract.errors import Unreachable
from contract.task import Result, StoredFile
from listener.holding import HeldTask
from listener.lease import LeaseKeeper
from listener.logs import log
from listener.outage import Outages
from listener.patience import Patience
from listener.results import Packed, pack, recipe_of, upload
from listener.seat import Orders, Seat
from listener.spool import Entry, Slot, Spool
from listener.storage import FileStore
from listener.task_queue import TaskQueue
from listener.telemetry import TaskTrace
from renderers.base import Rendering

# Tells the queue that a task is done; returns what was claimed in the same commit.
Finish = Callable[[HeldTask, Result], list[HeldTask]]


class Delivery:
    """Brings results to where they belong."""

    def __init__(
        self,
        queue: TaskQueue,
        store: FileStore,
        spool: Spool,
        site: str,
        orders: Orders,
        patience: Patience,
        outages: Outages,
    ) -> None:
        self._queue = queue
        self._store = store
        self._spool = spool
        self._site = site
        self._orders = orders
        self._patience = patience
        self._outages = outages

    def keep(self, seat: Seat, rendering: Rendering, seconds: float) -> Packed:
        """Put a finished render on disk. Raises `RenderFailed` for one without a picture, `OSError`."""
        ready = seat.ready
        recipe = recipe_of(ready.task, ready.job.seed, rendering)
        film = seat.film.close(recipe) if seat.film is not None else None
        packed = pack(ready.slot.folder, recipe, rendering, film, seconds)
        entry = Entry(
            site=self._site,
            task=seat.held.id,
            claim=seat.held.claim,
            packed=packed,
        )
        ready.slot.keep(entry)
        seat.kept = True
        return packed

    def deliver(self, seat: Seat, folder: Path, packed: Packed, finish: Finish) -> list[HeldTask]:
        """Upload and finish, waiting for as long as Firebase is away; returns what was claimed next.

        Raises `LostClaim`, `Cancelled` or `UploadFailed`, and `Unreachable` if the worker leaves meanwhile.
        """

        def check() -> None:
            seat.lease.alive()
            seat.check(self._orders)

        check()
        held, stored = seat.held, dict[str, StoredFile]()
        destination = f"results/{held.id}/{held.claim.epoch}"
        owner = str(held.fields.get("uid") or "")
        with seat.trace.stage("upload"):
            result = self._patience.insist(
                lambda: upload(self._store, packed, folder, destination, stored, owner),
                self._outages.files,
                check,
            )
        check()
        with seat.trace.stage("finish"):
            return self._patience.insist(lambda: finish(held, result), self._outages.queue, seat.lease.alive)

    def deliver_left_behind(self) -> int:
        """Deliver what dead processes of this machine had rendered; returns how many tasks that finished."""
        delivered = 0
        for slot in self._spool.left_behind():
            entry = slot.entry()
            if entry is None or entry.site != self._site:
                slot.leave()
                continue
            try:
                delivered += self._again(slot, entry)
            except Unreachable:
                slot.leave()  # told to leave while Firebase is away: the next one tries again
        return delivered

    def _again(self, slot: Slot, entry: Entry) -> bool:
        try:
            held = self._patience.insist(
                lambda: self._queue.hold_again(entry.task, entry.claim), self._outages.queue
            )
            with LeaseKeeper(self._queue, held, self._outages.queue) as lease:
                self.deliver(Seat(held, lease, TaskTrace()), slot.folder, entry.packed, self._finish)
        except Unreachable:
            raise
        except Exception as error:
            log("left_behind_dropped", task=entry.task, epoch=entry.claim.epoch, error=str(error))
            slot.drop()
            return False
        log("left_behind_delivered", task=entry.task, epoch=entry.claim.epoch)
        slot.drop()
        return True

    def _finish(self, held: HeldTask, result: Result) -> list[HeldTask]:
        self._queue.finish(held, result)
        return []
