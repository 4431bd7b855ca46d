"""What happens to tasks and workers, as typed events. The log is made of them; others may listen too.

Each is made by its own `build`, from the documents it tells of.
"""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from contract.task import Claim, Failure, NewTask, Result, WorkerState


class Event(BaseModel):
    """Something that happened. `action` is its name in the log."""

    model_config = ConfigDict(frozen=True)

    action: ClassVar[str]


class TaskEvent(Event):
    """Something that happened to a task, and under which claim, if under one."""

    task: str
    worker: str | None = None
    epoch: int | None = None


class Submitted(TaskEvent):
    """A task was put in the queue."""

    action = "submitted"
    uid: str
    renderer: str
    rank: datetime

    @classmethod
    def build(cls, task: str, new: NewTask, rank: datetime) -> "Submitted":
        return cls(task=task, uid=new.uid, renderer=new.renderer, rank=rank)


class Claimed(TaskEvent):
    """A worker took a task."""

    action = "claimed"
    attempt: int
    lease_until: datetime

    @classmethod
    def build(cls, task: str, claim: Claim, attempt: int) -> "Claimed":
        return cls(
            task=task,
            worker=claim.worker,
            epoch=claim.epoch,
            attempt=attempt,
            lease_until=claim.lease_until,
        )


class Finished(TaskEvent):
    """A task's result was accepted."""

    action = "finished"
    seconds: float
    score: float | None
    image: str

    @classmethod
    def build(cls, task: str, claim: Claim, result: Result) -> "Finished":
        return cls(
            task=task,
            worker=claim.worker,
            epoch=claim.epoch,
            seconds=round(result.seconds, 2),
            score=result.score,
            image=result.images[0].path,
        )


class Ended(TaskEvent):
    """An attempt ended with an error."""

    code: str
    field: str | None
    message: str
    attempt: int


class Failed(Ended):
    """For good: trying again would not help, or the attempts are used up."""

    action = "failed"

    @classmethod
    def build(cls, task: str, claim: Claim, failure: Failure, attempt: int) -> "Failed":
        return cls(**_ended(task, claim, failure, attempt))


class Rejected(Ended):
    """The task asks for something that can't be rendered."""

    action = "rejected"

    @classmethod
    def build(cls, task: str, claim: Claim | None, failure: Failure, attempt: int) -> "Rejected":
        return cls(**_ended(task, claim, failure, attempt))


class Rescheduled(Ended):
    """Another attempt will be made, not before a time."""

    action = "rescheduled"
    not_before: datetime

    @classmethod
    def build(
        cls, task: str, claim: Claim, failure: Failure, attempt: int, not_before: datetime
    ) -> "Rescheduled":
        return cls(**_ended(task, claim, failure, attempt), not_before=not_before)


class Reaped(Ended):
    """A task whose worker stopped answering went back to the queue."""

    action = "reaped"

    @classmethod
    def build(cls, task: str, claim: Claim | None, failure: Failure, attempt: int) -> "Reaped":
        return cls(**_ended(task, claim, failure, attempt))


class Promoted(TaskEvent):
    """A scheduled task's pause is over."""

    action = "promoted"

    @classmethod
    def build(cls, task: str) -> "Promoted":
        return cls(task=task)


class Released(TaskEvent):
    """A leaving worker gave a task back, its attempt uncounted."""

    action = "released"

    @classmethod
    def build(cls, task: str, claim: Claim) -> "Released":
        return cls(task=task, worker=claim.worker, epoch=claim.epoch)


class Cancelled(TaskEvent):
    """A task's owner called it off."""

    action = "cancelled"

    @classmethod
    def build(cls, task: str, claim: Claim | None) -> "Cancelled":
        return cls(task=task, worker=claim.worker if claim else None, epoch=claim.epoch if claim else None)


class Lost(TaskEvent):
    """A worker found that a task is no longer its own, and dropped it."""

    action = "lost"
    reason: str

    @classmethod
    def build(cls, task: str, claim: Claim, reason: str) -> "Lost":
        return cls(task=task, worker=claim.worker, epoch=claim.epoch, reason=reason)


class WorkerEvent(Event):
    """Something that happened to a worker."""

    worker: str


class WorkerStarted(WorkerEvent):
    """A listener is ready for tasks."""

    action = "worker_started"
    device: str
    renderers: list[str]

    @classmethod
    def build(cls, worker: str, device: str, renderers: list[str]) -> "WorkerStarted":
        return cls(worker=worker, device=device, renderers=renderers)


class WorkerChanged(WorkerEvent):
    """A listener does something else now."""

    action = "worker_changed"
    state: WorkerState
    task: str | None

    @classmethod
    def build(cls, worker: str, state: WorkerState, task: str | None) -> "WorkerChanged":
        return cls(worker=worker, state=state, task=task)


class WorkerStopped(WorkerEvent):
    """A listener left, having rendered some tasks."""

    action = "worker_stopped"
    finished: int

    @classmethod
    def build(cls, worker: str, finished: int) -> "WorkerStopped":
        return cls(worker=worker, finished=finished)


def _ended(task: str, claim: Claim | None, failure: Failure, attempt: int) -> dict[str, object]:
    return {
        "task": task,
        "worker": claim.worker if claim else None,
        "epoch": claim.epoch if claim else None,
        "code": failure.code,
        "field": failure.field,
        "message": failure.message,
        "attempt": attempt,
    }
