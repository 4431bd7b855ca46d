"""What is measured of a worker's tasks. By default nothing: this costs a call that returns at once.

`metrics` and `tracing` measure, with OpenTelemetry, where the settings or OTEL_EXPORTER_OTLP_ENDPOINT ask for
it; only then is any of it imported.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from listener.holding import HeldTask

# The stages of a task that are timed.
STAGES = ("prepare", "render", "upload", "finish")
Gauges = Mapping[str, Callable[[], float]]


class TaskTrace:
    """One task's way through this worker, from its claim until it is settled."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """One of STAGES, for as long as the block runs."""
        yield

    def took(self, name: str, seconds: float) -> None:
        """A stage that has just ended, for tasks that share it."""

    def end(self, outcome: str) -> None:
        """It is settled: what `queue/{task}` says now, or 'lost'."""


class Telemetry:
    """Measures nothing."""

    def task(self, held: HeldTask, claim_began: float) -> TaskTrace:
        """A task was claimed; `claim_began` is the time of day when that was asked for."""
        return TaskTrace()

    def gauges(self, gauges: Gauges) -> None:
        """What to ask for when somebody looks: a name's value now."""

    def stop(self) -> None:
        """Send what is left, and measure no more."""


def start(worker: str, metrics_host: str, metrics_port: int | None, otlp: bool) -> Telemetry:
    """Measure what is asked for. Raises `SetupError` for a port that can't be listened on."""
    if metrics_port is None and not otlp:
        return Telemetry()
    from listener.metrics import Measured

    return Measured(worker, metrics_host, metrics_port, otlp)


def renderer_of(held: HeldTask) -> str:
    """The renderer that a task asks for, as a label: a stranger's document may say anything."""
    value: Any = held.fields.get("renderer")
    return value if isinstance(value, str) and value.isidentifier() and len(value) <= 64 else "unknown"
