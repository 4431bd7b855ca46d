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
from contract.task import Checkpoint, Claim, Failure, NewTask, Progress, Result, Status, Task
from listener import holding, operating, progress, pruning, submission, transitions
from listener.claims import Claims, rank_of
from listener.clock import ServerClock
from listener.edge import Edge, server_errors
from listener.holding import HeldTask
from listener.logs import log_event
from listener.order import Ask
from listener.speeds import Speeds
from listener.sweep import Sweep

ANYTHING = Ask()


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
        """`lease_seconds` is the shortest lease: that of a task of which nobody knows how long it takes."""
        self.clock = ServerClock()
        self.worker = worker
        self.lease = timedelta(seconds=lease_seconds)
        self.speeds = Speeds()
        self.edge = Edge(db, self.clock)
        self._retry = timedelta(seconds=retry_seconds)
        self.tell = tell
        self.claims = Claims(self.edge, worker, self.lease, self.speeds, tell)
        self._sweep = Sweep(self.edge, tell)

    def submit(self, new: NewTask, task: str | None = None, ahead: timedelta = submission.NOT_AHEAD) -> str:
        """Put a task in the queue, an operator's `ahead` of those that come now; returns its id.

        With an id of the caller's own, asking twice gives one task. Raises `InvalidTask` naming `id` if it is
        another task's.
        """
        with server_errors():
            return submission.submit(self.edge, new, task, self.tell, ahead)

    def get(self, task: str) -> Task | None:
        """A task as it is now, None if there is none; `InvalidTask` if its document is no task."""
        with server_errors():
            seen = self.edge.read(self._reference(task))
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
            return submission.cancel(self.edge, self._reference(task), self.tell)

    def redrive(self, task: str) -> Status | None:
        """Put a failed task back in line; returns what it is now, None if there is none."""
        with server_errors():
            return operating.redrive(self.edge, self._reference(task))

    def failed(self) -> list[str]:
        """The ids of all failed tasks, a read for each."""
        with server_errors():
            return operating.failed(self.edge)

    def prioritise(self, task: str, ahead: timedelta) -> Status | None:
        """Let a waiting task stand so far ahead of those that come now; returns what it is, None for none."""
        with server_errors():
            return operating.prioritise(self.edge, self._reference(task), ahead)

    def prune(self, remove_below: Callable[[str], object]) -> datetime | None:
        """Delete what was kept long enough, files first; returns when the next task is due."""
        with server_errors():
            return pruning.prune(self.edge, remove_below)

    def head(self, renderers: Sequence[str] = ()) -> Any:
        """The query for the line of waiting tasks, to be watched."""
        return self.claims.head(renderers)

    def claim(self, ask: Ask = ANYTHING) -> list[HeldTask]:
        """Take the first task in line, and what may be rendered together with it; empty if nothing waits.

        All of a batch have equal `batch_key()`s and are of one renderer, claimed in one commit.
        """
        with server_errors():
            return self.claims.take(ask)

    def renew(self, held: HeldTask) -> None:
        """Hold a task for another lease (`held.lease`)."""
        with server_errors():
            holding.write(self.edge, held, transitions.renewed(self.clock.now() + held.lease))

    def keep(self, held: HeldTask, path: str, step: int) -> None:
        """Whoever claims the task next may go on from the checkpoint at `path`; renews the lease as well."""
        now = self.clock.now()
        checkpoint = Checkpoint(path=path, step=step, epoch=held.claim.epoch, at=now)
        with server_errors():
            holding.write(self.edge, held, transitions.kept(checkpoint, now + held.lease))
        held.fields = {**held.fields, "checkpoint": checkpoint.fields()}

    def hold_again(self, task: str, claim: Claim) -> HeldTask:
        """A task that a process of this machine left behind, under its own claim. Raises `LostClaim`."""
        with server_errors():
            return holding.hold_again(self.edge, self._reference(task), claim)

    def show(self, held: HeldTask, now: Progress) -> None:
        """Show how far a task is."""
        with server_errors():
            progress.write_progress(self.edge, held, now)

    def finish(self, held: HeldTask, result: Result, then_claim: Ask | None = None) -> list[HeldTask]:
        """The task is done. With `then_claim`, the next is claimed in the same commit, if one waits.

        Returns what was claimed: nothing, if nothing waits.
        """
        with server_errors():
            bids = self.claims.look(then_claim) if then_claim else None
            changes = transitions.done(held.fields, result, self.clock.now())
            others = [bid.write for bid in bids or ()]
            times = holding.write(self.edge, held, changes, Status.DONE, others)
        self._learn(held, result)
        self.tell(Finished.build(held.id, held.claim, result))
        if not bids:
            return []
        self.claims.reach.learn(times is not None, rank_of(bids[-1].seen))
        if times:
            return [self.claims.won(bid, at) for bid, at in zip(bids, times, strict=True)]
        with server_errors():
            # The answer was lost; or one of the tasks was, to another worker.
            known = [] if times is None else [self.claims.won_after_all(bid) for bid in bids]
            return [task for task in known if task] or self.claims.take(then_claim or ANYTHING, 1)

    def fail(self, held: HeldTask, error: TaskError) -> datetime | None:
        """The attempt came to nothing: reject the task, fail it, or try again later, as the error says.

        Returns when it will be tried again, None if it won't.
        """
        if isinstance(error, InvalidTask):
            failure = Failure(code=error.code, message=error.message, field=error.field)
            self._end(held, transitions.rejected(failure, self.clock.now()), Status.REJECTED)
            self.tell(Rejected.build(held.id, held.claim, failure, held.attempt))
            return None
        again = error.retryable and held.attempt < held.max_attempts
        count = f" (attempt {held.attempt} of {held.max_attempts})" if error.retryable else ""
        failure = Failure(code=error.code, message=error.message + count, field=error.field, retryable=again)
        now, started = self.clock.now(), held.fields.get("started_at")
        if not again:
            self._end(held, transitions.failed(failure, held.claim, now, started), Status.FAILED)
            self.tell(Failed.build(held.id, held.claim, failure, held.attempt))
            return None
        not_before = now + transitions.pause(held.attempt, self._retry)
        changes = transitions.rescheduled(failure, held.claim, now, not_before, started)
        self._end(held, changes, Status.SCHEDULED)
        self.tell(Rescheduled.build(held.id, held.claim, failure, held.attempt, not_before))
        return not_before

    def stop(self, held: HeldTask) -> None:
        """The task's owner called it off, and it has stopped."""
        self._end(held, transitions.cancelled(self.clock.now()), Status.CANCELLED)
        self.tell(Cancelled.build(held.id, held.claim))

    def release(self, held: HeldTask) -> None:
        """Give a task back untouched: the attempt doesn't count."""
        self._end(held, transitions.released(held.attempt), Status.QUEUED)
        self.tell(Released.build(held.id, held.claim))

    def reap(self) -> datetime | None:
        """Put back tasks whose worker stopped answering; returns when the next lease may run out."""
        with server_errors():
            return self._sweep.reap()

    def gone(self) -> set[str]:
        """The workers whose tasks were put back since this was last asked."""
        return self._sweep.gone()

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

    def _learn(self, held: HeldTask, result: Result) -> None:
        took = (self.clock.now() - held.claim.at).total_seconds()
        self.speeds.learn(held.fields, max(result.seconds, took))

    def _end(self, held: HeldTask, changes: transitions.Changes, then: Status) -> None:
        with server_errors():
            holding.write(self.edge, held, changes, then)

    def _reference(self, task: str) -> Any:
        return self.edge.db.collection("queue").document(task)
