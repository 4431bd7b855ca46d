"""A claimed task made ready to render: parsed, its pictures fetched, its checkpoint found."""

import dataclasses
from typing import Any

from contract.task import Task
from listener.checkpoint_file import fingerprint
from listener.checkpoints import Checkpoints, load_checkpoint
from listener.holding import HeldTask
from listener.inputs import fetch_inputs
from listener.lease import LeaseKeeper
from listener.onlooker import Onlooker
from listener.outage import Outages
from listener.patience import Patience
from listener.reporter import Reporter
from listener.seat import Furniture, Orders, Seat
from listener.seeds import seed_number
from listener.spool import Spool
from listener.storage import FileStore
from listener.task_queue import TaskQueue
from listener.telemetry import Telemetry
from renderers.base import Job


class Seating:
    """Gives each task what it needs until it is settled."""

    def __init__(
        self,
        queue: TaskQueue,
        store: FileStore,
        spool: Spool,
        orders: Orders,
        patience: Patience,
        outages: Outages,
        telemetry: Telemetry,
        onlooker: Onlooker | None = None,
    ) -> None:
        self._queue = queue
        self._store = store
        self._spool = spool
        self._orders = orders
        self._patience = patience
        self._outages = outages
        self._telemetry = telemetry
        self._onlooker = onlooker or Onlooker()

    def seat(self, held: HeldTask, claim_began: float) -> Seat:
        """A place for it: from here on its lease is kept."""
        lease = LeaseKeeper(self._queue, held, self._outages.queue).start()
        self._onlooker.took(held)
        return Seat(held, lease, self._telemetry.task(held, claim_began), self._onlooker)

    def furnish(self, seat: Seat) -> None:
        """Make it ready, waiting for Storage if need be.

        Raises `InvalidTask` naming what can't be rendered, `OSError` for a full disk, what `Seat.check`
        raises, and `Unreachable` if the worker leaves while Storage is away.
        """
        with seat.trace.stage("prepare"):
            task = seat.held.task()
            job, belongs_to = self._patience.insist(
                lambda: self._job(seat.held, task), self._outages.files, lambda: seat.check(self._orders)
            )
            held, outages = seat.held, self._outages
            seat.furniture = Furniture(
                task,
                job,
                self._spool.slot(),
                Checkpoints(self._store, self._queue, held, belongs_to, outages.files),
                lambda: Reporter(self._queue, held, outages.queue),
            )

    def _job(self, held: HeldTask, task: Task) -> tuple[Job[Any], str]:
        params = task.options()
        seed = seed_number(params.seed, task.id)
        inputs = fetch_inputs(self._store, task, params)
        job = Job(task.prompts(), params, seed, inputs.init_image, inputs.mask, inputs.image_prompts)
        belongs_to = fingerprint(task, seed)
        if task.checkpoint is not None:
            state = load_checkpoint(self._store, held.id, task.checkpoint.path, belongs_to)
            job = dataclasses.replace(job, resume=state)
        return job, belongs_to
