"""Every write that changes a task. Nothing else in Brushfire writes to `queue`.

The methods raise `Unreachable` when Firebase doesn't answer, and those of a held task `LostClaim` when it is
held no longer. What they do is in modules of their own: transitions (what changes), claims, holding (how a
write is fenced), sweep, submission, progress.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from contract.errors import InvalidTask, TaskError
from contract.events import Cancelled, Event, Failed, Finished, Rejected, Released, Rescheduled
from contract.task import Failure, NewTask, Progress, Result, Status, Task
from listener import holding, progress, submission, transitions
from listener.claims import Claims
from listener.clock import ServerClock
from listener.edge import Edge, server_errors
from listener.holding import HeldTask
from listener.logs import log_event
from listener.sweep import Sweep


class TaskQueue:
    """The queue, as one worker or one client sees it."""

    def __init__(
        self,
        db: firestore.Client,
        worker: str = "",
        *,
        lease_seconds: float = 30.0,
        retry_seconds: float = 10.0,
        tell: Callable[[Event], None] = log_event,
    ) -> None:
        self.clock = ServerClock()
        self.lease = timedelta(seconds=lease_seconds)
        self._edge = Edge(db, self.clock)
        self._retry = timedelta(seconds=retry_seconds)
        self._tell = tell
        self._claims = Claims(self._edge, worker, self.lease)
        self._sweep = Sweep(self._edge, tell)

    def submit(self, new: NewTask, task: str | None = None) -> str:
        """Put a task in the queue; returns its id.

        With an id of the caller's own, asking twice gives one task. Raises `InvalidTask` naming `id` if it is
        another task's.
        """
        with server_errors():
            return submission.submit(self._edge, new, task, self._tell)

    def get(self, task: str) -> Task | None:
        """A task as it is now, None if there is none; `InvalidTask` if its document is no task."""
        with server_errors():
            seen = self._edge.read(self._reference(task))
        if seen is None:
            return None
        if seen.fields is None:
            raise InvalidTask("task", "undecodable", "made of readable values")
        return Task.from_document(task, seen.fields)

    def cancel(self, task: str) -> Status | None:
        """Call a task off, as its owner may; returns what it is now, None if there is none.

        One that waits is cancelled at once; one that runs is asked to stop, and stays `running` until it has.
        """
        with server_errors():
            return submission.cancel(self._edge, self._reference(task), self._tell)

    def head(self, renderers: Sequence[str] = ()) -> Any:
        """The query for the line of waiting tasks, to be watched."""
        return self._claims.head(renderers)

    def claim(self, renderers: Sequence[str] = ()) -> HeldTask | None:
        """Take the first task in line, None if there is none; only of `renderers` if any are named."""
        with server_errors():
            return self._claims.take(renderers, self._tell)

    def renew(self, held: HeldTask) -> None:
        """Hold a task for another lease."""
        with server_errors():
            holding.write(self._edge, held, transitions.renewed(self.clock.now() + self.lease))

    def show(self, held: HeldTask, now: Progress) -> None:
        """Show how far a task is."""
        with server_errors():
            progress.write_progress(self._edge, held, now)

    def finish(self, held: HeldTask, result: Result) -> None:
        """The task is done."""
        self._end(held, transitions.done(result), Status.DONE)
        self._tell(Finished.build(held.id, held.claim, result))

    def fail(self, held: HeldTask, error: TaskError) -> datetime | None:
        """The attempt came to nothing: reject the task, fail it, or try again later, as the error says.

        Returns when it will be tried again, None if it won't.
        """
        if isinstance(error, InvalidTask):
            failure = Failure(code=error.code, message=error.message, field=error.field)
            self._end(held, transitions.rejected(failure), Status.REJECTED)
            self._tell(Rejected.build(held.id, held.claim, failure, held.attempt))
            return None
        again = error.retryable and held.attempt < held.max_attempts
        count = f" (attempt {held.attempt} of {held.max_attempts})" if error.retryable else ""
        failure = Failure(code=error.code, message=error.message + count, field=error.field, retryable=again)
        if not again:
            self._end(held, transitions.failed(failure), Status.FAILED)
            self._tell(Failed.build(held.id, held.claim, failure, held.attempt))
            return None
        now = self.clock.now()
        not_before = now + transitions.pause(held.attempt, self._retry)
        changes = transitions.rescheduled(failure, held.claim, now, not_before)
        self._end(held, changes, Status.SCHEDULED)
        self._tell(Rescheduled.build(held.id, held.claim, failure, held.attempt, not_before))
        return not_before

    def stop(self, held: HeldTask) -> None:
        """The task's owner called it off, and it has stopped."""
        self._end(held, transitions.cancelled(), Status.CANCELLED)
        self._tell(Cancelled.build(held.id, held.claim))

    def release(self, held: HeldTask) -> None:
        """Give a task back untouched: the attempt doesn't count."""
        self._end(held, transitions.released(held.attempt), Status.QUEUED)
        self._tell(Released.build(held.id, held.claim))

    def reap(self) -> datetime | None:
        """Put back tasks whose worker stopped answering; returns when the next lease may run out."""
        with server_errors():
            return self._sweep.reap()

    def promote(self) -> datetime | None:
        """Put scheduled tasks that are due back in line; returns when the next one is due."""
        with server_errors():
            return self._sweep.promote()

    def called_off(self) -> Any:
        """The query for waiting tasks that their owners called off, to be watched."""
        return self._sweep.called_off()

    def cancel_waiting(self) -> None:
        """Cancel waiting tasks that their owners called off: their turn may be far away."""
        with server_errors():
            self._sweep.cancel_waiting()

    def _end(self, held: HeldTask, changes: transitions.Changes, then: Status) -> None:
        with server_errors():
            holding.write(self._edge, held, changes, then)

    def _reference(self, task: str) -> Any:
        return self._edge.db.collection("queue").document(task)
