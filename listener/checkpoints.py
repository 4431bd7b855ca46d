"""A task's checkpoints: found when it is claimed, saved while it renders, removed when it is over.

Files lie under `checkpoints/{task}/{epoch}/`, so that a worker of the past writes beside the ones that count,
and the task's document names the one that does, which only the claimant can change.
"""

import logging
import threading

from contract.errors import BrushfireError, LostClaim, TaskError, Unreachable
from listener.checkpoint_file import BadCheckpoint, decode, encode
from listener.holding import HeldTask
from listener.logs import log
from listener.outage import Outage
from listener.storage import FileStore
from listener.task_queue import TaskQueue
from renderers.base import State


def folder_of(task: str) -> str:
    """Where a task's checkpoints lie."""
    return f"checkpoints/{task}/"


def load_checkpoint(store: FileStore, task: str, path: str, belongs_to: str) -> State | None:
    """The state to go on from. One that is damaged, foreign or gone is dropped, and the log says so."""
    try:
        if not path.startswith(folder_of(task)):
            raise BadCheckpoint("it is no checkpoint of this task")
        found = store.find(path)
        data = store.fetch(found) if found is not None else None
        if data is None:
            raise BadCheckpoint("it is gone")
        state = decode(data, belongs_to)
    except (BadCheckpoint, TaskError, Unreachable) as error:
        log("checkpoint_dropped", logging.WARNING, task=task, path=path, error=str(error))
        return None
    log("resumed", task=task, path=path, step=state.get("step"))
    return state


class Checkpoints:
    """Saves the states of one task, in a thread of its own: the render goes on meanwhile."""

    def __init__(
        self, store: FileStore, queue: TaskQueue, held: HeldTask, belongs_to: str, outage: Outage
    ) -> None:
        self.lost: LostClaim | None = None
        self._store = store
        self._queue = queue
        self._held = held
        self._belongs_to = belongs_to
        self._outage = outage
        self._waiting: tuple[int, bytes] | None = None
        self._changed = threading.Condition()
        self._busy = False
        self._stopped = False
        self._saved = 0
        self._thread: threading.Thread | None = None

    def save(self, state: State, step: int) -> None:
        """Keep this state, in place of any before it. One that can't be kept is logged, never raised."""
        try:
            data = encode(state, self._belongs_to)
        except BadCheckpoint as error:
            log("checkpoint_failed", logging.ERROR, task=self._held.id, error=str(error))
            return
        with self._changed:
            self._waiting = (step, data)
            self._changed.notify_all()
        if self._thread is None:
            name = f"checkpoints {self._held.id}"
            self._thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._thread.start()

    def flush(self, seconds: float) -> bool:
        """Wait until the last state is saved; whether there was time enough."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting is None and not self._busy, seconds)

    def stop(self) -> None:
        """Save no more; returns when the last upload is over."""
        with self._changed:
            self._stopped, self._waiting = True, None
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def clear(self) -> None:
        """Delete them all: the task is over. To be called by its last claimant alone."""
        if self._saved or self._held.claim.epoch > 1:
            self._sweep(but=None)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._stopped or self._waiting is not None)
                if self._waiting is None:
                    return
                (step, data), self._waiting, self._busy = self._waiting, None, True
            self._keep(step, data)

    def _keep(self, step: int, data: bytes) -> None:
        path = f"{folder_of(self._held.id)}{self._held.claim.epoch}/{step}.npz"
        try:
            self._store.keep(path, data)
            self._saved += 1
            self._queue.keep(self._held, path, step)
        except LostClaim as lost:
            self.lost = lost
            return
        except Unreachable as error:
            self._outage.met(error)
            return
        except BrushfireError as error:
            log("checkpoint_failed", logging.WARNING, task=self._held.id, error=str(error))
            return
        log("checkpoint", task=self._held.id, epoch=self._held.claim.epoch, step=step, bytes=len(data))
        self._sweep(but=path)

    def _sweep(self, but: str | None) -> None:
        try:
            self._store.remove_below(folder_of(self._held.id), but)
        except BrushfireError as error:
            log("checkpoints_left", logging.WARNING, task=self._held.id, error=str(error))
