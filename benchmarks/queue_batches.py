"""What claiming in batches is worth: the real diffusion renderer in a real listener on a full line.

Beside it, in the same run, the renderer alone: a batch against one job after the other. What the queue adds
to a task (claim, film, upload, end) it adds to each.
"""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from benchmarks.diffusion import Bench as Renderer
from benchmarks.queue_bench import Bench
from contract.task import NewTask
from listener.firebase import connect
from listener.listen import device_of, models_of, serve
from listener.settings import Settings
from listener.worker import Worker
from renderers.weights import MODELS_FOLDER, ModelTable

BATCH = 8
STEPS = 20
PATIENCE = 600.0


@dataclass(frozen=True)
class Factors:
    """How many times as fast `BATCH` together are as one after the other; and tasks a second on the queue."""

    alone: float
    queue: float
    singly: float
    batched: float


def factors(bench: Bench, rounds: int, steps: int = STEPS) -> Factors:
    """Measure both: `rounds` batches each, after one that doesn't count."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(bench, Path(folder), 1)
        renderer = Renderer(ModelTable(MODELS_FOLDER), device_of(settings), None, steps)
        singles, together = renderer.batch_against_singles(BATCH, rounds).values()
        rates = [
            _rate(bench, _settings(bench, Path(folder), at_most), renderer.side, rounds, steps)
            for at_most in (1, BATCH)
        ]
    return Factors(singles / together, rates[1] / rates[0], *rates)


def _rate(bench: Bench, settings: Settings, side: int, rounds: int, steps: int) -> float:
    """Tasks a second, from the end of the first batch's worth of tasks to that of the last."""
    bench.clear()
    count = BATCH * (rounds + 1)
    ids = [
        bench.queue.submit(
            NewTask(
                uid=f"u{number}",
                prompt=f"a red circle on a blue background, {number}",
                renderer="diffusion",
                params={"steps": steps, "size": side},
            )
        )
        for number in range(count)
    ]
    ends = sorted(_listened(bench, settings, ids))
    return (count - BATCH) / (ends[-1] - ends[BATCH - 1]).total_seconds()


def _listened(bench: Bench, settings: Settings, ids: list[str]) -> list[datetime]:
    """When each task was done, once a listener has worked them off."""
    workers: list[Worker] = []
    firebase = connect(settings)
    line = threading.Thread(
        target=partial(serve, settings, firebase, device_of(settings), models_of(settings), workers.append)
    )
    line.start()
    try:
        for _ in range(int(PATIENCE)):
            if workers and workers[0].finished >= len(ids):
                break
            time.sleep(1.0)
    finally:
        for worker in workers:
            worker.drain()
        line.join()
        firebase.close()
    ends = [task.finished_at for id in ids if (task := bench.queue.get(id)) and task.finished_at]
    if len(ends) < len(ids):
        raise TimeoutError(f"{len(ids) - len(ends)} of {len(ids)} tasks were not done in time")
    return ends


def _settings(bench: Bench, folder: Path, at_most: int) -> Settings:
    return Settings.from_environment(
        {
            **bench.environment,
            "BRUSHFIRE_RENDERERS": "diffusion",
            "BRUSHFIRE_BATCH": str(at_most),
            "BRUSHFIRE_STATE": str(folder / f"at-most-{at_most}"),
        }
    )
