"""A worker measured with OpenTelemetry: metrics for Prometheus, and metrics and traces over OTLP.

The names are Prometheus's: `brushfire_tasks_total{renderer,outcome}`, `brushfire_queue_wait_seconds`,
`brushfire_stage_seconds{stage,renderer}`, and gauges of what the worker knows of itself and of the queue.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, start_http_server

from contract.errors import SetupError
from listener import VERSION
from listener.holding import HeldTask
from listener.telemetry import Gauges, TaskTrace, Telemetry, renderer_of
from listener.tracing import Spans, Traces

SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]


class Measured(Telemetry):
    """Counts and times; serves Prometheus on a port, if one is given."""

    def __init__(self, worker: str, host: str, port: int | None, otlp: bool) -> None:
        resource = Resource.create(
            {"service.name": "brushfire-listener", "service.version": VERSION, "service.instance.id": worker}
        )
        readers: list[MetricReader] = []
        self._server: Any = None
        if port is not None:
            registry = CollectorRegistry()
            readers.append(PrometheusMetricReader(registry=registry, scope_info_enabled=False))
            self._server = _served(registry, host, port)
        if otlp:
            readers.append(_otlp_reader())
        self._provider = MeterProvider(metric_readers=readers, resource=resource, shutdown_on_exit=False)
        self._traces = Traces(resource) if otlp else None
        meter = self._meter = self._provider.get_meter("brushfire")
        self.tasks = meter.create_counter(
            "brushfire.tasks", description="Tasks settled, by what became of them"
        )
        self.waits = meter.create_histogram(
            "brushfire.queue.wait",
            unit="s",
            description="From its place in line to its claim",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self.stages = meter.create_histogram(
            "brushfire.stage",
            unit="s",
            description="What a task's stages take",
            explicit_bucket_boundaries_advisory=SECONDS,
        )

    @property
    def port(self) -> int | None:
        """Where Prometheus finds it."""
        return None if self._server is None else int(self._server.server_port)

    def task(self, held: HeldTask, claim_began: float) -> TaskTrace:
        """Times the wait that is over, and what comes."""
        renderer = renderer_of(held)
        since = held.fields.get("rank")
        if isinstance(since, datetime):
            self.waits.record(max(0.0, (held.claim.at - since).total_seconds()), {"renderer": renderer})
        spans = self._traces.task(held, renderer, claim_began) if self._traces else None
        return MeasuredTask(self, renderer, spans)

    def gauges(self, gauges: Gauges) -> None:
        """Each is asked for when somebody looks; one that fails is left out."""
        for name, ask in gauges.items():

            def observe(options: CallbackOptions, ask: Any = ask) -> Iterable[Observation]:
                return [Observation(ask())]

            unit = "By" if name.endswith("memory") else ""
            self._meter.create_observable_gauge(f"brushfire.{name}", [observe], unit=unit)

    def stop(self) -> None:
        """Send what is left over OTLP, and close the port."""
        self._provider.shutdown(timeout_millis=2_000)
        if self._traces is not None:
            self._traces.stop()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


class MeasuredTask(TaskTrace):
    """One task, timed and traced."""

    def __init__(self, measured: Measured, renderer: str, spans: Spans | None) -> None:
        self._measured = measured
        self._renderer = renderer
        self._spans = spans

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """One stage, timed also when it fails."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.took(name, time.monotonic() - began)

    def took(self, name: str, seconds: float) -> None:
        """A stage that has just ended, counted once for each task in it."""
        self._measured.stages.record(seconds, {"stage": name, "renderer": self._renderer})
        if self._spans is not None:
            now = time.time()
            self._spans.stage(name, now - seconds, now)

    def end(self, outcome: str) -> None:
        """Counted by what became of it."""
        self._measured.tasks.add(1, {"renderer": self._renderer, "outcome": outcome})
        if self._spans is not None:
            self._spans.end(outcome)


def _served(registry: CollectorRegistry, host: str, port: int) -> Any:
    try:
        server, _ = start_http_server(port, host, registry)
    except OSError as error:
        raise SetupError(f"metrics can't be served on {host}:{port}: {error}") from error
    return server


def _otlp_reader() -> MetricReader:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    return PeriodicExportingMetricReader(OTLPMetricExporter())
