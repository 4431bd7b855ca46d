"""A whole Brushfire in one thread: machines whose listeners die and come back, and people who ask.

The listeners are the real ones, from `serve` down to Google's clients. Simulated are time, threads and the
network; the servers at its other end are the local Firebase's own Firestore and store of objects.
"""

from __future__ import annotations

import dataclasses
import logging
import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import renderers
from emulator.firestore.access import AllowAll
from emulator.firestore.service import Firestore
from emulator.meter import Meter
from emulator.storage.store import ObjectStore
from listener import firebase
from listener.firebase import Firebase, connect
from listener.listen import serve, start_draining
from listener.settings import Settings
from listener.spool import Entry, Slot
from listener.task_queue import TaskQueue
from listener.worker import Worker
from tests.faults import patches
from tests.faults.bucket import Adapter, BucketServer
from tests.faults.channel import Channel
from tests.faults.event_loop import VirtualLoop
from tests.faults.ledger import Ledger
from tests.faults.network import Network
from tests.faults.people import People
from tests.faults.plan import Phase, Plan, Seeded
from tests.faults.renderer import NoWeights
from tests.faults.virtual import EPOCH, Process, Scheduler
from tests.faults.whole import wrong_with

OWNER = "owner"
SKEW = 300.0
# Threads of Google's library that end by raising what ended their stream.
ENDS_BY_ERROR = {"Thread-OnRpcTerminated"}
ENVIRONMENT = {
    "FIRESTORE_EMULATOR_HOST": "firestore.invalid:1",
    "STORAGE_EMULATOR_HOST": "storage.invalid:1",
    "GOOGLE_CLOUD_PROJECT": "demo-faults",
    "BRUSHFIRE_DEVICE": "cpu",
    "BRUSHFIRE_RENDERERS": "pixeldraw",
    "BRUSHFIRE_CHECKPOINT_SECONDS": "5",
}


@dataclass(frozen=True)
class Size:
    """How much there is to do, and by how many."""

    tasks: int = 100
    machines: int = 4
    # Seconds of virtual time over which tasks are submitted, and listeners are killed and stopped.
    troubled: float = 240.0
    # Then nothing goes wrong any more, and every task must come to its end within so long.
    patience: float = 3600.0


class World:
    """One run. `run` it, then ask the ledger."""

    def __init__(self, seed: object, size: Size, plan: Plan, folder: Path) -> None:
        self.seed = seed
        self.size = size
        self.plan = plan
        self.scheduler = Scheduler(seed)
        self.ledger = Ledger(lambda: EPOCH + self.scheduler.now, {OWNER})
        self.kills = 0
        self.stops = 0
        self._folder = folder
        self._chance = random.Random(f"{seed} world")
        self._common = Settings.from_environment(ENVIRONMENT)
        self._loop = VirtualLoop(self.scheduler)  # type: ignore[abstract]  # as much of one as is called
        self._network = Network(self.scheduler, plan)
        self._people = People(self.scheduler, self._chance, size.tasks, size.troubled)
        self._leaving = False
        self._incarnations: dict[str, int] = {}
        self._processes: list[Process] = []
        self._workers: dict[str, tuple[Process, Worker]] = {}

    def run(self) -> None:
        """Let it all happen; the ledger then holds what went wrong."""
        with patches.virtual(self.scheduler), patches.replaced(Slot, "keep", self._keeping(Slot.keep)):
            self._firestore = Firestore(self._folder / "firestore", AllowAll(), Meter(), self.ledger)
            self._store = ObjectStore(self._folder / "objects")
            self._server = BucketServer(self._store, self.ledger)
            try:
                self._run()
            finally:
                self.scheduler.close()
                self._firestore.close()
                self._store.close()

    def _run(self) -> None:
        scheduler = self.scheduler
        owner = Process(OWNER, skew=self._chance.uniform(-SKEW, SKEW))
        self._processes.append(owner)
        queue = TaskQueue(self._connect(owner, "owner").db, tell=lambda event: None)
        self._people.start(owner, queue)
        for machine in range(self.size.machines):
            self._boot(f"w{machine}")
        settled = scheduler.run(self._settled, self.size.troubled + self.size.patience)
        if settled:
            # Zombies and late messages still have their say.
            scheduler.run(lambda: False, scheduler.now + 200.0)
            self._leave()
            scheduler.run(lambda: False, scheduler.now + 60.0)
        for process in self._processes:
            for thread, error in process.errors:
                if thread not in ENDS_BY_ERROR:
                    raise AssertionError(f"{thread} of {process.name} died of {error!r}") from error
        self.ledger.close(self._people.submitted, self._people.called_off, wrong_with)

    def _settled(self) -> bool:
        ledger = self.ledger
        return len(self._people.submitted) >= self.size.tasks and ledger.finished == len(ledger.tasks)

    def _boot(self, machine: str) -> None:
        """Start a machine's listener, and see to it that it meets its fate."""
        number = self._incarnations[machine] = self._incarnations.get(machine, 0) + 1
        process = Process(
            f"{machine}.{number}",
            skew=self._chance.uniform(-SKEW, SKEW),
            booted=self._chance.uniform(0.0, 1e6),
        )
        self._processes.append(process)
        process.on_death.append(lambda: self._died(machine))
        self.scheduler.spawn(process, "main", lambda: self._listen(process, machine))
        if isinstance(self.plan, Seeded):
            self._doom(process)

    def _doom(self, process: Process) -> None:
        """Decide when this process will be killed, stopped for a while, or told to leave."""
        chance, now, calm = self._chance, self.scheduler.now, self.size.troubled
        at = now + chance.expovariate(1 / 80.0)
        if at >= calm:
            return
        fate = chance.choice(["kill", "stop", "stop", "drain", "clock"])
        if fate == "kill":
            self.scheduler.call_at(at, process.kill)
        elif fate == "drain":
            self.scheduler.call_at(at, self._drain, process)
        elif fate == "clock":
            self.scheduler.call_at(at, self._set_clock, process)
        else:
            self.scheduler.call_at(at, self._stop, process)
            self.scheduler.call_at(at + chance.choice([5.0, 40.0, 100.0]), process.thaw)
            self.scheduler.call_at(at + 101.0, self._doom, process)

    def _stop(self, process: Process) -> None:
        if not process.dead:
            self.stops += 1
            process.freeze()

    def _listen(self, process: Process, machine: str) -> None:
        settings = self._settings(process.name, machine)
        connected = self._connect(process, process.name)
        serve(settings, connected, "cpu", NoWeights(), lambda worker: self._started(process, worker))
        process.kill()

    def _started(self, process: Process, worker: Worker) -> None:
        self._workers[process.name] = process, worker

    def _died(self, machine: str) -> None:
        if not self._leaving:
            self.kills += 1
            self.scheduler.call_later(self._chance.uniform(0.5, 10.0), self._boot, machine)

    def _keeping(self, keep: Callable[[Slot, Entry], None]) -> Callable[[Slot, Entry], None]:
        """Putting a finished render on disk, with the chance to die before it and after."""

        def labelled(slot: Slot, entry: Entry) -> None:
            process, now = self.scheduler.process, self.scheduler.now
            fate = self.plan.call(process, "kept on disk", now)
            if fate.kill is Phase.BEFORE:
                self.scheduler.die()
            keep(slot, entry)
            if fate.kill is not None:
                self.scheduler.die()

        return labelled

    def _drain(self, process: Process) -> None:
        if process.name in self._workers and not process.dead:
            worker = self._workers[process.name][1]
            self.scheduler.spawn(process, "signal", lambda: start_draining(worker))

    def _set_clock(self, process: Process) -> None:
        process.skew = self._chance.uniform(-SKEW, SKEW)

    def _leave(self) -> None:
        self._leaving = True
        for process, _ in list(self._workers.values()):
            self._drain(process)

    def _settings(self, worker: str, machine: str) -> Settings:
        state = self._folder / machine
        state.mkdir(exist_ok=True)
        return dataclasses.replace(self._common, worker=worker, state=state)

    def _connect(self, process: Process, product: str) -> Firebase:
        """Google's clients, on a simulated line."""
        line = Channel(self._network, self._loop, self._firestore, product)
        settings = self._settings(product.replace(" ", "-"), process.name)
        with patches.replaced(firebase._FirestoreClient, "_channel", lambda client: line):
            connected = connect(settings)
            connected.db._firestore_api  # noqa: B018  # made now, while the channel is ours to choose
        adapter = Adapter(self._network, self._loop, self._server, product)
        connected.bucket.client._http.mount("http://", adapter)
        connected.bucket.client._http.trust_env = False  # no proxies to be looked for at each request
        return connected


def run(seed: object, size: Size = Size(), plan: Plan | None = None) -> World:
    """One seed, from beginning to end. The same seed gives the same run."""
    folder = Path(tempfile.mkdtemp(prefix="brushfire-faults-", dir=patches.scratch()))
    entry = renderers.Entry("tests.faults.renderer:Patches", "")
    before = renderers.RENDERERS["pixeldraw"]
    renderers.RENDERERS["pixeldraw"] = entry
    logging.disable(logging.CRITICAL)
    try:
        world = World(seed, size, plan or Seeded(seed, size.troubled), folder)
        world.run()
    finally:
        logging.disable(logging.NOTSET)
        renderers.RENDERERS["pixeldraw"] = before
        shutil.rmtree(folder, ignore_errors=True)
    return world


def command(world: World) -> str:
    """What runs this very seed again."""
    size = world.size
    return (
        f"PYTHONHASHSEED=0 python -m tests.faults {world.seed} --tasks {size.tasks} "
        f"--machines {size.machines} --troubled {size.troubled:g}"
    )
