"""What a listener measures, as Prometheus and an OpenTelemetry collector see it."""

import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from contract.errors import OutOfMemory, SetupError
from contract.task import Status
from listener.settings import Settings
from listener.task_queue import TaskQueue
from listener.telemetry import Telemetry, start
from tests.listener.conftest import Submit
from tests.listener.fakes import Squares, failing_with
from tests.listener.running import Running, ended, eventually


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def scraped(port: int) -> dict[str, float]:
    """Each sample by its name and labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def test_prometheus_sees_tasks_by_outcome_and_the_seconds_of_their_stages(
    settings: Settings, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    port = free_port()
    with Running(replace(settings, metrics_port=port)):
        failing_with(OutOfMemory("full"))
        submit("t")
        assert ended(queue, "t", 20).status is Status.DONE
        submit("bad", uid="bob", params={"size": 5})
        assert ended(queue, "bad").status is Status.REJECTED
        counted = 'brushfire_tasks_total{outcome="rejected",renderer="pixeldraw"}'
        samples = eventually(lambda: s if (s := scraped(port)).get(counted) else None)
    for outcome in ("done", "rejected", "rescheduled"):
        assert samples[f'brushfire_tasks_total{{outcome="{outcome}",renderer="pixeldraw"}}'] == 1
    assert samples['brushfire_queue_wait_seconds_count{renderer="pixeldraw"}'] == 3
    for stage, count in {"prepare": 3, "render": 2, "upload": 1, "finish": 1}.items():
        assert samples[f'brushfire_stage_seconds_count{{renderer="pixeldraw",stage="{stage}"}}'] == count
    assert samples["brushfire_breaker_open"] == 0
    assert samples["brushfire_gpu_memory_bytes"] == 0
    # Two tasks, one of which was tried twice: four reads and more, and a write for each change of state.
    assert samples["brushfire_billed_reads"] >= 4
    assert samples["brushfire_billed_writes"] >= 6
    assert samples.get("brushfire_queue_depth", 0) >= 0
    with pytest.raises(OSError, match="refused"):
        scraped(port)


class Collector:
    """Takes in traces as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/v1/traces":
                    request = ExportTraceServiceRequest.FromString(body)
                    for resource in request.resource_spans:
                        for scope in resource.scope_spans:
                            collector.spans += scope.spans
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """The test's output is no place for it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{collector.server.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    # It compresses and sends from threads whose connections outlive the test's warnings filter.
    yield collector
    collector.server.shutdown()
    thread.join()
    collector.server.server_close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_task_is_one_trace_from_its_claim_to_its_end(
    collector: Collector, settings: Settings, queue: TaskQueue, submit: Submit, squares: type[Squares]
) -> None:
    with Running(replace(settings, otlp=True)):
        submit("t")
        ended(queue, "t", 20)
    [task] = [span for span in collector.spans if span.name == "task"]
    said = {one.key: one.value.string_value or one.value.int_value for one in task.attributes}
    assert said["brushfire.task"] == "t"
    assert (said["brushfire.outcome"], said["brushfire.epoch"], said["brushfire.worker"]) == (
        "done",
        1,
        "worker-a",
    )
    within = [span for span in collector.spans if span.parent_span_id == task.span_id]
    assert [span.name for span in within] == ["claim", "prepare", "render", "upload", "finish"]
    for span in within:
        assert span.trace_id == task.trace_id
        assert task.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= task.end_time_unix_nano


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"metrics can't be served on 127.0.0.1:{port}"):
            start("worker-a", "127.0.0.1", port, otlp=False)


def test_nothing_of_it_is_imported_unless_it_is_asked_for() -> None:
    assert type(start("worker-a", "127.0.0.1", None, otlp=False)) is Telemetry
    code = "import sys, listener.listen; print([m for m in sys.modules if m.startswith('opentelemetry.sdk')])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
