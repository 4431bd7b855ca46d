"""What becomes of a task that gave no result, said to the queue."""

import logging
from collections.abc import Callable

from contract.errors import (
    BrushfireError,
    Cancelled,
    Draining,
    Interrupted,
    InvalidTask,
    LostClaim,
    SetupError,
    TaskError,
    Unexpected,
    Unreachable,
    WeightsError,
)
from contract.events import Lost
from contract.task import Status
from listener.breaker import Breaker
from listener.holding import HeldTask
from listener.housekeeping import Housekeeping
from listener.logs import log, log_event
from listener.outage import Outage
from listener.patience import Patience
from listener.storage import FileStore
from listener.task_queue import TaskQueue
from listener.telemetry import TaskTrace
from renderers.memory import forget


class Settling:
    """Ends a task's stay with this worker, whatever ended it."""

    def __init__(
        self,
        queue: TaskQueue,
        store: FileStore,
        patience: Patience,
        outage: Outage,
        breaker: Breaker,
        housekeeping: Housekeeping,
        elsewhere: Callable[[str], bool],
        lack: Callable[[str], None],
    ) -> None:
        """`elsewhere` tells whether another listener has a model; `lack` leaves its tasks to them."""
        self._queue = queue
        self._store = store
        self._patience = patience
        self._outage = outage
        self._breaker = breaker
        self._housekeeping = housekeeping
        self._elsewhere = elsewhere
        self._lack = lack

    def settle(self, held: HeldTask, error: Exception, trace: TaskTrace) -> str:
        """Say it until it is heard; returns, and traces, what became of the task. Never raises."""
        task_error = self._understood(held, error)
        forget(error)
        try:
            outcome = self._patience.insist(lambda: self._say(held, task_error), self._outage)
        except LostClaim as lost:
            outcome = self._after_loss(held)
            if outcome == "lost":
                log_event(Lost.build(held.id, held.claim, str(lost)))
        except BrushfireError as unheard:
            # The lease runs out, and another takes the task.
            log("unsaid", logging.WARNING, task=held.id, epoch=held.claim.epoch, error=str(unheard))
            outcome = "unsaid"
        if outcome in ("cancelled", "lost"):
            self.clean(f"results/{held.id}/{held.claim.epoch}/")
        trace.end(outcome)
        return outcome

    def succeeded(self) -> None:
        """A task was rendered, and its result taken."""
        self._breaker.succeeded()

    def clean_attempts(self, held: HeldTask) -> None:
        """A task is done: what attempts before this one have uploaded is of no use to anybody."""
        if held.claim.epoch > 1:
            self.clean(f"results/{held.id}/", but=f"results/{held.id}/{held.claim.epoch}/")

    def release(self, held: HeldTask) -> None:
        """Once, and whether or not it is heard."""
        try:
            self._queue.release(held)
        except BrushfireError as error:
            log("unsaid", logging.WARNING, task=held.id, epoch=held.claim.epoch, error=str(error))

    def clean(self, folder: str, but: str | None = None) -> None:
        """Delete what was uploaded for nothing; what can't be deleted now is left to the retention."""
        try:
            self._store.remove_below(folder, but)
        except BrushfireError as error:
            log("files_left", logging.WARNING, folder=folder, error=str(error))

    def _after_loss(self, held: HeldTask) -> str:
        """What is behind a lost claim: the task may be done, by a finish whose answer never came.

        Then its files are those of its result, and nobody may delete them.
        """
        try:
            task = self._queue.get(held.id)
        except BrushfireError:
            return "unsaid"
        claim = None if task is None or task.status is not Status.DONE else task.claim
        return "done" if claim is not None and claim.epoch == held.claim.epoch else "lost"

    def _understood(self, held: HeldTask, error: Exception) -> BrushfireError:
        """An error as one of ours; what nobody foresaw is logged in full."""
        if isinstance(error, WeightsError) and error.key is not None and self._leaves_to_others(error.key):
            return SetupError(f"{error}; another listener has it")
        if isinstance(error, TaskError | Interrupted | SetupError | Unreachable):
            return error
        log("unexpected", logging.ERROR, exc_info=error, task=held.id, epoch=held.claim.epoch)
        return Unexpected(f"{type(error).__name__}: {error}"[:500])

    def _leaves_to_others(self, model: str) -> bool:
        """Whether others have it. That is kept in mind before its task is given back, and seen again."""
        try:
            elsewhere = self._elsewhere(model)
        except BrushfireError:
            elsewhere = True  # nobody knows: the task waits for better times
        if elsewhere:
            self._lack(model)
        return elsewhere

    def _say(self, held: HeldTask, error: BrushfireError) -> str:
        """Once; what the task is from now on."""
        if isinstance(error, LostClaim):
            raise error
        if isinstance(error, Cancelled):
            self._queue.stop(held)
            return "cancelled"
        if isinstance(error, TaskError):
            return self._failed(held, error)
        if not isinstance(error, Draining):
            log("passed_on", logging.WARNING, task=held.id, epoch=held.claim.epoch, error=str(error))
        self._queue.release(held)
        return "released"

    def _failed(self, held: HeldTask, error: TaskError) -> str:
        again = self._queue.fail(held, error)
        if self._breaker.failed(held.id, error):
            log("breaker_open", logging.ERROR, worker=held.claim.worker, error=self._breaker.reason)
        if again is not None:
            self._housekeeping.expect(again)
            return "rescheduled"
        return "failed" if not isinstance(error, InvalidTask) else "rejected"
