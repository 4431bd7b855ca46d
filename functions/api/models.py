"""What comes to the API and what it answers. The OpenAPI document is made of these."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.prompts import MAX_CHARACTERS
from contract.task import Status

MOST_AT_ONCE = 100
MOST_BYTES = 10 * 1024 * 1024 - 1  # the Storage rules take less than 10 MiB
# As the rules have it for what pages write.
EMAIL = r"^[^@\s]+@[^@\s.]+([.][^@\s.]+)+$"
WEBHOOK = r"^https?://[A-Za-z0-9.:\[\]_-]+([/?#][!-~]*)?$"
TASK_ID = r"^[A-Za-z0-9-][A-Za-z0-9_-]{0,127}$"
NAME = r"^[A-Za-z0-9_-]{1,64}$"

PromptText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_CHARACTERS,
        description="What to draw; `a:1 | b:-0.5` weighs several prompts",
    ),
]
RendererName = Annotated[str, Field(pattern=NAME, description="A renderer's name: GET /renderers lists them")]
ModelKey = Annotated[str, Field(min_length=1, max_length=400)]
Options = Annotated[
    dict[str, Any],
    Field(max_length=40, description="The renderer's options; its schema is at GET /renderers/{name}"),
]


class Body(BaseModel):
    """What a client sends: of exactly these fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Notify(Body):
    """Who is told when the task is over."""

    email: str | None = Field(None, max_length=254, pattern=EMAIL, description="Gets the picture by e-mail")
    webhook: str | None = Field(
        None, max_length=2000, pattern=WEBHOOK, description="Gets a signed POST; loopback is refused"
    )


class Alternative(Body):
    """What may be drawn with instead. What it leaves out is as in the task."""

    renderer: RendererName | None = None
    model: ModelKey | None = None
    params: Options = Field(default_factory=dict)


class Drawing(Body):
    """How to draw a prompt."""

    renderer: RendererName = "pixeldraw"
    model: ModelKey | Annotated[list[ModelKey], Field(min_length=1, max_length=16)] | None = Field(
        None,
        description="Key of a model in models.toml; of several, one is chosen at random for each task",
    )
    params: Options = Field(default_factory=dict)
    alternatives: list[Alternative] = Field(
        default_factory=list,
        max_length=16,
        description="One of these is chosen at random for each task, and stands over what is said beside it",
    )
    public: bool = Field(False, description="Whether the picture is shown in the gallery")
    notify: Notify | None = None


class NewTask(Drawing):
    """A picture that is asked for."""

    prompt: PromptText
    id: str | None = Field(
        None,
        pattern=TASK_ID,
        description="The task's id, if you choose it; the same request twice is one task",
    )


class NewTasks(Drawing):
    """Several at once, 1 to 100: `prompts`, drawn as the fields beside them say, and whole `tasks`."""

    prompts: list[PromptText] = Field(default_factory=list, max_length=MOST_AT_ONCE)
    tasks: list[NewTask] = Field(default_factory=list, max_length=MOST_AT_ONCE)


class NewUpload(Body):
    """A picture that is to be uploaded, for `init_image`, `mask` or `image_prompts`."""

    content_type: Literal["image/png", "image/jpeg", "image/webp"]
    size: int = Field(ge=1, le=MOST_BYTES, description="Its size in bytes; exactly so many may come")


class SubmitHeaders(BaseModel):
    """What may be said beside the body."""

    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Any text of your own: a request that is sent again with it makes no second task",
    )


class TaskPath(BaseModel):
    """Names a task."""

    id: str = Field(min_length=1, max_length=128, pattern=r"^[^/]+$")


class RendererPath(BaseModel):
    """Names a renderer."""

    name: str = Field(pattern=NAME)


class ProblemPath(BaseModel):
    """Names a kind of error."""

    code: str = Field(pattern=r"^[a-z-]{1,40}$")


class Page(BaseModel):
    """Which part of a list is asked for."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(20, ge=1, le=100, description="At most so many")
    cursor: str | None = Field(
        None, max_length=400, pattern=r"^[A-Za-z0-9_=-]+$", description="`next` of the page before"
    )


class File(BaseModel):
    """A file of a result."""

    path: str
    url: str


class ResultView(BaseModel):
    """What a finished task gave."""

    images: list[File]
    thumbnail: File
    video: File | None = None
    svg: File | None = None
    width: int
    height: int
    seed: int
    seconds: float
    score: float | None = None
    model: str | None = None


class FailureView(BaseModel):
    """Why a task failed, was rejected, or waits for another attempt."""

    code: str
    message: str
    field: str | None = None
    retryable: bool = False


class ProgressView(BaseModel):
    """How far a running task is."""

    step: int
    steps: int
    score: float | None = None
    seconds_left: float | None = None


class TaskView(BaseModel):
    """A task. What isn't known yet is left out."""

    id: str
    status: Status
    prompt: str
    renderer: str
    params: dict[str, Any] = Field(description="The options, with whatever was chosen at random in them")
    public: bool
    cancel_requested: bool = False
    chosen_from: list[dict[str, Any]] | None = Field(
        None, description="What renderer and model were chosen from at random"
    )
    created_at: datetime | None = None
    rank: datetime | None = Field(None, description="The place in line, as a time: 30 s apart for one user")
    place: int | None = Field(None, description="How many tasks stand before it")
    wait_seconds: float | None = Field(None, description="About so long until it is begun")
    progress: ProgressView | None = None
    result: ResultView | None = None
    error: FailureView | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = Field(None, description="When its files are deleted")


class TaskViews(BaseModel):
    """The tasks that were asked for, in order."""

    tasks: list[TaskView]


class TaskPage(TaskViews):
    """Your tasks, newest first."""

    next: str | None = Field(None, description="The `cursor` of the next page; left out on the last")


class RendererView(BaseModel):
    """A renderer, and the JSON Schema of its options."""

    name: str
    summary: str
    options: dict[str, Any]


class RendererViews(BaseModel):
    """The renderers there are."""

    renderers: list[RendererView]


class UploadView(BaseModel):
    """Where to send the picture: one PUT with the whole file, to which nothing else needs to be added."""

    path: str = Field(description="For `params.init_image` and the like, once the file is there")
    url: str = Field(description="Good for this one file, for a week; whoever has it may send the file")
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]


class WebhookKey(BaseModel):
    """By which you know that a webhook was called by this site."""

    key: str


class ProblemKind(BaseModel):
    """A kind of error."""

    code: str
    status: int
    title: str
    remedy: str
