"""The documents of the queue: a task, its progress, a worker, the catalog."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, ValidationError

from contract.documents import Document, Timestamp, invalid
from contract.errors import InvalidTask
from contract.params import Params, params_of
from contract.prompts import MAX_CHARACTERS, Prompt, parse_prompts


class Status(StrEnum):
    """Where a task is in its life. Clients write `queued` alone; the rest is the listener's."""

    QUEUED = "queued"  # waits for a worker
    SCHEDULED = "scheduled"  # waits for `not_before`, after an error that may pass
    RUNNING = "running"  # claimed by a worker
    DONE = "done"  # its pictures are in `result`
    FAILED = "failed"  # can't be done, or its attempts are used up: see `error`
    CANCELLED = "cancelled"  # its owner called it off
    REJECTED = "rejected"  # its prompt or options can't be rendered: see `error`

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to the task."""
        return self in {Status.DONE, Status.FAILED, Status.CANCELLED, Status.REJECTED}


AnyStatus = Annotated[Status, Field(strict=False)]


class Claim(Document):
    """Who works on a task, and until when nobody else may."""

    worker: str
    id: str = Field(
        description="Made anew for each claim, so that a claim whose answer was lost is known again"
    )
    epoch: int = Field(ge=1, description="Rises at each claim and fences every later write and upload")
    at: Timestamp
    lease_until: Timestamp
    offered: bool | None = Field(
        None, description="Made in the worker's name by the listener that had the task in sight"
    )
    more: bool | None = Field(None, description="More tasks wait: the worker should ask for the next")


class Checkpoint(Document):
    """A render's state in Cloud Storage, from which whoever claims the task next goes on."""

    path: str
    step: int = Field(ge=0)
    epoch: int = Field(ge=1, description="Of the claim that wrote it")
    at: Timestamp


class StoredFile(Document):
    """A file in Cloud Storage, and the address that a browser opens."""

    path: str
    url: str


class Result(Document):
    """What a finished task gave."""

    images: list[StoredFile] = Field(min_length=1)
    thumbnail: StoredFile
    video: StoredFile | None = None
    svg: StoredFile | None = None
    width: int
    height: int
    seed: int
    seconds: float
    score: float | None = Field(None, description="How well the picture fits the prompt; higher is better")
    model: str | None = Field(None, description="Key of the model in models.toml")
    model_hash: str | None = None
    versions: dict[str, str] = Field(default_factory=dict)


class Failure(Document):
    """Why a task failed, was rejected, or waits for another attempt."""

    code: str
    message: str
    field: str | None = None
    retryable: bool = False


class Attempt(Document):
    """An attempt that came to nothing, kept in the task's history."""

    worker: str
    epoch: int
    started_at: Timestamp | None = None
    ended_at: Timestamp
    code: str
    message: str


class NewTask(Document):
    """What a client writes to ask for a picture; `created_at` and `rank` are timestamps beside it."""

    uid: str = Field(min_length=1, max_length=128)
    prompt: str = Field(min_length=1, max_length=MAX_CHARACTERS)
    renderer: str = Field(min_length=1, max_length=64)
    params: dict[str, Any] = Field(default_factory=dict)
    public: bool = False
    status: AnyStatus = Status.QUEUED
    cancel_requested: bool = False


class Task(NewTask):
    """A whole task document. `params` stays as it was written; `options` is what it means."""

    id: str
    created_at: Timestamp | None = None
    rank: Timestamp | None = None
    attempt: int = Field(0, ge=0, description="Attempts that count; a drain doesn't")
    max_attempts: int = Field(3, ge=1)
    attempts: list[Attempt] = Field(default_factory=list, description="Those that came to nothing")
    claim: Claim | None = None
    checkpoint: Checkpoint | None = None
    not_before: Timestamp | None = None
    result: Result | None = None
    error: Failure | None = None
    started_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    expires_at: Timestamp | None = None
    likes: int = Field(0, description="How many accounts like it: as many as there are below `likes/`")
    hidden: bool = Field(False, description="Kept out of the gallery by an operator")
    chosen_from: list[dict[str, Any]] | None = Field(
        None, description="What the API chose renderer and model from at random"
    )

    @classmethod
    def from_document(cls, id: str, data: Mapping[str, Any]) -> "Task":
        """A task from its Firestore document; `InvalidTask` names what is missing or of the wrong type."""
        return cls.parse({**data, "id": id})

    def prompts(self) -> tuple[Prompt, ...]:
        """The prompt by its grammar; `InvalidTask` names `prompt`."""
        return parse_prompts(self.prompt)

    def options(self) -> Params:
        """The renderer's options with defaults filled in; `InvalidTask` names `renderer` or `params.…`."""
        return parse_params(self.renderer, self.params)


def parse_params(renderer: object, params: Mapping[str, Any]) -> Params:
    """A renderer's options from what a client wrote; `InvalidTask` names the option."""
    model = params_of(renderer)
    unknown = sorted(set(params) - set(model.model_fields))
    if unknown:
        known = ", ".join(sorted(model.model_fields))
        raise InvalidTask(f"params.{unknown[0]}", params[unknown[0]], f"left out: {renderer} has {known}")
    try:
        return model.model_validate(params)
    except ValidationError as error:
        raise invalid(error, "params") from None


class Progress(Document):
    """`queue/{task}/live/progress`: one document, overwritten at most once a second."""

    epoch: int
    step: int
    steps: int
    score: float | None = None
    eta: float | None = Field(None, description="Seconds left, as far as the speed so far tells")
    preview: str | None = Field(None, description="The picture so far: a small WebP as a data: URL")
    updated_at: Timestamp | None = None


class WorkerState(StrEnum):
    """What a worker is doing."""

    STARTING = "starting"
    IDLE = "idle"
    RENDERING = "rendering"
    DRAINING = "draining"
    BROKEN = "broken"
    STOPPED = "stopped"


class Worker(Document):
    """`workers/{worker}`: one listener process on one device, for the console and the page."""

    host: str
    device: str
    renderers: list[str]
    models: list[str] = Field(default_factory=list, description="Keys of models.toml that are here")
    lacks: list[str] = Field(default_factory=list, description="Keys that were asked for and aren't here")
    note: str | None = Field(None, description="Why it claims nothing")
    state: Annotated[WorkerState, Field(strict=False)]
    task: str | None = None
    last_seen: Timestamp | None = None
    version: str
    seconds: dict[str, float] = Field(
        default_factory=dict, description="Measured seconds a task, by renderer/quality"
    )
    since: Timestamp | None = Field(None, description="When it came")


class Line(Document):
    """`live/queue`: how long the line is. What a page makes of it: `place`, and `wait`.

    The place of a task is the number of `ranks` before its own; in a line that is longer than `ranks`, whose
    first and last these then are, in proportion. Since `at`, `workers` have taken one task each in every so
    many `seconds`.
    """

    at: Timestamp
    waiting: int = Field(ge=0, description="Tasks in line")
    ranks: list[Timestamp] = Field(
        default_factory=list, description="Of every task in line, or of the first and the last"
    )
    workers: int = Field(ge=0, description="Listeners that take tasks")
    seconds: dict[str, float] = Field(
        default_factory=dict, description="Measured seconds a task, by renderer/quality"
    )

    def place(self, rank: datetime) -> int:
        """How many tasks stand before one of that rank."""
        if self.waiting <= len(self.ranks) or len(self.ranks) < 2:
            return sum(other < rank for other in self.ranks)
        first, last = self.ranks[0], self.ranks[-1]
        part = (rank - first) / (last - first) if last > first else 0.0
        return round(min(max(part, 0.0), 1.0) * (self.waiting - 1))

    def wait(self, rank: datetime, now: datetime) -> float | None:
        """Seconds until a task of that rank is begun, None if there is nobody to say how long one takes."""
        if not self.workers or not self.seconds:
            return None
        a_task = sum(self.seconds.values()) / len(self.seconds)
        waited = (now - self.at).total_seconds()
        return max(0.0, (self.place(rank) + 1) * a_task / self.workers - waited)


class CatalogEntry(Document):
    """`catalog/{renderer}`: from which the page draws a renderer's form."""

    summary: str
    options: dict[str, Any] = Field(description="JSON Schema of the renderer's options")
