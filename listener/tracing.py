"""One trace a task: a span from its claim until it is settled, and in it one for each stage, over OTLP.

Spans are given their times rather than a context: the tasks of one batch overlap.
"""

import time

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode, Tracer, set_span_in_context

from listener.holding import HeldTask

GOOD = {"done", "cancelled", "released"}


class Traces:
    """Sends spans to where the standard OTEL_EXPORTER_OTLP_… variables say."""

    def __init__(self, resource: Resource) -> None:
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("brushfire")

    def task(self, held: HeldTask, renderer: str, claim_began: float) -> "Spans":
        """A task was claimed, which was asked for at this time of day."""
        spans = Spans(self._tracer, held, renderer, claim_began)
        spans.stage("claim", claim_began, time.time())
        return spans

    def stop(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


class Spans:
    """One task's spans."""

    def __init__(self, tracer: Tracer, held: HeldTask, renderer: str, began: float) -> None:
        self._tracer = tracer
        self._task: Span = tracer.start_span(
            "task",
            start_time=_nanoseconds(began),
            attributes={
                "brushfire.task": held.id,
                "brushfire.renderer": renderer,
                "brushfire.worker": held.claim.worker,
                "brushfire.epoch": held.claim.epoch,
                "brushfire.attempt": held.attempt,
            },
        )

    def stage(self, name: str, began: float, ended: float) -> None:
        """One stage that is over."""
        within = set_span_in_context(self._task)
        span = self._tracer.start_span(name, context=within, start_time=_nanoseconds(began))
        span.end(_nanoseconds(ended))

    def end(self, outcome: str) -> None:
        """The task is settled."""
        self._task.set_attribute("brushfire.outcome", outcome)
        if outcome not in GOOD:
            self._task.set_status(Status(StatusCode.ERROR, outcome))
        self._task.end()


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
