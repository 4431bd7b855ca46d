"""Every error of Brushfire, in one tree.

BrushfireError
├── TaskError               ends or delays one task; is written to the task's document
│   ├── InvalidTask         its prompt or options can't be rendered      → rejected
│   ├── PermanentError      trying again would not help                  → failed
│   │   ├── WeightsError    a model can't be used on this machine
│   │   │   ├── MissingWeights  weights aren't on this machine
│   │   │   └── DamagedWeights  weights are here but not what they should be
│   │   └── RenderFailed    the renderer gave nothing usable (NaN, a black picture)
│   └── RetryableError      another attempt may succeed                  → scheduled
│       ├── OutOfMemory     the device's memory ran out
│       ├── UploadFailed    Cloud Storage did not take a file
│       ├── LeaseExpired    its worker stopped answering
│       ├── OfferExpired    the worker that it was given to never took it
│       └── Unexpected      an error that nobody foresaw
├── Interrupted             a render stopped from outside; raised by `watch`
│   ├── Cancelled           its owner asked for it
│   ├── Draining            this worker is leaving
│   └── LostClaim           the claim is another worker's, or gone
├── DeliveryError           somebody could not be told of a task's end; is noted in the outbox
│   ├── NotDelivered        certainly not, and another attempt may succeed
│   ├── Undeliverable       certainly not, and trying again would give the same
│   └── DeliveryUnknown     nobody knows whether it arrived: the answer was lost
├── Unreachable             Firebase doesn't answer; nobody's task is at fault, so it is asked again
└── SetupError              this machine or its settings; for the operator, before any task
    └── DeviceUnavailable   a GPU was asked for and there is none
"""

from typing import ClassVar


class BrushfireError(Exception):
    """Root of the tree."""


class TaskError(BrushfireError):
    """Ends or delays one task. `str()` of it is the sentence that its owner reads."""

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidTask(TaskError):
    """A field of the task can't be used. The message says which, its value, and what is accepted."""

    code = "invalid"

    def __init__(self, field: str, value: object, accepted: str) -> None:
        super().__init__(f"{field} is {_shown(value)}, but must be {accepted}", field=field)
        self.value = value
        self.accepted = accepted


class PermanentError(TaskError):
    """Trying again would give the same."""

    code = "permanent"


class WeightsError(PermanentError):
    """A model can't be used on this machine; on another it may. `key` is the model's, where it is known."""

    def __init__(self, message: str, *, field: str | None = None, key: str | None = None) -> None:
        super().__init__(message, field=field)
        self.key = key


class MissingWeights(WeightsError):
    """Weights aren't on this machine. The message says which command gets them."""

    code = "missing_weights"


class DamagedWeights(WeightsError):
    """Weights are here, but their hash, shapes or format are not what they should be."""

    code = "damaged_weights"


class RenderFailed(PermanentError):
    """The renderer gave nothing usable."""

    code = "render_failed"


class RetryableError(TaskError):
    """Another attempt, later or elsewhere, may succeed."""

    code = "retryable"
    retryable = True


class OutOfMemory(RetryableError):
    """The device's memory ran out, also after making the work smaller."""

    code = "out_of_memory"


class UploadFailed(RetryableError):
    """Cloud Storage did not take a file."""

    code = "upload_failed"


class LeaseExpired(RetryableError):
    """Its worker stopped answering: killed, cut off, or out of power."""

    code = "lease_expired"


class OfferExpired(RetryableError):
    """It was given to a worker that never took it."""

    code = "offer_expired"


class Unexpected(RetryableError):
    """An error that nobody foresaw. The message names its type; the listener's log has the rest."""

    code = "unexpected"


class Interrupted(BrushfireError):
    """A render stopped from outside; nobody's fault."""


class Cancelled(Interrupted):
    """The task's owner asked for it."""


class Draining(Interrupted):
    """This worker is leaving; the task goes back to the queue with its attempt kept."""


class LostClaim(Interrupted):
    """The task is no longer this worker's: its lease ran out, or it was cancelled or deleted."""


class DeliveryError(BrushfireError):
    """Somebody who asked to be told of a task's end could not be. `str()` of it is for the operator."""


class NotDelivered(DeliveryError):
    """It certainly didn't arrive; later it may."""


class Undeliverable(DeliveryError):
    """It certainly didn't arrive, and never will as it is."""


class DeliveryUnknown(DeliveryError):
    """It may have arrived: the connection broke before the answer came."""


class Unreachable(BrushfireError):
    """Firebase doesn't answer, or answers that it can't now. Nobody's task is at fault."""


class SetupError(BrushfireError):
    """This machine or its settings can't run what was asked for. The message says what to do."""


class DeviceUnavailable(SetupError):
    """A device was asked for that this machine doesn't have."""


def _shown(value: object) -> str:
    """A value as an error message shows it: short, quoted, of its type if it is missing."""
    if value is None:
        return "missing"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"
